"""E-mails: what is sent to whom. Called after the commit; a mail server that fails is logged and undoes nothing."""

from .links import invitation_url
from .messages import (
    account_created,
    added,
    email_changed,
    invitation,
    mfa_reminder,
    mfa_reset,
    owner_account_created,
    ownership_transferred,
    password_changed,
    password_reset,
    reset_link,
    seats_changed,
    seats_digest,
    seats_parked,
)

__all__ = [
    "account_created",
    "added",
    "email_changed",
    "invitation",
    "invitation_url",
    "mfa_reminder",
    "mfa_reset",
    "owner_account_created",
    "ownership_transferred",
    "password_changed",
    "password_reset",
    "reset_link",
    "seats_changed",
    "seats_digest",
    "seats_parked",
]
