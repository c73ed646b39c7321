"""Seats: the quantity of a Stripe subscription that follows the members of an organization."""

from .linking import Link, Several, link, sync_now, unlink
from .seats import wanted

__all__ = [
    "Link",
    "Several",
    "link",
    "sync_now",
    "unlink",
    "wanted",
]
