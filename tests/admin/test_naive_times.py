"""A project without time zones (USE_TZ = False) plans, shows and hands over like any other."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from datetime import timezone as zones

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from django_org_members import actions, availability
from django_org_members.availability.engine import WorkingSpan
from django_org_members.availability.loading import instant, stored
from django_org_members.models import Membership, Override, TimeOff
from django_org_members.scheduling.drafts import LayerDraft, RotationDraft
from django_org_members.scheduling.feeds import create_feed
from django_org_members.scheduling.overrides import add_override, remove_override
from django_org_members.scheduling.rotations import create_rotation
from django_org_members.scheduling.schedules import create_schedule, set_working_time

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def naive(db):
    # Not UTC, in the summer or the winter: what is read in the wrong zone is hours off.
    with override_settings(USE_TZ=False, TIME_ZONE="Asia/Kathmandu"):
        yield


@pytest.fixture
def team(make_organization, make_member):
    place = make_organization(name="Acme")
    return [make_member(place, full_name=name) for name in ("Ada", "Bo", "Cy")]


@pytest.fixture
def owner(team):
    return team[0].organization.owner


@pytest.fixture
def rotation(team, owner):
    """Ada has this day."""
    layer = LayerDraft(
        members=tuple(member.pk for member in team), starts_on=timezone.now().date(), unit="days", handoff=time(0)
    )
    draft = RotationDraft(name="Primary", time_zone="Asia/Kathmandu", layers=(layer,))
    return create_rotation(actor=owner, organization=team[0].organization, draft=draft)


def midnight(days=0):
    return datetime.combine(timezone.now().date(), time.min) + days * DAY


def add_time_off(owner, member, begins, ends):
    result = actions.perform("add-time-off", actor=owner, members=[member], starts_at=begins, ends_at=ends)
    assert result.done


def test_an_instant_is_in_the_projects_zone_whatever_the_viewers_is():
    noon = datetime(2026, 7, 1, 12, tzinfo=zones.utc).replace(tzinfo=None)
    for viewer in ("UTC", "America/New_York"):
        with timezone.override(viewer):
            assert instant(noon) == datetime(2026, 7, 1, 6, 15, tzinfo=zones.utc)
            assert stored(instant(noon)) == stored(noon) == noon


def test_the_answer(team, owner, rotation):
    ada, bo, cy = team
    place = ada.organization
    hours = [WorkingSpan(day, time(0), time(0)) for day in range(7)]
    schedule = create_schedule(actor=owner, organization=place, name="Always", time_zone="Asia/Kathmandu", hours=hours)
    set_working_time(actor=owner, organization=place, time_zone="Asia/Kathmandu", default_schedule=schedule)
    add_time_off(owner, bo, midnight(), midnight(1))
    found = {row.pk: row.availability for row in availability.now(place.memberships.all(), place)}
    assert (found[ada.pk], found[bo.pk], found[cy.pk]) == ("on_call", "unavailable", "available")
    (row,) = availability.on_call(place)
    assert (row.member_ids, row.until, row.next_ids) == ((ada.pk,), instant(midnight(1)), (bo.pk,))
    provider = availability.get_provider(place)
    now = timezone.now()
    rows = list(provider.rows(place.memberships.filter(pk=bo.pk), now))
    assert provider.until(rows, now) == {bo.pk: instant(midnight(1))}


@pytest.mark.parametrize("name", ["members", "availability", "rotations", "schedules", "closures", "calendars"])
def test_the_pages_of_an_organization(client, sign_in, team, owner, rotation, name):
    add_time_off(owner, team[1], midnight(1), midnight(2))
    add_override(
        actor=owner,
        organization=team[0].organization,
        rotation=rotation,
        member=team[2],
        begins=midnight(3),
        ends=midnight(4),
    )
    url = reverse(f"org:org_members_organization_{name}", kwargs={"organization_id": team[0].organization_id})
    assert sign_in(client, owner).get(url).status_code == 200


@pytest.mark.parametrize("name", ["member_profile", "member_action"])
def test_the_pages_of_a_member(client, sign_in, team, owner, rotation, name):
    ids = {"organization_id": team[0].organization_id, "member_id": team[0].pk}
    if name == "member_action":
        ids["action"] = "disable"
    page = sign_in(client, owner).get(reverse(f"org:org_members_{name}", kwargs=ids))
    assert page.status_code == 200
    assert "On call now" in page.content.decode()


def test_ones_own_page(client, sign_in, team, rotation):
    page = sign_in(client, team[0].user).get(reverse("org_members:availability")).content.decode()
    assert "On call now until" in page


def test_a_hand_over(team, owner, rotation):
    ada, bo, _cy = team
    actions.perform("disable", actor=owner, members=[ada], hand_over_to=bo)
    assert availability.on_call(ada.organization)[0].member_ids == (bo.pk,)
    assert Override.objects.order_by("starts_at").first().ends_at == midnight(1)


def test_an_override_is_taken_back(client, sign_in, team, owner, rotation):
    place = team[0].organization
    override = add_override(
        actor=owner, organization=place, rotation=rotation, member=team[2], begins=midnight(), ends=midnight(2)
    )
    ids = {"organization_id": place.pk, "override_id": override.pk}
    assert sign_in(client, owner).get(reverse("org:org_members_override_remove", kwargs=ids)).status_code == 200
    assert remove_override(actor=owner, organization=place, override=override)
    assert availability.on_call(place)[0].member_ids == (team[0].pk,)


def test_time_off_is_noted_as_clocks_show_it(team, owner):
    add_time_off(owner, team[0], midnight(1), midnight(2))
    off = TimeOff.objects.get()
    zone = team[0].organization.zone
    assert instant(off.starts_at).astimezone(zone).replace(tzinfo=None) == midnight(1)


def test_whoever_leaves_hands_the_turn_to_the_next(team, rotation):
    Membership.objects.filter(pk=team[0].pk).delete()
    assert availability.on_call(rotation.organization)[0].member_ids == (team[1].pk,)


def test_a_feed(client, team, owner, rotation):
    pytest.importorskip("icalendar")
    _feed, token = create_feed(actor=team[0].user, organization=team[0].organization)
    text = client.get(reverse("org_members:calendar_feed", args=[token])).content.decode()
    assert f"DTSTART:{instant(midnight()):%Y%m%dT%H%M%SZ}" in text
