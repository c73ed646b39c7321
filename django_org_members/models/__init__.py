"""What is stored. No I/O, no rules about who may do what."""

from .accounts import Account
from .audit import AuditEvent
from .grants import OrganizationGroupGrant, OrganizationUserGrant
from .invitations import Invitation
from .logins import LoginEvent
from .memberships import Membership
from .organizations import Organization
from .roles import Role

__all__ = [
    "Account",
    "AuditEvent",
    "Invitation",
    "LoginEvent",
    "Membership",
    "Organization",
    "OrganizationGroupGrant",
    "OrganizationUserGrant",
    "Role",
]
