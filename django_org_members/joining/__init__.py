"""How people come in: invited by e-mail, created directly, or as the Owner of a new organization."""

from .accepting import accept, accept_as_new, accept_by_password
from .creating import Created, create_member
from .inviting import invite, link, look_up, resend, revoke
from .organizations import create_organization

__all__ = [
    "Created",
    "accept",
    "accept_as_new",
    "accept_by_password",
    "create_member",
    "create_organization",
    "invite",
    "link",
    "look_up",
    "resend",
    "revoke",
]
