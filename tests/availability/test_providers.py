"""Who is available, as long as there are no schedules; and that a project can bring its own answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db.models import CharField, Value
from django.test import override_settings
from django.utils import timezone

from django_org_members.availability import Availability, AvailabilityProvider, Show, get_provider
from django_org_members.models import Membership

pytestmark = pytest.mark.django_db


class EverybodyOnCall(AvailabilityProvider):
    """A project's own source."""

    def expression(self, at):
        return Value(Availability.ON_CALL.value, output_field=CharField())


@pytest.fixture
def acme(make_organization, make_member):
    organization = make_organization(members=2)
    make_member(organization, disabled=True)
    organization.refresh_from_db()
    return organization


def test_without_schedules_everybody_is_available_but_the_disabled(acme):
    rows = get_provider(acme).annotate(Membership.objects.filter(organization=acme), timezone.now())
    assert {(row.is_active, row.availability) for row in rows} == {(True, "available"), (False, "unavailable")}


@pytest.mark.parametrize(("show", "size"), [(Show.ALL, 4), (Show.AVAILABLE, 3), (Show.UNAVAILABLE, 1)])
def test_the_toggle_and_its_known_count_agree(acme, show, size):
    shown = get_provider(acme).filter(Membership.objects.filter(organization=acme), show, timezone.now())
    assert shown.count() == get_provider(acme).count(show, timezone.now()) == size


def test_one_member_is_asked_about_by_the_same_rule(acme):
    disabled = acme.memberships.disabled().get()
    assert get_provider(acme).of(disabled, timezone.now()) == Availability.UNAVAILABLE


@override_settings(ORG_MEMBERS={"AVAILABILITY_PROVIDER": f"{__name__}.EverybodyOnCall"})
def test_a_project_brings_its_own_answer(acme):
    provider = get_provider(acme)
    assert provider.of(acme.memberships.first(), timezone.now()) == Availability.ON_CALL
    assert provider.count(Show.AVAILABLE, timezone.now()) is None, "not known without counting"


def test_the_documented_example_of_a_source_of_ones_own(acme):
    """As it is written, but for the project's model of who was seen when: here it is who signed in when."""
    page = (Path(__file__).resolve().parents[2] / "docs/explanation/availability.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?class FromPresence.*?)^```", page, re.DOTALL | re.MULTILINE)
    names = {}
    exec(code.replace("user__presence__seen_at", "user__last_login"), names)
    now = timezone.now()
    seen, disabled = acme.memberships.active().first(), acme.memberships.disabled().get()
    get_user_model().objects.filter(pk__in=[seen.user_id, disabled.user_id]).update(last_login=now)
    rows = names["FromPresence"](acme).annotate(acme.memberships.all(), now)
    assert [row.pk for row in rows if row.availability == Availability.AVAILABLE] == [seen.pk]
    assert {row.availability for row in rows} == {Availability.AVAILABLE, Availability.UNAVAILABLE}


@override_settings(ORG_MEMBERS={"AVAILABILITY_PROVIDER": "no.such.Provider"})
def test_a_path_that_leads_nowhere_names_the_setting():
    with pytest.raises(ImproperlyConfigured, match="AVAILABILITY_PROVIDER"):
        get_provider(None)
