"""Where one page of the people ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from ..models import Membership
from ..numbers import LARGEST_ID, whole_number


@dataclass(frozen=True)
class Cursor:
    """The last person of a page: a username among those from outside, name and pk among the members; or nobody."""

    username: str = ""
    sort_name: str = ""
    member_id: int = 0

    @classmethod
    def behind(cls, user: Any, member: Membership | None) -> Cursor:
        """Return the place behind this person."""
        if member is not None:
            return cls(sort_name=member.sort_name, member_id=member.pk)
        return cls(username=user.get_username())

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Return the place that the text tells, as it stands in an address; the start for anything that is none."""
        kind, _, rest = text.replace("\x00", "").partition(":")
        if kind == "user":
            return cls(username=rest)
        digits, _, name = rest.partition(":")
        number = whole_number(digits, largest=LARGEST_ID) if kind == "member" else None
        return cls(sort_name=name, member_id=number) if number else cls()

    def __str__(self) -> str:
        if self.member_id:
            return f"member:{self.member_id}:{self.sort_name}"
        return f"user:{self.username}" if self.username else ""

    @property
    def is_among_members(self) -> bool:
        """Whether those from outside are all on earlier pages."""
        return bool(self.member_id)

    def users_behind(self, users: QuerySet[Any], username_field: str) -> QuerySet[Any]:
        """Return those from outside that follow, in their order."""
        ordered = users.order_by(username_field)
        return ordered.filter(**{f"{username_field}__gt": self.username}) if self.username else ordered

    def members_behind(self, members: QuerySet[Membership]) -> QuerySet[Membership]:
        """Return the members that follow, in their order: both conditions together walk the index."""
        ordered = members.order_by("sort_name", "pk")
        if not self.member_id:
            return ordered
        later = Q(sort_name__gt=self.sort_name) | Q(sort_name=self.sort_name, pk__gt=self.member_id)
        return ordered.filter(later, sort_name__gte=self.sort_name)
