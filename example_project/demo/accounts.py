"""The accounts to sign in with, as the demo prints them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoAccount:
    """One line of the table."""

    email: str
    path: str
    """Where it signs in."""
    description: str


ACCOUNTS = (
    DemoAccount("staff@example.com", "/admin/", "Superuser: the platform's own staff, sees everything"),
    DemoAccount("owner@acme.example", "/org/", "Owner of Acme"),
    DemoAccount("admin@acme.example", "/org/", "Admin of Acme: manages its people"),
    DemoAccount("member@acme.example", "/org/", "Member of Acme: manages nobody, so /org/ refuses"),
    DemoAccount("helpdesk@acme.example", "/org/", "Help Desk of Acme: sees members, resets MFA and passwords"),
    DemoAccount("agent@acme.example", "/tickets/", "Support Agent of Acme: sees and closes tickets; /org/ refuses"),
    DemoAccount("support@example.com", "/admin/", "Platform staff with a few rights, on Acme only"),
)
