"""What becomes of on-call shifts when somebody is disabled or removed, and handing them over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from django_org_members import actions
from django_org_members.availability import get_provider, on_call
from django_org_members.models import AuditEvent, Membership, Override
from django_org_members.policy import Judge
from django_org_members.signals import availability_changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(acme, make_member):
    return [make_member(acme, full_name=name) for name in ("Ada", "Bo", "Cy")]


@pytest.fixture
def rota(acme, team, make_rotation):
    """Ada has this week."""

    def make(**more):
        monday = timezone.now().date() - timedelta(days=timezone.now().weekday())
        return make_rotation(acme, team, name="Primary", starts_on=monday, handoff="00:00", **more)

    return make


def said(name, actor, acme, *members):
    judge = Judge.of(actor, acme.pk)
    rows = judge.load(judge.prepare(Membership.objects.filter(pk__in=[member.pk for member in members])).order_by("pk"))
    found = actions.get(name).consequences(judge, rows)
    return [" | ".join(strip_tags(str(part)) for part in (each.words, *each.items)) for each in found]


def yesterday():
    return timezone.now().date() - timedelta(days=1)


def on_call_in(acme, now, *hours):
    """Who is on call so many hours later, in all rotations."""
    return [tuple(pk for row in on_call(acme, now + timedelta(hours=each)) for pk in row.member_ids) for each in hours]


def now_on_call(acme):
    (row,) = on_call(acme)
    return row.member_ids


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_the_next_in_order_is_named_and_takes_the_shift(acme, admin_user, team, rota, name):
    rota()
    ada, bo, _cy = team
    (line,) = [each for each in said(name, admin_user, acme, ada) if "on-call shift" in each]
    assert line.startswith("1 on-call shift within two weeks passes on: | Primary: On call now, until ")
    assert line.endswith("→ Bo")
    assert now_on_call(acme) == (ada.pk,)
    actions.perform(name, actor=admin_user, members=[ada])
    assert now_on_call(acme) == (bo.pk,)


def test_a_shift_that_is_left_open_is_said_to_be(acme, admin_user, team, rota):
    rota(when_away="open")
    ada, bo, _cy = team
    assert any(each.endswith("→ left open") for each in said("disable", admin_user, acme, ada))
    assert any("→ Bo" in each for each in said("remove", admin_user, acme, ada)), "the place goes with the member"
    actions.perform("disable", actor=admin_user, members=[ada])
    assert now_on_call(acme) == ()
    actions.perform("enable", actor=admin_user, members=[ada])
    actions.perform("remove", actor=admin_user, members=[ada])
    assert now_on_call(acme) == (bo.pk,)


def test_two_who_go_together_do_not_take_over_from_each_other(acme, admin_user, team, rota):
    rota()
    (line,) = [each for each in said("disable", admin_user, acme, *team[:2]) if "on-call shift" in each]
    assert "→ Bo" not in line
    assert "→ Cy" in line


def test_removing_says_that_overrides_go(acme, admin_user, team, rota, make_override):
    rotation, (ada, bo, _cy) = rota(), team
    make_override(rotation, bo, timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1))
    assert now_on_call(acme) == (bo.pk,)
    assert any("Overrides that name them are deleted" in each for each in said("remove", admin_user, acme, bo))
    actions.perform("remove", actor=admin_user, members=[bo])
    assert now_on_call(acme) == (ada.pk,)


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_shifts_are_handed_over_in_the_same_transaction(acme, admin_user, team, rota, caught, name):
    rota()
    ada, _bo, cy = team
    sent = caught(availability_changed)
    actions.perform(name, actor=admin_user, members=[ada], hand_over_to=cy)
    assert now_on_call(acme) == (cy.pk,)
    (override,) = Override.objects.all()
    assert override.membership == cy
    (event,) = AuditEvent.objects.filter(verb="override_added")
    assert (event.name, event.details["rotation"], event.actor_id) == ("Cy", "Primary", admin_user.pk)
    assert [(each["verb"], each["members"]) for each in sent] == [("override_added", [cy])]


@pytest.mark.parametrize("count", [1, 2])
def test_shifts_that_touch_are_handed_over_as_one(acme, admin_user, team, make_rotation, make_member, caught, count):
    members, heir = team[:count], make_member(acme, full_name="Dee")
    make_rotation(acme, members, name="Hourly", unit="hours", starts_on=yesterday())
    told = caught(availability_changed, lambda: on_call_in(acme, timezone.now(), 0, 1, 24 * 13))
    actions.perform("disable", actor=admin_user, members=members, hand_over_to=heir)
    assert told == [[(heir.pk,)] * 3]
    (override,) = Override.objects.all()
    assert timedelta(days=14) <= override.ends_at - override.starts_at < timedelta(days=14, hours=1)
    (event,) = AuditEvent.objects.filter(verb="override_added")
    assert event.details == {
        "rotation": "Hourly",
        "starts_at": f"{override.starts_at:%Y-%m-%dT%H:%M:%S}+00:00",
        "ends_at": f"{override.ends_at:%Y-%m-%dT%H:%M:%S}+00:00",
    }


def test_each_time_between_others_shifts_is_handed_over_of_its_own(acme, admin_user, team, make_rotation, caught):
    ada, bo, cy = team
    for name in ("One", "Two"):
        make_rotation(acme, [ada, bo], name=name, unit="hours", length=12, starts_on=yesterday())
    now, hours = timezone.now(), range(1, 24 * 13, 12)
    expected = [[cy.pk if pk == ada.pk else pk for pk in members] for members in on_call_in(acme, now, *hours)]
    told = caught(availability_changed)
    actions.perform("disable", actor=admin_user, members=[ada], hand_over_to=cy)
    assert [list(members) for members in on_call_in(acme, now, *hours)] == expected
    events = AuditEvent.objects.filter(verb="override_added", user_id=cy.user_id)
    spans = [(each.rotation.name, f"{each.starts_at:%Y-%m-%dT%H:%M:%S}+00:00") for each in Override.objects.all()]
    assert sorted((event.details["rotation"], event.details["starts_at"]) for event in events) == sorted(spans)
    assert len(spans) in {28, 29, 30}
    assert [(each["verb"], each["members"]) for each in told] == [("override_added", [cy])], "one change"


def test_nothing_to_hand_over_tells_nobody(acme, admin_user, team, make_member, caught):
    told = caught(availability_changed)
    actions.perform("disable", actor=admin_user, members=[team[0]], hand_over_to=team[1])
    assert not told


@pytest.mark.parametrize("mates", [0, 1])
def test_handing_over_many_shifts_costs_the_same_as_one(acme, admin_user, make_member, make_rotation, mates):
    def queries(length, shifts):
        member, heir, *others = (make_member(acme) for _ in range(2 + mates))
        make_rotation(acme, [member, *others], unit="hours", length=length, starts_on=yesterday())
        now = timezone.now()
        found = get_provider(acme).shifts([member], now, now + timedelta(days=14))
        assert len(found) in shifts
        with CaptureQueriesContext(connection) as captured:
            actions.perform("disable", actor=admin_user, members=[member], hand_over_to=heir)
        assert Override.objects.filter(membership=heir).exists()
        return len(captured)

    few = queries(366, range(1, 3))  # a mate is on call for half of the time
    assert queries(*((5, range(33, 36)) if mates else (1, range(336, 338)))) == few


@pytest.mark.parametrize("kind", ["same", "disabled", "away", "foreign"])
def test_whoever_cannot_take_over_is_an_error_of_the_field(
    acme, admin_user, team, rota, make_member, make_organization, away, kind
):
    rota()
    away(team[1], timezone.now() - timedelta(days=1), timedelta(days=2))
    away(team[1], timezone.now() + timedelta(days=300), timedelta(days=2))
    to = {
        "same": lambda: team[0],
        "disabled": lambda: make_member(acme, disabled=True),
        "away": lambda: team[1],
        "foreign": lambda: make_organization().memberships.get(),
    }[kind]()
    with pytest.raises(ValidationError) as caught_error:
        actions.perform("disable", actor=admin_user, members=[team[0]], hand_over_to=to)
    assert "hand_over_to" in caught_error.value.error_dict
    assert Membership.objects.get(pk=team[0].pk).is_active, "nothing was done"
    assert not Override.objects.exists()


def test_who_may_not_plan_hands_nothing_over(acme, team, rota, make_member, make_role):
    rota()
    role = make_role(acme, "view_members", "disable_member")
    user = make_member(acme, role=role).user
    with pytest.raises(ValidationError) as caught_error:
        actions.perform("disable", actor=user, members=[team[0]], hand_over_to=team[1])
    assert "hand_over_to" in caught_error.value.error_dict
    form = actions.get("disable").form_class(judge=Judge.of(user, acme.pk), member=team[0])
    assert not form.fields


def test_the_form_offers_the_mates_and_only_where_there_are_shifts(acme, admin_user, team, rota, make_member):
    judge = Judge.of(admin_user, acme.pk)
    form_class = actions.get("remove").form_class
    assert not form_class(judge=judge, member=team[0]).fields
    rota()
    outsider = make_member(acme)
    Membership.objects.filter(pk=team[2].pk).disable(at=timezone.now(), by=None)
    field = form_class(judge=judge, member=team[0]).fields["hand_over_to"]
    assert [member.pk for member in field.queryset] == [team[1].pk]
    assert not form_class(judge=judge, member=outsider).fields
    assert not form_class(judge=judge).fields, "in bulk"


def test_removing_many_of_a_rotation_costs_the_same_as_removing_two(acme, admin_user, make_member, make_rotation):
    def queries(count):
        members = [make_member(acme) for _ in range(count)]
        for _ in range(3):
            make_rotation(acme, [*members, make_member(acme)], unit="hours")
        with CaptureQueriesContext(connection) as captured:
            actions.perform("remove", actor=admin_user, members=members)
        return len(captured)

    queries(1)  # whatever the process keeps
    assert queries(2) == queries(20)


def test_a_rotation_goes_with_its_organization_without_being_asked_about(make_organization, make_member, make_rotation):
    def queries(count):
        place = make_organization()
        make_rotation(place, [make_member(place) for _ in range(count)])
        with CaptureQueriesContext(connection) as captured:
            place.delete()
        return [query["sql"] for query in captured if "SELECT" in query["sql"] and "layers" in query["sql"]]

    assert len(queries(2)) == len(queries(20))
