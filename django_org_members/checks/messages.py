"""What a check answers: each message has an id, the line to add, and where its documentation is."""

from __future__ import annotations

from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution

DOCUMENTATION = "https://django-org-members.readthedocs.io/en/latest/reference/checks.html"


def error(number: str, text: str, hint: str) -> CheckMessage:
    """Return the error with the id `org_members.<number>`."""
    return Error(text, hint=_with_link(number, hint), id=f"org_members.{number}")


def caution(number: str, text: str, hint: str) -> CheckMessage:
    """Return the warning with the id `org_members.<number>`."""
    return Caution(text, hint=_with_link(number, hint), id=f"org_members.{number}")


def _with_link(number: str, hint: str) -> str:
    return f"{hint} See {DOCUMENTATION}#org-members-{number.lower()}"
