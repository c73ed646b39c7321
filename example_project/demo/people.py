"""A person of the demo, and how one becomes a user and a member."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from django_org_members.accounts.adapter import get_adapter
from django_org_members.models import Account, Membership, Organization, Role

PASSWORD = "demo-pass-2026"


class Trait(Enum):
    """What makes a person worth looking at."""

    MFA = auto()
    """Signs in with an authenticator app and has backup codes."""
    SSO = auto()
    """Signs in through the company's identity provider: no usable password."""
    DISABLED = auto()
    """Access was disabled some days ago."""
    NEVER_SIGNED_IN = auto()
    """Was created with a temporary password that nobody has used."""
    OWN_ACCOUNT = auto()
    """Had the account before; no organization made it."""


@dataclass(frozen=True)
class Person:
    """One person in one organization. The same address in two organizations is one account."""

    full_name: str
    email: str
    role: str = "Member"
    traits: frozenset[Trait] = field(default_factory=frozenset)
    phone: str = ""


def person(full_name: str, email: str, role: str = "Member", *traits: Trait, phone: str = "") -> Person:
    """Return a `Person`, written in one line."""
    return Person(full_name, email, role, frozenset(traits), phone)


@cache
def password_hash() -> str:
    """Hash the demo password once: hashing is slow on purpose."""
    return make_password(PASSWORD)


def get_or_create_user(
    someone: Person, *, since: datetime, provisioned_by: Organization | None = None, **flags: bool
) -> Any:
    """Return the account with this sign-in name, made if it is missing. `flags` are fields of a new user."""
    adapter = get_adapter()
    user = _find_user(someone.email)
    if user is None:
        user = adapter.create(email=someone.email, full_name=someone.full_name)
        if Trait.SSO not in someone.traits:
            user.password = password_hash()
        user.date_joined = since
        for name, value in flags.items():
            setattr(user, name, value)
        user.save()
        Account.objects.update_or_create(user=user, defaults=_account(someone, since, provisioned_by))
    return user


def join(someone: Person, organization: Organization, role: Role, *, since: datetime) -> tuple[Membership, bool]:
    """Return the person's membership, made if it is missing, and whether it was made now."""
    user = get_or_create_user(someone, since=since, provisioned_by=organization)
    return Membership.objects.get_or_create(
        organization=organization, user=user, defaults={"role": role, "joined_at": since}
    )


def _find_user(email: str) -> Any:
    model = get_user_model()
    return model._default_manager.filter(**{model.USERNAME_FIELD: email}).first()


def _account(someone: Person, since: datetime, provisioned_by: Organization | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"phone": someone.phone}
    if Trait.OWN_ACCOUNT not in someone.traits:
        fields["provisioned_by"] = provisioned_by
    if Trait.NEVER_SIGNED_IN in someone.traits:
        fields |= {"must_change_password": True, "temporary_password_expires_at": since + timedelta(hours=72)}
    return fields
