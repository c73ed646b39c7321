"""The custom roles of an organization: made, edited, copied, deleted. The built-in ones never change."""

from .deleting import Deleted, delete
from .editing import create, edit, edit_permissions
from .impact import Change, Numbers, change_of, numbers
from .starters import STARTERS, Added, add_starter_set
from .state import fingerprint

__all__ = [
    "STARTERS",
    "Added",
    "Change",
    "Deleted",
    "Numbers",
    "add_starter_set",
    "change_of",
    "create",
    "delete",
    "edit",
    "edit_permissions",
    "fingerprint",
    "numbers",
]
