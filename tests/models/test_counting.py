"""Whatever happens to memberships, in any order: the kept counters are the number of rows."""

from __future__ import annotations

import pytest
from django.utils import timezone

from django_org_members.models import Membership, Role

hypothesis = pytest.importorskip("hypothesis", reason="hypothesis is not installed.")
from hypothesis import strategies as st  # noqa: E402

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 4)),
        st.tuples(st.sampled_from(["remove", "disable", "enable", "move"]), st.integers(0, 9)),
    ),
    max_size=15,
)


class Crowd:
    def __init__(self, make_user, make_organization):
        self.make_user = make_user
        self.here, self.there = make_organization(), make_organization()
        self.role = Role.objects.member()

    def members(self, number):
        """Some of the members, chosen by a number."""
        pks = (
            Membership.objects.filter(organization=self.here, role=self.role)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        return Membership.objects.filter(pk__in=[pk for place, pk in enumerate(pks) if place % (number + 1) == 0])

    def step(self, what, number):
        if what == "add":
            rows = [Membership(organization=self.here, user=self.make_user(), role=self.role) for _ in range(number)]
            Membership.objects.bulk_create(rows)
        elif what == "remove":
            self.members(number).delete()
        elif what == "disable":
            self.members(number).disable(at=timezone.now(), by=None)
        elif what == "enable":
            self.members(number).enable()
        else:
            self.members(number).update(organization=self.there)


@pytest.mark.heavy
@pytest.mark.django_db
@hypothesis.settings(
    max_examples=25, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@hypothesis.given(steps=STEPS)
def test_the_counters_are_the_number_of_rows(make_user, make_organization, steps):
    crowd = Crowd(make_user, make_organization)
    for what, number in steps:
        crowd.step(what, number)
        for organization in (crowd.here, crowd.there):
            organization.refresh_from_db()
            rows = Membership.objects.filter(organization=organization)
            assert organization.member_count == rows.count()
            assert organization.active_member_count == rows.active().count()
