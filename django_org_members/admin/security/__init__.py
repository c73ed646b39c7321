"""Security: what the organization requires of its members at the sign-in."""
