"""Plans that change while people leave, and while others change them too: real threads, real transactions."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_org_members import actions
from django_org_members.availability import on_call
from django_org_members.exceptions import Refused
from django_org_members.models import (
    AuditEvent,
    CalendarFeed,
    ImportedCalendar,
    ImportedShift,
    Membership,
    Override,
    Rotation,
    RotationPlace,
    Schedule,
)
from django_org_members.scheduling import feeds, overrides, refreshing, rotations, schedules
from django_org_members.scheduling.drafts import LayerDraft, RotationDraft, draft_of, fingerprint
from tests.racing import at_once

pytestmark = [
    pytest.mark.threads,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("real_transactions", "no_deadlock"),
]
ROUNDS = 4


@pytest.fixture
def plan(make_organization, make_member):
    """Make an organization with a rotation of its first members, whose turns are a day each: (organization, members, rotation)."""

    def make(members=3):
        acme = make_organization()
        people = [make_member(acme) for _ in range(members)]
        draft = RotationDraft("Primary", "UTC", (_layer(people),))
        return acme, people, rotations.create_rotation(actor=acme.owner, organization=acme, draft=draft)

    return make


def _layer(people):
    pks = tuple(member.pk for member in people)
    return LayerDraft(members=pks, starts_on=date(2026, 11, 2), length=1, unit="days", weekday=None)


def override(acme, rotation, member):
    begins = timezone.now() - timedelta(hours=1)
    return partial(
        overrides.add_override,
        actor=acme.owner,
        organization=acme,
        rotation=rotation,
        member=member,
        begins=begins,
        ends=begins + timedelta(days=2),
    )


def perform(name, acme, member, **params):
    return partial(actions.perform, name, actor=acme.owner, members=[member], **params)


def expected(results, *kinds):
    """Nothing was raised but what people are told of."""
    allowed = (ValidationError, Refused, *kinds)
    wrong = [each for each in results if isinstance(each, Exception) and not isinstance(each, allowed)]
    assert wrong == []
    return results


def is_nowhere(member):
    """Nothing names somebody who was removed."""
    for model in (RotationPlace, Override, ImportedShift, CalendarFeed):
        assert not model.objects.filter(membership=member.pk).exists(), model


@pytest.mark.parametrize("name", ["remove", "disable"])
def test_somebody_leaves_while_an_override_names_them(plan, name):
    for _ in range(ROUNDS):
        acme, (ada, *_rest), rotation = plan()
        expected(at_once([override(acme, rotation, ada), perform(name, acme, ada), override(acme, rotation, ada)]))
        if name == "remove":
            is_nowhere(ada)
        (now,) = on_call(acme)
        assert ada.pk not in now.member_ids


@pytest.mark.parametrize("name", ["remove", "disable"])
def test_two_hand_over_to_each_other(plan, name):
    """Whoever comes first hands over all of it; the other is told that nobody of that name is there any more."""
    for _ in range(ROUNDS):
        acme, (ada, bo, cy), _rotation = plan()
        results = at_once([perform(name, acme, ada, hand_over_to=bo), perform(name, acme, bo, hand_over_to=ada)])
        assert sorted(type(each).__name__ for each in expected(results)) == ["Outcome", "ValidationError"]
        gone, heir = (ada, bo) if isinstance(results[0], actions.Outcome) else (bo, ada)
        written = Override.objects.filter(membership=heir)
        assert written.count() == Override.objects.count() > 3
        assert AuditEvent.objects.filter(verb="override_added", organization=acme).count() == written.count()
        (now,) = on_call(acme)
        assert gone.pk not in now.member_ids
        assert set(now.member_ids) <= {heir.pk, cy.pk}
        Override.objects.all().delete()


@pytest.mark.parametrize("name", ["remove", "disable"])
def test_the_heir_of_a_hand_over_leaves(plan, name):
    """All of the hand-over or nothing, and nothing is left of who was removed."""
    for _ in range(ROUNDS):
        acme, (ada, bo, _cy), _rotation = plan()
        shifts, left = expected(at_once([perform("remove", acme, ada, hand_over_to=bo), perform(name, acme, bo)]))
        assert left.done == [bo]
        assert Membership.objects.filter(pk=ada.pk).exists() == isinstance(shifts, ValidationError)
        if name == "remove":
            is_nowhere(bo)
        (now,) = on_call(acme)
        assert bo.pk not in now.member_ids


def test_somebody_is_removed_while_a_rotation_with_them_is_saved(plan):
    for _ in range(ROUNDS):
        acme, people, rotation = plan()
        draft = RotationDraft("Secondary", "UTC", (_layer(people[::-1]),))
        edit = partial(rotations.edit_rotation, actor=acme.owner, rotation=rotation, draft=draft)
        create = partial(
            rotations.create_rotation,
            actor=acme.owner,
            organization=acme,
            draft=RotationDraft("Tertiary", "UTC", (_layer(people),)),
        )
        expected(at_once([edit, perform("remove", acme, people[0]), create]))
        is_nowhere(people[0])
        assert all(people[0].pk not in each.member_ids for each in on_call(acme))


def test_of_two_who_save_one_rotation_one_is_told(plan):
    for _ in range(ROUNDS):
        acme, people, rotation = plan()
        seen = fingerprint(draft_of(rotation, rotation.places.all()))
        drafts = [RotationDraft(name, "UTC", (_layer(people[::-1]),)) for name in ("One", "Two")]
        results = at_once(
            [
                partial(rotations.edit_rotation, actor=acme.owner, rotation=rotation, draft=each, seen=seen)
                for each in drafts
            ]
        )
        (told,) = [each for each in expected(results) if isinstance(each, ValidationError)]
        assert told.code == "stale"
        assert rotation.places.count() == 3


def test_a_rotation_is_deleted_while_it_is_used(plan):
    for _ in range(ROUNDS):
        acme, people, rotation = plan()
        feed = partial(feeds.create_feed, actor=acme.owner, organization=acme, rotation=rotation)
        delete = partial(rotations.delete_rotation, actor=acme.owner, rotation=rotation)
        edit = partial(
            rotations.edit_rotation,
            actor=acme.owner,
            rotation=rotation,
            draft=RotationDraft("Other", "UTC", (_layer(people[:2]),)),
        )
        leave = perform("remove", acme, people[0], hand_over_to=people[1])
        expected(at_once([delete, override(acme, rotation, people[2]), feed, edit, leave]), Rotation.DoesNotExist)
        assert not Rotation.objects.exists()
        assert not Override.objects.exists()
        assert not CalendarFeed.objects.exists()


def test_a_schedule_is_deleted_while_it_is_given(plan):
    for _ in range(ROUNDS):
        acme, people, _rotation = plan()
        office = Schedule.objects.create(organization=acme, name="Office", time_zone="UTC")
        functions = [
            perform("set-schedule", acme, people[0], schedule=office),
            partial(schedules.delete_schedule, actor=acme.owner, schedule=office),
            perform("set-schedule", acme, people[1], schedule=office),
            partial(
                schedules.set_working_time, actor=acme.owner, organization=acme, time_zone="", default_schedule=office
            ),
            partial(schedules.edit_schedule, actor=acme.owner, schedule=office, name="Shop", time_zone="UTC", hours=()),
        ]
        expected(at_once(functions), Schedule.DoesNotExist)
        assert not Membership.objects.filter(schedule__isnull=False).exists()


def test_of_two_who_take_a_name_one_has_it(plan):
    acme, _people, _rotation = plan()
    functions = [
        partial(
            schedules.create_schedule, actor=acme.owner, organization=acme, name="Office", time_zone="UTC", hours=()
        )
        for _ in range(4)
    ]
    results = expected(at_once(functions))
    assert sum(isinstance(each, Schedule) for each in results) == 1 == Schedule.objects.count()


def test_somebody_is_removed_while_a_calendar_finds_them(plan):
    pytest.importorskip("icalendar")
    pytest.importorskip("recurring_ical_events")
    begins = timezone.now() - timedelta(hours=1)
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:{:%Y%m%dT%H%M%SZ}\r\nDURATION:P1D\r\n"
        "ATTENDEE:mailto:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    for _ in range(ROUNDS):
        acme, (ada, *_rest), _rotation = plan()
        calendar = ImportedCalendar.objects.create(
            organization=acme, name="Other", document=text.format(begins, ada.email)
        )
        refresh = partial(refreshing.refresh_calendar, calendar=calendar, actor=acme.owner)
        done, _removed = expected(at_once([refresh, perform("remove", acme, ada)]))
        assert not done.error
        is_nowhere(ada)
        assert all(ada.pk not in each.member_ids for each in on_call(acme))


def test_pages_tell_what_happened_meanwhile(plan, sign_in):
    """Over HTTP, where an exception would be the answer 500."""
    for _ in range(ROUNDS):
        acme, (ada, bo, _cy), rotation = plan()
        clients = [sign_in(Client(raise_request_exception=False), acme.owner) for _ in range(4)]

        def url(name, acme=acme, **ids):
            return reverse(f"org:org_members_{name}", kwargs={"organization_id": acme.pk, **ids})

        span = {"begins": "2098-01-01T09:00", "ends": "2098-01-02T09:00"}
        sent = [
            (url("rotation_delete", rotation_id=rotation.pk), {}),
            (url("override_add"), {"rotation": rotation.pk, "who": ada.pk, **span}),
            (url("member_action", member_id=ada.pk, action="remove"), {"hand_over_to": bo.pk}),
            (url("organization_calendars"), {"rotation": rotation.pk}),
        ]
        answers = at_once([partial(client.post, *each) for client, each in zip(clients, sent, strict=True)])
        assert {each.status_code for each in answers} <= {200, 302, 404}


def test_a_person_s_account_is_deleted_while_an_override_names_them(plan):
    """Past our locks, by a project's own code: either comes first, and nothing dangles."""
    for _ in range(ROUNDS):
        acme, (ada, *_rest), rotation = plan()

        def delete(user=ada.user):
            with transaction.atomic():
                user.delete()

        at_once([delete, override(acme, rotation, ada)])
        known = set(Membership.objects.values_list("pk", flat=True))
        assert set(Override.objects.values_list("membership", flat=True)) <= known
