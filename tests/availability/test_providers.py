"""Who is available, as long as there are no schedules; and that a project can bring its own answer."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import CharField, Value
from django.test import override_settings
from django.utils import timezone

from django_org_members.availability import Availability, AvailabilityProvider, Show, get_provider
from django_org_members.models import Membership

pytestmark = pytest.mark.django_db


class EverybodyOnCall(AvailabilityProvider):
    """A project's own source."""

    def annotate(self, members, at):
        return members.annotate(availability=Value(Availability.ON_CALL.value, output_field=CharField()))

    def filter(self, members, show, at):
        return members.none() if show == Show.UNAVAILABLE else members


@pytest.fixture
def acme(make_organization, make_member):
    organization = make_organization(members=2)
    make_member(organization, disabled=True)
    organization.refresh_from_db()
    return organization


def test_without_schedules_everybody_is_available_but_the_disabled(acme):
    rows = get_provider().annotate(Membership.objects.filter(organization=acme), timezone.now())
    assert {(row.is_active, row.availability) for row in rows} == {(True, "available"), (False, "unavailable")}


@pytest.mark.parametrize(("show", "size"), [(Show.ALL, 4), (Show.AVAILABLE, 3), (Show.UNAVAILABLE, 1)])
def test_the_toggle_and_its_known_count_agree(acme, show, size):
    shown = get_provider().filter(Membership.objects.filter(organization=acme), show, timezone.now())
    assert shown.count() == get_provider().count(acme, show, timezone.now()) == size


def test_one_member_is_asked_about_by_the_same_rule(acme):
    disabled = acme.memberships.disabled().get()
    assert get_provider().of(disabled, timezone.now()) == Availability.UNAVAILABLE


@override_settings(ORG_MEMBERS={"AVAILABILITY_PROVIDER": f"{__name__}.EverybodyOnCall"})
def test_a_project_brings_its_own_answer(acme):
    provider = get_provider()
    assert provider.of(acme.memberships.first(), timezone.now()) == Availability.ON_CALL
    assert provider.count(acme, Show.AVAILABLE, timezone.now()) is None, "not known without counting"


@override_settings(ORG_MEMBERS={"AVAILABILITY_PROVIDER": "no.such.Provider"})
def test_a_path_that_leads_nowhere_names_the_setting():
    with pytest.raises(ImproperlyConfigured, match="AVAILABILITY_PROVIDER"):
        get_provider()
