"""E-mails: what is sent to whom. Called after the commit; a mail server that fails is logged and undoes nothing."""

from .links import invitation_url
from .messages import (
    added,
    email_changed,
    invitation,
    mfa_reset,
    owner_account_created,
    ownership_transferred,
    password_reset,
)

__all__ = [
    "added",
    "email_changed",
    "invitation",
    "invitation_url",
    "mfa_reset",
    "owner_account_created",
    "ownership_transferred",
    "password_reset",
]
