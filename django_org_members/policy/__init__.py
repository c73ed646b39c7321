"""Who may do what to whom, and why not.

One principle: you act only on members whose authority does not exceed your own, and give away only what you have.
"""

from .authority import Authority
from .judge import Judge
from .permissions import Permission
from .scope import authority_of, managed_organizations, organizations_with
from .verdicts import ALLOWED, Verdict, refused

__all__ = [
    "ALLOWED",
    "Authority",
    "Judge",
    "Permission",
    "Verdict",
    "authority_of",
    "managed_organizations",
    "organizations_with",
    "refused",
]
