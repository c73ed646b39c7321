"""The user behind a membership: profile, passwords, sessions, second factors and sign-in activity."""
