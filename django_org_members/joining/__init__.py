"""How people come in: invited by e-mail, created directly, or as the Owner of a new organization."""

from .accepting import accept, accept_as_new, accept_by_password
from .creating import Created, create_member
from .inviting import invite, link, look_up, resend, revoke
from .organizations import create_organization
from .rules import addressee

__all__ = [
    "Created",
    "accept",
    "accept_as_new",
    "accept_by_password",
    "addressee",
    "create_member",
    "create_organization",
    "invite",
    "link",
    "look_up",
    "resend",
    "revoke",
]
