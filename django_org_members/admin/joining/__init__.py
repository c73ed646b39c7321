"""Invite User, Create User, and what is done with pending invitations."""
