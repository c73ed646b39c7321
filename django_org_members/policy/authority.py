"""What one person may do in one organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from .permissions import MANAGEMENT

AnyUser = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True)
class Authority:
    """A set of permissions on one organization. A superuser's holds every permission there is, listed or not."""

    permissions: frozenset[str] = frozenset()
    is_superuser: bool = False

    def has(self, permission: str) -> bool:
        """Whether the permission is among them."""
        return self.is_superuser or str(permission) in self.permissions

    def covers(self, other: Authority) -> bool:
        """Whether it reaches as far as the other: nothing in the other that is missing here."""
        if self.is_superuser:
            return True
        return not other.is_superuser and other.permissions <= self.permissions

    @property
    def manages(self) -> bool:
        """Whether Org Settings has anything for this person: a permission of the package's own is among them."""
        return self.is_superuser or not MANAGEMENT.isdisjoint(self.permissions)

    def __bool__(self) -> bool:
        return self.is_superuser or bool(self.permissions)


NOTHING = Authority()
EVERYTHING = Authority(is_superuser=True)


def is_superuser(user: Any) -> bool:
    """Whether the user is an active superuser (custom user models may know no superusers)."""
    return bool(user.is_active and getattr(user, "is_superuser", False))


def is_platform_staff(user: Any) -> bool:
    """Whether the account belongs to the platform: its staff or a superuser, active or not."""
    return bool(getattr(user, "is_staff", False) or getattr(user, "is_superuser", False))
