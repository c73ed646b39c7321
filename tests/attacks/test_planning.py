"""Forms of Availability with anything in any field, from a manager who means harm: no failure, no effect, no name of others."""

from __future__ import annotations

import time
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_org_members.models import (
    CalendarFeed,
    Closure,
    ImportedCalendar,
    Membership,
    Override,
    Rotation,
    RotationPlace,
    Schedule,
    TimeOff,
)

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

TEXTS = ("a\x00\ud800\u202e", "9" * 5000, '[{"a": [[[[]]]]}]' * 500)
NUMBERS = ("9223372036854775808", "-1", "NaN")
TIMES = ("0001-01-01", "9999-12-31", "9999-12-31T23:59")
SECONDS = 2.0
"""Of the processor, for one answer: many times what any needs."""
EAST, WEST = "Pacific/Kiritimati", "America/New_York"


def planned(organization, member):
    """Return the ids of something of each kind."""
    layer = {"name": "", "unit": "weeks", "length": 1, "starts_on": "2026-11-02", "handoff": "09:00", "weekday": 0}
    layer |= {"hours": None, "anchor": [0, 0]}
    rotation = Rotation.objects.create(
        organization=organization, name=f"Primary {organization.name}", time_zone=EAST, layers=[layer]
    )
    RotationPlace.objects.create(rotation=rotation, position=0, membership=member)
    tomorrow = timezone.now() + timedelta(days=1)
    span = {"starts_at": tomorrow, "ends_at": tomorrow + timedelta(days=1)}
    day = date(2027, 12, 25)
    rows = {
        "rotation_id": rotation,
        "schedule_id": Schedule.objects.create(
            organization=organization, name=f"O {organization.name}", time_zone=EAST
        ),
        "closure_id": Closure.objects.create(organization=organization, name="Feast", starts_on=day, ends_on=day),
        "calendar_id": ImportedCalendar.objects.create(organization=organization, name=f"C {organization.name}"),
        "feed_id": CalendarFeed.objects.create(
            organization=organization, user=organization.owner, rotation=rotation, token_hash=organization.name
        ),
        "override_id": Override.objects.create(rotation=rotation, membership=member, **span),
        "member_id": member,
        "time_off": TimeOff.objects.create(membership=member, **span),
    }
    return {name: row.pk for name, row in rows.items()}


@pytest.fixture
def acme(make_organization):
    organization = make_organization(name="Acme")
    organization.time_zone = EAST
    organization.save()
    return organization


@pytest.fixture
def own(acme, make_member):
    return planned(acme, make_member(acme))


@pytest.fixture
def foreign(make_organization, make_member):
    globex = make_organization(name="Globex")
    return planned(globex, make_member(globex, full_name="Sigismund Secret"))


@pytest.fixture
def heir(acme, make_member, own):
    member = make_member(acme)
    RotationPlace.objects.create(rotation_id=own["rotation_id"], position=1, membership=member)
    return member.pk


@pytest.fixture
def forms(acme, own, heir):
    """(address, what the form sends when nobody tampers)."""

    def url(name, **ids):
        return reverse(f"org:org_members_{name}", kwargs={"organization_id": acme.pk, **ids})

    def action(name):
        return url("member_action", member_id=own["member_id"], action=name)

    layer = {
        "members": f"{own['member_id']},{heir}",
        "name": "",
        "length": "1",
        "unit": "weeks",
        "weekday": "0",
        "handoff": "09:00",
        "starts_on": "2026-11-02",
        "was": "0",
        "restricted": "on",
        "hours-0-begins": "09:00",
        "hours-0-ends": "17:00",
        "q": "a",
        "searched": "b",
    }
    rotation = {"name": "R", "time_zone": EAST, "when_away": "skip", "layers": "1", "seen": ""}
    rotation |= {f"layer-0-{name}": value for name, value in layer.items()}
    schedule = {"name": "S", "time_zone": EAST, "hours-0-begins": "09:00", "hours-0-ends": "17:00"}
    span = {"begins": "2098-01-01T09:00", "ends": "2098-01-02T09:00"}
    off = {"starts_at_0": "2026-12-01", "starts_at_1": "", "ends_at_0": "2026-12-01", "ends_at_1": "", "note": "n"}
    edited = {"rotation_id": own["rotation_id"]}
    return [
        (url("rotation_create"), {**rotation, "confirmed": "1"}),
        (url("rotation_edit", **edited), rotation),
        (url("rotation_edit", **edited), {**rotation, "do": "layer-0:add:1"}),
        (url("schedule_create"), schedule),
        (url("schedule_edit", schedule_id=own["schedule_id"]), {**schedule, "do": "hours:add:1"}),
        (url("organization_schedules"), {"time_zone": EAST, "default_schedule": str(own["schedule_id"])}),
        (url("override_add"), {"rotation": str(own["rotation_id"]), "who": str(heir), "somebody": "", **span}),
        (url("organization_closures"), {"name": "x", "starts_on": "2026-12-24", "ends_on": ""}),
        (url("closures_holidays"), {"country": "DE", "part": "BE", "year": "2026", "day": "x"}),
        (url("organization_calendars"), {"rotation": str(own["rotation_id"])}),
        (url("calendar_edit", calendar_id=own["calendar_id"]), {"name": "x", "url": ""}),
        (action("add-time-off"), off),
        (action("set-schedule"), {"schedule": str(own["schedule_id"])}),
        (action("cancel-time-off"), {"time_off": str(own["time_off"])}),
        (action("disable"), {"hand_over_to": str(heir)}),
        (action("remove"), {"hand_over_to": str(heir)}),
    ]


def encoded(pairs):
    return "&".join(f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs)


def nasty(good):
    """Return what may be sent where something like this is due."""
    return TEXTS + (NUMBERS if good.isdecimal() else ()) + (TIMES if good[:2] == "20" else ())


def others(name, foreign):
    """Return the ids of another organization, for a field that takes one."""
    takes = ("rotation", "who", "hand_over_to", "schedule", "default_schedule", "time_off", "layer-0-members")
    return {str(pk) for pk in foreign.values()} if name in takes else set()


def answer(client, url, pairs):
    """Send it, undo what it did, and return the answer and whether it was quick."""
    began = time.process_time()
    with transaction.atomic():
        response = client.post(url, encoded(pairs), content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    return response, time.process_time() - began < SECONDS


def test_anything_in_any_field(acme, own, foreign, forms, sign_in):
    client, wrong = sign_in(Client(raise_request_exception=False), acme.owner), []
    for url, fields in forms:
        for name in fields:
            for value in (*nasty(fields[name]), *others(name, foreign)):
                response, is_quick = answer(client, url, {**fields, name: value}.items())
                told = response.content.decode()
                is_told = "Globex" in told or "Sigismund" in told
                if response.status_code not in (200, 302, 400, 403, 404) or is_told or not is_quick:
                    wrong.append((url, name, value[:30], response.status_code))
    assert wrong == []


def test_many_fields_and_large_ones(acme, forms, sign_in):
    client = sign_in(Client(raise_request_exception=False), acme.owner)
    for url, fields in forms:
        many = [*fields.items(), *((f"f{number}", "1") for number in range(2000))]
        assert answer(client, url, many)[0].status_code == 400
        assert answer(client, url, [*fields.items(), ("x", "x" * 3_000_000)])[0].status_code == 400
        repeated = [(name, value) for name, value in fields.items() for _ in range(20)]
        assert answer(client, url, repeated)[0].status_code in (200, 302, 404)
        nested = [(f"{name}[0][x]", value) for name, value in fields.items()]
        assert answer(client, url, nested)[0].status_code in (200, 302, 404)


@pytest.mark.parametrize("number", [10**18, 2**63, 10**30])
def test_ids_that_no_row_has(acme, own, sign_in, number):
    client = sign_in(Client(raise_request_exception=False), acme.owner)
    pages = {
        "rotation_edit": "rotation_id",
        "rotation_delete": "rotation_id",
        "schedule_edit": "schedule_id",
        "schedule_delete": "schedule_id",
        "override_remove": "override_id",
        "feed_revoke": "feed_id",
        "calendar_edit": "calendar_id",
        "calendar_refresh": "calendar_id",
        "closure_remove": "closure_id",
    }
    for page, key in pages.items():
        url = reverse(f"org:org_members_{page}", kwargs={"organization_id": acme.pk, key: number})
        assert {client.get(url).status_code, client.post(url).status_code} == {404}, page


@pytest.mark.parametrize("zone", [EAST, WEST])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (("0001-01-01", ""), ("0001-01-01", "")),
        (("0001-01-01", "00:00"), ("0001-01-02", "00:00")),
        (("9999-12-30", ""), ("9999-12-30", "")),
        (("9999-12-31", "10:00"), ("9999-12-31", "23:59")),
    ],
)
def test_time_off_beyond_what_a_zone_can_show(acme, make_member, sign_in, zone, first, last):
    """It would be stored in one zone, and break every page that shows it in another."""
    acme.time_zone = zone
    acme.save()
    member, client = make_member(acme), sign_in(Client(), acme.owner)
    ids = {"organization_id": acme.pk, "member_id": member.pk}
    url = reverse("org:org_members_member_action", kwargs={**ids, "action": "add-time-off"})
    names = ("starts_at_0", "starts_at_1", "ends_at_0", "ends_at_1")
    response = client.post(url, dict(zip(names, (*first, *last), strict=True)))
    assert response.status_code == 200
    assert response.context["form"].errors
    assert not TimeOff.objects.exists()


def test_a_hand_over_to_somebody_of_another_organization_does_nothing(acme, own, foreign, heir, sign_in):
    client = sign_in(Client(), acme.owner)
    missing = 987654
    for action in ("disable", "remove"):
        ids = {"organization_id": acme.pk, "member_id": own["member_id"], "action": action}
        url = reverse("org:org_members_member_action", kwargs=ids)
        errors = [
            client.post(url, {"hand_over_to": pk}).context["form"].errors for pk in (foreign["member_id"], missing)
        ]
        assert errors[0] == errors[1]
        assert set(errors[0]) == {"hand_over_to"}
    assert Membership.objects.get(pk=own["member_id"]).is_active
    assert Override.objects.count() == 2, "the two there were"
