"""The time off of each row of a page, in the query of the page: the members list has a budget of queries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.db.models import CharField, F, Func, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

from ..models import Membership, TimeOff
from ..models.memberships import MembershipQuerySet
from .engine import Interval, Plan
from .loading import instant, stored

_BETWEEN, _AND = "/", ","
_CUT = 1024
"""The shortest default of `group_concat_max_len`."""


class _Joined(Func):
    """The texts of all rows, in one. No `Aggregate`, which would group them."""

    function, template = "GROUP_CONCAT", f"%(function)s(%(expressions)s, '{_AND}')"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"%(function)s(%(expressions)s SEPARATOR '{_AND}')"
        return self.as_sql(compiler, connection, template=template, **context)


def annotate(members: MembershipQuerySet, plan: Plan) -> MembershipQuerySet:
    """Add to each row its time off as far as a plan knows it, for `read`."""
    rows = TimeOff.objects.between(stored(plan.since), stored(plan.horizon)).filter(membership=OuterRef("pk"))
    text = Concat(_text("starts_at"), Value(_BETWEEN), _text("ends_at"), output_field=TextField())
    return members.annotate(_time_off=Subquery(rows.order_by().annotate(_all=_Joined(text)).values("_all")))


def is_known(member: Membership) -> bool:
    """Whether the row came with it, whole: MySQL cuts a text that it joins."""
    text = getattr(member, "_time_off", "-" * _CUT)
    return text is None or len(text) < _CUT


def read(member: Membership) -> Iterator[Interval]:
    """Yield the time off of a row, in no order."""
    for span in filter(None, (member._time_off or "").split(_AND)):  # type: ignore[attr-defined]
        begins, ends = (_instant(text, member) for text in span.split(_BETWEEN))
        yield begins, ends


def _text(field: str) -> Cast:
    return Cast(F(field), CharField(max_length=40))


def _instant(text: str, member: Membership) -> Any:
    """Read a text as the database writes an instant: without a zone, it is in the connection's."""
    at = parse_datetime(text)
    if at is None:
        raise ValueError(f"This is no instant: {text}")
    zone = connections[member._state.db or "default"].timezone
    return instant(at.replace(tzinfo=zone) if is_naive(at) and zone is not None else at)
