"""How people and organizations come in: by invitation, created directly, as the Owner of a new one; and how those go."""

from .accepting import accept, accept_as_new, accept_by_password
from .creating import Created, create_member
from .editing import delete_organizations, edit_organization
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
    "delete_organizations",
    "edit_organization",
    "invite",
    "link",
    "look_up",
    "resend",
    "revoke",
]
