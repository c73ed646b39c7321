"""What a whole life of two organizations ought to have led to: plain sets and dicts, beside the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django_org_members.policy.permissions import everything, grantable


@dataclass
class Place:
    """One organization as it ought to be."""

    pk: int
    owner: int
    members: dict[int, Any] = field(default_factory=dict)
    """User to the name of the role: "owner", "admin", "member" or a custom role's pk."""
    disabled: set[int] = field(default_factory=set)
    roles: dict[int, frozenset[str]] = field(default_factory=dict)
    grants: dict[int, frozenset[str]] = field(default_factory=dict)
    invited: dict[str, tuple[Any, int]] = field(default_factory=dict)
    """Address to (role, the user who answers for it)."""
    events: Counter[tuple[str, Any]] = field(default_factory=Counter)
    """(verb, user or address or name) to how often."""

    def held_by_role(self, role: Any) -> frozenset[str]:
        """Return what a role gives."""
        built_in = {"owner": everything(), "admin": grantable(), "member": frozenset()}
        return built_in[role] if role in built_in else self.roles[role]

    def authority(self, user: int) -> frozenset[str]:
        """Return what a user may do here: every permission has a source."""
        live = user in self.members and user not in self.disabled
        return (self.held_by_role(self.members[user]) if live else frozenset()) | self.grants.get(user, frozenset())

    def authority_over(self, user: int) -> frozenset[str]:
        """Return what a member would have, if not disabled."""
        return self.held_by_role(self.members[user]) | self.grants.get(user, frozenset())

    def add(self, user: int, role: Any) -> None:
        """Somebody joined."""
        self.members[user] = role

    def remove(self, user: int) -> None:
        """Somebody is gone."""
        del self.members[user]
        self.disabled.discard(user)

    def revoke_sent_by(self, user: int) -> None:
        """What a disabled or removed person sent is revoked with them."""
        for address in [address for address, (_role, sender) in self.invited.items() if sender == user]:
            del self.invited[address]
            self.events["invitation_revoked", address] += 1


@dataclass
class Person:
    """One account as it ought to be."""

    user: Any
    email: str
    provisioned_by: int | None = None
    is_active: bool = True
    client: Any = None
    """A browser in which the person signed in."""
    is_signed_in: bool = False
