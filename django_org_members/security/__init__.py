"""What an organization requires of its members at the sign-in: MFA, with a grace period."""

from .outlook import Outlook, outlook
from .requiring import MOST_GRACE_DAYS, may_require_mfa, require_mfa, stop_requiring_mfa

__all__ = [
    "MOST_GRACE_DAYS",
    "Outlook",
    "may_require_mfa",
    "outlook",
    "require_mfa",
    "stop_requiring_mfa",
]
