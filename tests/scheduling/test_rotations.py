"""Rotations: what may be written, who is on call after an edit, and what goes with a deletion."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members.audit.details import in_words
from django_org_members.availability import loading
from django_org_members.availability.engine import WorkingSpan
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, CalendarFeed, Membership, Override, Rotation, RotationPlace, TimeOff
from django_org_members.scheduling.drafts import LayerDraft, RotationDraft, draft_of, fingerprint
from django_org_members.scheduling.previews import preview
from django_org_members.scheduling.rotations import create_rotation, delete_rotation, edit_rotation
from django_org_members.signals import availability_changed
from tests.racing import at_once

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
"""A Wednesday."""
FIRST_DAY = date(2026, 11, 2)
"""A Monday, four weeks before."""


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def people(acme, make_member):
    return [make_member(acme, full_name=name).pk for name in ("Ada", "Ben", "Cleo", "Dora")]


@pytest.fixture
def draft(people):
    return RotationDraft("Support", "UTC", (LayerDraft(members=tuple(people[:3]), starts_on=FIRST_DAY),))


@pytest.fixture
def make(acme):
    return lambda draft: create_rotation(actor=acme.owner, organization=acme, draft=draft)


@pytest.fixture
def edit(acme):
    """Edit a rotation: `edit(rotation, lambda draft: draft, seen=None)`."""

    def edit(rotation, change, seen=None):
        wanted = change(current(rotation))
        return edit_rotation(actor=acme.owner, rotation=rotation, draft=wanted, seen=seen)

    return edit


def current(rotation):
    rotation.refresh_from_db()
    return draft_of(rotation, rotation.places.all())


def on_call(rotation, at=NOW):
    plan = loading.load(rotation.organization, at)
    (found,) = [each for each in plan.rotations if each.pk == rotation.pk]
    return found.on_call(at, plan.people)


def base(draft, **fields):
    """Return the draft with another base layer."""
    return replace(draft, layers=(replace(draft.layers[0], **fields), *draft.layers[1:]))


def errors_of(raised):
    return {field: [error.code for error in errors] for field, errors in raised.value.error_dict.items()}


def test_a_rotation_is_made_as_it_was_asked_for(acme, make, draft, people, caught):
    sent = caught(availability_changed)
    rotation = make(base(draft, hours=(WorkingSpan(0, time(9), time(17)),)))
    assert current(rotation).layers[0].members == tuple(people[:3])
    assert rotation.layers[0]["hours"] == [[0, "09:00", "17:00"]]
    assert [each["verb"] for each in sent] == ["rotation_created"]
    layers = next(each for each in in_words(AuditEvent.objects.get()) if each.label == "Layers")
    assert layers.items == (
        "Members: Ada, Ben, Cleo, Shift: 1 week, Hand-over: Monday 09:00, First day: Nov. 2, 2026, "
        "Hours: Mon 09:00–17:00",
    )


def twice(layer):
    return replace(layer, members=layer.members[:1] * 2)


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        (lambda draft: replace(draft, name=" "), {"name": ["required"]}),
        (lambda draft: replace(draft, time_zone="Mars"), {"time_zone": ["unknown_zone"]}),
        (lambda draft: replace(draft, when_away="x"), {"when_away": ["invalid"]}),
        (lambda draft: replace(draft, layers=()), {"layers": ["required"]}),
        (lambda draft: replace(draft, layers=draft.layers * 11), {"layers": ["too_many"]}),
        (lambda draft: base(draft, members=()), {"layers.0.members": ["required"]}),
        (lambda draft: replace(draft, layers=(twice(draft.layers[0]),)), {"layers.0.members": ["twice"]}),
        (lambda draft: base(draft, members=(987654,)), {"layers.0.members": ["unknown"]}),
        (lambda draft: base(draft, members=tuple(range(1, 102))), {"layers.0.members": ["too_many"]}),
        (lambda draft: base(draft, unit="months"), {"layers.0.unit": ["invalid"]}),
        (lambda draft: base(draft, length=0), {"layers.0.length": ["out_of_range"]}),
        (lambda draft: base(draft, length=53), {"layers.0.length": ["out_of_range"]}),
        (lambda draft: base(draft, length=367, unit="days"), {"layers.0.length": ["out_of_range"]}),
        (lambda draft: base(draft, weekday=None), {"layers.0.weekday": ["required"]}),
        (lambda draft: base(draft, weekday=7), {"layers.0.weekday": ["required"]}),
        (lambda draft: base(draft, starts_on=date(1999, 12, 31)), {"layers.0.starts_on": ["out_of_range"]}),
        (lambda draft: base(draft, hours=()), {"layers.0.hours": ["required"]}),
        (lambda draft: base(draft, hours=(WorkingSpan(0, time(9), time(9)),)), {"layers.0.hours": ["empty"]}),
        (
            lambda draft: base(draft, hours=(WorkingSpan(6, time(22), time(6)), WorkingSpan(0, time(5), time(7)))),
            {"layers.0.hours": ["overlap"]},
        ),
        (
            lambda draft: replace(
                draft, name="", layers=(*draft.layers, replace(draft.layers[0], members=(), length=0))
            ),
            {"name": ["required"], "layers.1.members": ["required"], "layers.1.length": ["out_of_range"]},
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_layer_and_field(make, draft, change, errors):
    with pytest.raises(ValidationError) as raised:
        make(change(draft))
    assert errors_of(raised) == errors
    assert not Rotation.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(("unit", "length"), [("hours", 366), ("days", 366), ("weeks", 52), ("hours", 1)])
def test_how_long_a_shift_may_be(make, draft, unit, length):
    assert make(base(draft, unit=unit, length=length)).layers[0]["length"] == length


def test_members_of_another_organization_are_unknown(make, draft, make_organization):
    foreign = Membership.objects.get(organization=make_organization()).pk
    with pytest.raises(ValidationError) as raised:
        make(base(draft, members=(foreign,)))
    assert errors_of(raised) == {"layers.0.members": ["unknown"]}


def test_a_name_is_taken_once(make, draft):
    make(draft)
    with pytest.raises(ValidationError) as raised:
        make(replace(draft, name="SUPPORT"))
    assert errors_of(raised) == {"name": ["taken"]}


# Whose turn it is


def test_the_first_in_the_order_has_the_shift_of_the_first_day(make, draft, people):
    rotation = make(draft)
    shifts = [on_call(rotation, datetime(2026, 11, day, 12, tzinfo=timezone.utc)) for day in (2, 9, 16, 23)]
    assert shifts == [people[0], people[1], people[2], people[0]]


@pytest.mark.parametrize(
    "change",
    [
        lambda draft: base(draft, members=draft.layers[0].members[::-1]),
        lambda draft: base(draft, length=2),
        lambda draft: base(draft, unit="days", length=3),
        lambda draft: base(draft, unit="hours", length=5),
        lambda draft: base(draft, weekday=3, handoff=time(18)),
        lambda draft: replace(draft, time_zone="Pacific/Auckland"),
        lambda draft: base(draft, members=(*draft.layers[0].members[1:], draft.layers[0].members[0])),
        lambda draft: replace(draft, name="Other"),
        lambda draft: replace(draft, when_away="open"),
    ],
)
def test_whoever_is_on_call_stays_so(make, edit, draft, change):
    rotation = make(draft)
    before = on_call(rotation)
    assert edit(rotation, change)
    assert on_call(rotation) == before


def test_whoever_is_taken_out_is_followed_by_the_next_in_order(make, edit, draft, people):
    rotation = make(draft)
    edit(rotation, lambda draft: base(draft, members=(people[3], people[2], people[1])))
    assert on_call(rotation) == people[1], "Ada had the shift, and Ben was next"


def test_somebody_else_who_is_added_or_taken_out_changes_nothing_now(make, edit, draft, people):
    rotation = make(draft)
    edit(rotation, lambda draft: base(draft, members=(people[3], people[1], people[0])))
    assert on_call(rotation) == people[0]
    assert on_call(rotation, NOW + timedelta(days=7)) == people[3]


def test_another_first_day_begins_anew(make, edit, draft, people):
    rotation = make(draft)
    edit(rotation, lambda draft: base(draft, starts_on=date(2026, 11, 16)))
    assert on_call(rotation) == people[1]
    edit(rotation, lambda draft: base(draft, starts_on=date(2026, 11, 30)))
    assert on_call(rotation) is None
    assert on_call(rotation, NOW + timedelta(days=7)) == people[0]


def test_the_order_of_a_layer_that_has_not_begun_is_what_was_asked_for(make, edit, draft, people):
    rotation = make(base(draft, starts_on=date(2026, 11, 30)))
    edit(rotation, lambda draft: base(draft, members=(people[2], people[0])))
    assert on_call(rotation, NOW + timedelta(days=7)) == people[2]


def test_whoever_stands_in_goes_on_standing_in(make, edit, draft, people):
    rotation = make(draft)
    TimeOff.objects.create(membership_id=people[0], starts_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=1))
    assert on_call(rotation) == people[1]
    edit(rotation, lambda draft: base(draft, members=(people[0], people[2], people[1])))
    assert on_call(rotation) == people[1]


def test_layers_that_change_places_keep_whose_turn_it_is(make, edit, draft, people):
    top = LayerDraft(members=(people[2], people[3]), starts_on=FIRST_DAY, unit="days", weekday=None)
    rotation = make(replace(draft, layers=(*draft.layers, top)))
    above = on_call(rotation)
    edit(rotation, lambda draft: replace(draft, layers=draft.layers[::-1]))
    assert on_call(rotation) == people[0], "the base is on top now"
    edit(rotation, lambda draft: replace(draft, layers=draft.layers[:1]))
    assert on_call(rotation) == above


@pytest.mark.parametrize("seed", range(40))
def test_random_edits_keep_whoever_is_on_call_and_not_taken_out(make, edit, draft, people, seed):
    dice = random.Random(seed)
    rotation = make(
        base(draft, unit=dice.choice(["hours", "days", "weeks"]), length=dice.randint(1, 5), weekday=dice.randint(0, 6))
    )
    for _ in range(5):
        before = on_call(rotation)
        members = dice.sample(people, dice.randint(1, 4))
        fields = {"members": tuple(members), "length": dice.randint(1, 9), "handoff": time(dice.randint(0, 23))}
        edit(rotation, partial(base, **fields))
        assert on_call(rotation) in ([before] if before in members else members)
        if before in members:
            assert on_call(rotation) == before


def test_a_preview_says_what_the_edit_does(acme, make, edit, draft, people):
    rotation = make(draft)
    wanted = base(current(rotation), members=(people[3], people[2]), unit="days", length=1)
    found = preview(acme, wanted, rotation=rotation, at=NOW)
    edit(rotation, lambda draft: wanted)
    assert (found.before, found.after) == (people[0], on_call(rotation))
    assert found.turns[0].begins == NOW
    assert found.turns[-1].ends == NOW + timedelta(days=14)
    for turn in found.turns:
        assert on_call(rotation, turn.begins) == turn.member


def test_a_preview_knows_who_is_disabled_away_and_overridden(acme, make, draft, people, make_member):
    disabled = make_member(acme, disabled=True).pk
    rotation = make(draft)
    Override.objects.create(rotation=rotation, membership_id=people[3], starts_at=NOW, ends_at=NOW + timedelta(hours=1))
    TimeOff.objects.create(membership_id=people[0], starts_at=NOW, ends_at=NOW + timedelta(days=2))
    wanted = base(current(rotation), members=(disabled, people[0], people[1]))
    with CaptureQueriesContext(connection) as queries:
        found = preview(acme, wanted, rotation=rotation, at=NOW)
    assert len(queries) == 4
    assert [turn.member for turn in found.turns][:3] == [people[3], people[1], people[0]]


# Saving


def test_nothing_changes_without_a_change(make, edit, draft, caught):
    rotation = make(draft)
    sent = caught(availability_changed)
    assert edit(rotation, lambda draft: draft) == {}
    assert sent == []
    assert AuditEvent.objects.count() == 1


def test_an_edit_tells_before_and_after(make, edit, draft, people):
    rotation = make(draft)
    edit(rotation, lambda draft: replace(base(draft, members=(people[0], people[3])), when_away="open"))
    details = {each.label: each for each in in_words(AuditEvent.objects.get(verb="rotation_edited"))}
    assert details["When somebody is disabled or away"].after == "The shift is left open"
    (layer,) = details["Layers"].added
    assert "Members: Ada, Dora" in layer
    assert "Members: Ada, Ben, Cleo" in details["Layers"].removed[0]


def test_whoever_saves_second_is_told_and_undoes_nothing(make, edit, draft, people):
    rotation = make(draft)
    seen = fingerprint(current(rotation))
    edit(rotation, lambda draft: replace(draft, name="First"), seen=seen)
    with pytest.raises(ValidationError) as raised:
        edit(rotation, lambda draft: replace(draft, name="Second"), seen=seen)
    assert raised.value.code == "stale"
    assert Rotation.objects.get().name == "First"
    assert edit(rotation, lambda draft: replace(draft, name="First"), seen=seen) == {}, "sent twice"


def test_somebody_who_left_meanwhile_counts_as_a_change(make, edit, draft, people):
    rotation = make(draft)
    seen = fingerprint(current(rotation))
    Membership.objects.get(pk=people[1]).delete()
    with pytest.raises(ValidationError) as raised:
        edit(rotation, lambda draft: base(draft, length=2), seen=seen)
    assert raised.value.code == "stale"


def test_an_edit_costs_the_same_for_three_and_for_ninety(acme, make, edit, draft, crowd):
    crowd(acme, 100)
    everybody = list(Membership.objects.filter(organization=acme).order_by("pk").values_list("pk", flat=True))
    rotation, counts = make(draft), []
    for size in (3, 90):
        members = tuple(everybody[:size])
        edit(rotation, partial(base, members=members))
        with CaptureQueriesContext(connection) as queries:
            edit(rotation, partial(base, members=members[::-1]))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert RotationPlace.objects.count() == 90


def test_a_rotation_goes_with_its_overrides_and_addresses(acme, make, draft, people):
    rotation = make(draft)
    Override.objects.create(rotation=rotation, starts_at=NOW, ends_at=NOW + timedelta(days=1))
    CalendarFeed.objects.create(organization=acme, user=acme.owner, rotation=rotation, token_hash="x")
    gone = delete_rotation(actor=acme.owner, rotation=rotation)
    assert (gone.overrides, gone.feeds) == (1, 1)
    assert not RotationPlace.objects.exists()
    assert not CalendarFeed.objects.exists()
    told = {each.label: each.told for each in in_words(AuditEvent.objects.get(verb="rotation_deleted"))}
    assert (told["Overrides"], told["Calendar addresses"]) == ("1", "1")
    with pytest.raises(Rotation.DoesNotExist):
        delete_rotation(actor=acme.owner, rotation=Rotation(pk=987654, organization=acme))


def test_nobody_without_the_permission(acme, make, draft, make_member):
    rotation, user = make(draft), make_member(acme).user
    for act in (
        lambda: create_rotation(actor=user, organization=acme, draft=draft),
        lambda: edit_rotation(actor=user, rotation=rotation, draft=draft),
        lambda: delete_rotation(actor=user, rotation=rotation),
    ):
        with pytest.raises(Refused):
            act()


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions", "no_deadlock")
def test_of_two_who_save_at_once_one_is_told(acme, make, draft, people):
    rotation = make(draft)
    seen = fingerprint(current(rotation))
    wanted = [replace(draft, name=f"Name {number}") for number in range(4)]
    outcomes = at_once(
        [
            lambda each=each: edit_rotation(
                actor=acme.owner, rotation=Rotation.objects.get(pk=rotation.pk), draft=each, seen=seen
            )
            for each in wanted
        ]
    )
    told = [each for each in outcomes if isinstance(each, ValidationError)]
    assert len(told) == 3, outcomes
    assert {error.code for error in told} == {"stale"}
    assert AuditEvent.objects.filter(verb="rotation_edited").count() == 1


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions")
def test_a_member_who_leaves_while_the_rotation_is_saved(acme, make, draft, people):
    from django_org_members import actions

    rotation = make(draft)
    member = Membership.objects.select_related("user").get(pk=people[1])
    outcomes = at_once(
        [
            lambda: actions.perform("remove", actor=acme.owner, members=[member]).done,
            lambda: edit_rotation(
                actor=acme.owner, rotation=Rotation.objects.get(pk=rotation.pk), draft=base(draft, length=2)
            ),
        ]
    )
    assert outcomes[0], outcomes
    assert isinstance(outcomes[1], dict) or "layers.0.members" in outcomes[1].error_dict, outcomes
    assert list(rotation.places.values_list("membership", flat=True)) == [people[0], people[2]]
