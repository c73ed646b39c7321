"""What schedules, rotations and time off cost: the list and its toggle with them and without, in one organization."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse

from django_org_members.availability import answers
from django_org_members.models import Membership, Rotation, RotationPlace, Schedule, TimeOff

from .measuring import Page, medians, signed_in

PAGE = 50
"""Members a page of the list."""
SCHEDULES, ROTATIONS, AWAY = 1000, 200, 50_000
"""At most; one for a hundred members."""
ALWAYS = [[day, "00:00", "00:00"] for day in range(7)]
HEAD = ("Page", "rows", "queries", "ms", "ms without", "ratio")
_LAYER = {
    "name": "",
    "unit": "weeks",
    "length": 1,
    "starts_on": "2026-11-02",
    "handoff": "09:00",
    "weekday": 0,
    "hours": None,
    "anchor": [0, 0],
}


@dataclass(frozen=True)
class Case:
    """One page of the list, by day or at night."""

    name: str
    query: dict
    is_night: bool = False

    def url(self, organization):
        """Return the address; a list too short for the page, as of what is planned now, gives its last."""
        path = reverse("org:org_members_organization_members", kwargs={"organization_id": organization.pk})
        page = {"p": min(self.query["p"], self._last_page(organization))} if "p" in self.query else {}
        return f"{path}?{urlencode({**self.query, **page})}"

    def _last_page(self, organization):
        shown = answers.now(organization.memberships.all(), organization)
        if "show" in self.query:
            is_in = shown.filter if self.query["show"] == "unavailable" else shown.exclude
            shown = is_in(availability="unavailable")
        return max(1, -(-shown.count() // PAGE))


def _cases():
    yield Case("first page", {})
    yield Case("middle page", {"p": 10_000})
    for name, is_night in (("by day", False), ("at night", True)):
        for show in ("available", "unavailable"):
            for place, page in (("", {}), (", middle", {"p": 10}), (", last", {"p": 20})):
                is_few = (show == "available") == is_night
                if not (is_few and page):
                    yield Case(f"Show: {show.capitalize()} {name}{place}", {"show": show, **page}, is_night)
            yield Case(f"Show: {show.capitalize()} {name}, search", {"show": show, "q": "an"}, is_night)
            for column in (2, 4, 5):
                yield Case(f"Show: {show.capitalize()} {name}, column {column}", {"show": show, "o": column}, is_night)
                yield Case(
                    f"Show: {show.capitalize()} {name}, column -{column}", {"show": show, "o": -column}, is_night
                )


def costs(organization, *, repeat):
    """Return the cells of the table. Plans are made for the time of the run, and taken away again."""
    client = signed_in(organization.owner)
    cases = list(_cases())
    plain = {case.name: _measured(client, organization, case, repeat) for case in cases}
    _fill(organization)
    try:
        return [_cells(client, organization, case, plain[case.name], repeat) for case in cases]
    finally:
        _clear(organization)


def _cells(client, organization, case, without, repeat):
    _open(organization, case.is_night)
    rows, queries, ms = _measured(client, organization, case, repeat)
    return (case.name, str(rows), str(queries), f"{ms:,.0f}", f"{without[2]:,.0f}", f"{ms / without[2]:.2f}")


def _measured(client, organization, case, repeat):
    print(f"availability, {case.name} …", file=sys.stderr)
    page = Page(client, case.url(organization))
    rows = page.rows()
    return rows, page.queries(), *medians([page], repeat)


def _fill(organization):
    now = datetime.now(timezone.utc)
    pks = list(Membership.objects.filter(organization=organization).order_by("pk").values_list("pk", flat=True))
    schedules = Schedule.objects.bulk_create(
        Schedule(organization=organization, name=f"Schedule {number}", time_zone="Europe/Berlin", hours=[])
        for number in range(max(2, min(SCHEDULES, len(pks) // 100)))
    )
    organization.default_schedule = schedules[0]
    organization.save(update_fields=["default_schedule"])
    size = max(1, len(pks) // (2 * len(schedules)))  # half of the members have a schedule of their own
    for number, schedule in enumerate(schedules):
        own = pks[2 * size * number : 2 * size * number + size]
        Membership.objects.filter(pk__in=own).update(schedule=schedule)
    rotations = Rotation.objects.bulk_create(
        Rotation(organization=organization, name=f"Rotation {number}", time_zone="UTC", layers=[_LAYER])
        for number in range(max(1, min(ROTATIONS, len(pks) // 100)))
    )
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=rotation, position=place, membership_id=pks[(number * 5 + place) * 7 % len(pks)])
        for number, rotation in enumerate(rotations)
        for place in range(5)
    )
    step = max(1, len(pks) // AWAY)
    TimeOff.objects.bulk_create(
        (
            TimeOff(organization=organization, membership_id=pk, starts_at=now, ends_at=now + timedelta(days=3))
            for pk in pks[::step]
        ),
        batch_size=5000,
    )
    _tidy()


def _open(organization, is_night):
    """By day all schedules but some are open, at night one of them only."""
    rows = Schedule.objects.filter(organization=organization)
    one = rows.exclude(pk=organization.default_schedule_id).order_by("pk")[:1].get()
    rows.update(hours=[] if is_night else ALWAYS)
    rows.filter(pk=one.pk).update(hours=ALWAYS if is_night else [])


def _clear(organization):
    organization.default_schedule = None
    organization.save(update_fields=["default_schedule"])
    for model in (TimeOff, Rotation, Schedule):
        model.objects.filter(organization=organization).delete()
    _tidy()


def _tidy():
    for model in (Membership, Schedule, TimeOff, RotationPlace):
        table = connection.ops.quote_name(model._meta.db_table)
        statements = {"postgresql": f"VACUUM (ANALYZE) {table}", "mysql": f"ANALYZE TABLE {table}", "sqlite": "ANALYZE"}
        with connection.cursor() as cursor:
            cursor.execute(statements[connection.vendor])
