"""What is stored. No I/O, no rules about who may do what."""

from .accounts import Account
from .audit import AuditEvent
from .calendars import CalendarFeed, ImportedCalendar, ImportedShift
from .grants import OrganizationGroupGrant, OrganizationUserGrant
from .invitations import Invitation
from .live_sessions import LiveSession
from .logins import LoginEvent
from .memberships import Membership
from .organizations import Organization
from .roles import Role
from .rotations import Override, Rotation, RotationPlace
from .schedules import Closure, Schedule, TimeOff
from .subscriptions import SeatChange, StripeEvent, Subscription

__all__ = [
    "Account",
    "AuditEvent",
    "CalendarFeed",
    "Closure",
    "ImportedCalendar",
    "ImportedShift",
    "Invitation",
    "LiveSession",
    "LoginEvent",
    "Membership",
    "Organization",
    "OrganizationGroupGrant",
    "OrganizationUserGrant",
    "Override",
    "Role",
    "Rotation",
    "RotationPlace",
    "Schedule",
    "SeatChange",
    "StripeEvent",
    "Subscription",
    "TimeOff",
]
