"""What identifies the state of something that is edited in a form, so that nobody undoes another's work unseen."""

from __future__ import annotations

from django.utils.crypto import salted_hmac

LENGTH = 32


def fingerprint_of(kind: str, state: str) -> str:
    """Return hexadecimal digits that tell one state of a kind of thing from every other, and nothing else about it."""
    return salted_hmac(f"django_org_members.{kind}", state, algorithm="sha256").hexdigest()[:LENGTH]
