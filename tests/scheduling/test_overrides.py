"""Adding an override, and taking it back."""

# Fixtures are named by the tests' arguments.
# ruff: noqa: F811

from __future__ import annotations

from datetime import datetime, timedelta
from datetime import timezone as fixed
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from django_org_members import actions
from django_org_members.availability import on_call
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, Override
from django_org_members.scheduling.overrides import add_override, remove_override
from django_org_members.signals import availability_changed
from tests.availability.conftest import away, make_override, make_rotation  # noqa: F401

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme", members=2)


@pytest.fixture
def people(acme):
    return list(acme.memberships.exclude(user=acme.owner).order_by("pk"))


@pytest.fixture
def primary(acme, people, make_rotation):
    return make_rotation(acme, people[:1], name="Primary")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def add(acme, primary, now):
    """Add an override as the Owner: `add(member, begins=now, ends=now + 1 hour, …)`."""

    def make(member, *, begins=now, ends=now + HOUR, **how):
        how = {"actor": acme.owner, "organization": acme, "rotation": primary, **how}
        return add_override(member=member, begins=begins, ends=ends, **how)

    return make


def the_error(raised):
    ((field, errors),) = raised.value.error_dict.items()
    return field, errors[0].code


def test_somebody_takes_a_span(acme, people, primary, add, now, caught):
    sent = caught(availability_changed)
    override = add(people[1])
    assert on_call(acme, now)[0].member_ids == (people[1].pk,)
    assert on_call(acme, now + 2 * HOUR)[0].member_ids == (people[0].pk,)
    event = AuditEvent.objects.get(verb="override_added")
    assert (event.user_id, event.actor_id) == (people[1].user_id, acme.owner_id)
    assert event.details == {
        "rotation": "Primary",
        "starts_at": f"{override.starts_at:%Y-%m-%dT%H:%M:%S}+00:00",
        "ends_at": f"{override.ends_at:%Y-%m-%dT%H:%M:%S}+00:00",
    }
    (signal,) = sent
    assert (signal["verb"], signal["members"]) == ("override_added", [people[1]])


def test_nobody_takes_a_span(acme, add, now):
    add(None)
    assert on_call(acme, now)[0].member_ids == ()
    event = AuditEvent.objects.get(verb="override_added")
    assert (event.user_id, event.name) == (None, "Primary")


def test_the_newest_of_two_counts(acme, people, add, now):
    add(people[1], ends=now + 3 * HOUR)
    add(None, begins=now + HOUR, ends=now + 2 * HOUR)
    assert [on_call(acme, now + hours * HOUR)[0].member_ids for hours in (0, 1, 2)] == [
        (people[1].pk,),
        (),
        (people[1].pk,),
    ]


@pytest.mark.parametrize(
    ("begins", "ends", "code"),
    [(HOUR, HOUR, "order"), (HOUR, 0 * HOUR, "order"), (-2 * HOUR, -HOUR, "over"), (HOUR, 367 * DAY + HOUR, "long")],
)
def test_a_span_that_is_none_is_refused_at_its_end(people, add, now, begins, ends, code):
    with pytest.raises(ValidationError) as raised:
        add(people[1], begins=now + begins, ends=now + ends)
    assert the_error(raised) == ("ends", code)
    assert not Override.objects.exists()
    assert not AuditEvent.objects.filter(verb="override_added").exists()


@pytest.mark.parametrize("hours", [-14, 14])
def test_a_year_that_some_zone_cannot_show_is_refused(people, add, now, hours):
    zone = fixed(timedelta(hours=hours))
    for times, field in (
        ({"begins": datetime(1, 1, 1, tzinfo=zone)}, "begins"),
        ({"ends": datetime(9999, 12, 31, 23, 59, tzinfo=zone)}, "ends"),
    ):
        with pytest.raises(ValidationError) as raised:
            add(people[1], **times)
        assert the_error(raised) == (field, "out_of_range")


def test_a_span_may_have_begun(people, add, now):
    assert add(people[1], begins=now - HOUR).starts_at == now - HOUR


def test_whoever_is_away_in_the_span_is_refused_with_the_times(people, add, now, away):
    away(people[1], now + HOUR, DAY)
    with pytest.raises(ValidationError) as raised:
        add(people[1], ends=now + HOUR + timedelta(seconds=1))
    assert the_error(raised) == ("member", "away")
    assert "is away (" in raised.value.messages[0]
    assert add(people[1], ends=now + HOUR), "beside it"


def test_the_disabled_are_refused(acme, people, add):
    actions.perform("disable", actor=acme.owner, members=[people[1]])
    with pytest.raises(ValidationError) as raised:
        add(people[1])
    assert the_error(raised) == ("member", "disabled")


def test_what_belongs_to_another_organization_is_missing(make_organization, make_rotation, people, add):
    globex = make_organization(members=1)
    stranger = globex.memberships.first()
    with pytest.raises(ValidationError) as raised:
        add(stranger)
    assert the_error(raised) == ("member", "missing")
    with pytest.raises(ValidationError) as raised:
        add(people[0], rotation=make_rotation(globex, [stranger]))
    assert the_error(raised) == ("rotation", "missing")


def test_only_who_may_plan_adds_and_removes(acme, people, primary, add, make_override, now):
    override = make_override(primary, None, now + HOUR, now + DAY)
    with pytest.raises(Refused):
        add(None, actor=people[0].user)
    with pytest.raises(Refused):
        remove_override(actor=people[0].user, organization=acme, override=override)
    assert list(Override.objects.all()) == [override]


# Taking it back


def test_one_to_come_is_removed_and_again_is_no_error(acme, people, add, now, caught):
    override = add(people[1], begins=now + HOUR, ends=now + DAY)
    sent = caught(availability_changed)
    assert remove_override(actor=acme.owner, organization=acme, override=override)
    assert not remove_override(actor=acme.owner, organization=acme, override=override)
    assert not Override.objects.exists()
    assert AuditEvent.objects.get(verb="override_removed").user_id == people[1].user_id
    assert len(sent) == 1


def test_one_that_has_begun_ends_now_and_who_was_on_call_stays_true(acme, people, add, now):
    override = add(people[1], begins=now - HOUR, ends=now + DAY)
    assert remove_override(actor=acme.owner, organization=acme, override=override)
    override.refresh_from_db()
    assert now <= override.ends_at <= timezone.now()
    assert on_call(acme, now - HOUR / 2)[0].member_ids == (people[1].pk,)
    assert on_call(acme)[0].member_ids == (people[0].pk,)


@pytest.mark.parametrize("begun", [True, False])
def test_who_is_told_of_it_finds_it_taken_back(acme, people, add, now, caught, begun):
    begins = now - HOUR if begun else now + HOUR
    override = add(people[1], begins=begins, ends=now + DAY)
    told = caught(availability_changed, lambda: [on_call(acme, max(begins, timezone.now()))[0].member_ids])
    remove_override(actor=acme.owner, organization=acme, override=override)
    assert told == [[(people[0].pk,)]]
    details = AuditEvent.objects.get(verb="override_removed").details
    assert details["ends_at"] == f"{now + DAY:%Y-%m-%dT%H:%M:%S}+00:00", "as it was planned"


def test_one_that_is_over_stays(acme, primary, make_override, now):
    override = make_override(primary, None, now - DAY, now - HOUR)
    with pytest.raises(ValidationError) as raised:
        remove_override(actor=acme.owner, organization=acme, override=override)
    assert raised.value.code == "over"
    assert Override.objects.exists()


def test_another_organizations_is_missing(acme, make_organization, make_rotation, make_override, now):
    globex = make_organization()
    override = make_override(make_rotation(globex, []), None, now, now + DAY)
    assert not remove_override(actor=acme.owner, organization=acme, override=override)
    assert Override.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_takes_a_span_while_being_disabled(real_transactions, no_deadlock, acme, people, add):
    """One waits for the other: the override is refused, or it was there first and does not count."""
    barrier, refused = Barrier(2), []

    def run(function):
        try:
            barrier.wait(10)
            function()
        except ValidationError as error:
            refused.append(error)
        finally:
            connections.close_all()

    threads = [
        Thread(target=run, args=(lambda: add(people[1]),)),
        Thread(target=run, args=(lambda: actions.perform("disable", actor=acme.owner, members=[people[1]]),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Override.objects.count() + len(refused) == 1
    assert on_call(acme)[0].member_ids == (people[0].pk,)
