"""The members list: Django's own changelist, below one organization and fast at any size."""

from .filters import NoMFAFilter, RoleFilter, StatusFilter
from .model_admin import MembersAdmin

__all__ = ["MembersAdmin", "NoMFAFilter", "RoleFilter", "StatusFilter"]
