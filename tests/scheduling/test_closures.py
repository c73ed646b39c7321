"""Closures: what may be added, what is there already, and public holidays to choose from."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from django_org_members.audit.details import in_words
from django_org_members.availability import public_holidays
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, Closure
from django_org_members.scheduling.closures import Days, add_closures, remove_closure
from django_org_members.signals import availability_changed

CHRISTMAS = Days("Christmas", date(2026, 12, 24), date(2026, 12, 26))


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.mark.django_db
def test_closures_are_added_once_in_one_event(acme, caught):
    sent = caught(availability_changed)
    new_year = Days("New Year", date(2027, 1, 1), date(2027, 1, 1))
    added = add_closures(actor=acme.owner, organization=acme, closures=[CHRISTMAS, new_year, CHRISTMAS])
    assert [each.name for each in added] == ["Christmas", "New Year"]
    assert add_closures(actor=acme.owner, organization=acme, closures=[new_year]) == []
    assert len(sent) == 1
    (detail,) = in_words(AuditEvent.objects.get())
    assert detail.items == (
        "Name: Christmas, First day: Dec. 24, 2026, Last day: Dec. 26, 2026",
        "Name: New Year, First day: Jan. 1, 2027, Last day: Jan. 1, 2027",
    )
    remove_closure(actor=acme.owner, closure=added[0])
    assert list(Closure.objects.values_list("name", flat=True)) == ["New Year"]
    assert AuditEvent.objects.get(verb="closure_removed").name == "Christmas"
    with pytest.raises(Closure.DoesNotExist):
        remove_closure(actor=acme.owner, closure=Closure(pk=added[0].pk or 1, organization=acme))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "field", "code"),
    [
        (Days("", date(2026, 1, 1), date(2026, 1, 1)), "name", "required"),
        (Days("x" * 121, date(2026, 1, 1), date(2026, 1, 1)), "name", "max_length"),
        (Days("N", date(2026, 1, 2), date(2026, 1, 1)), "ends_on", "ends_before_start"),
        (Days("N", date(2026, 1, 1), date(2028, 1, 4)), "ends_on", "too_long"),
        (Days("N", date(1, 1, 1), date(1, 1, 1)), "starts_on", "out_of_range"),
        (Days("N", date(9999, 12, 31), date(9999, 12, 31)), "starts_on", "out_of_range"),
    ],
)
def test_a_wrong_closure_is_refused_at_its_field_and_none_is_added(acme, days, field, code):
    with pytest.raises(ValidationError) as raised:
        add_closures(actor=acme.owner, organization=acme, closures=[CHRISTMAS, days])
    assert raised.value.error_dict[field][0].code == code
    assert not Closure.objects.exists()


@pytest.mark.django_db
def test_two_years_are_the_longest(acme):
    longest = Days("N", date(2027, 1, 1), date(2029, 1, 1))
    assert add_closures(actor=acme.owner, organization=acme, closures=[longest])


@pytest.mark.django_db
def test_no_more_than_a_year_of_days_at_once(acme):
    many = [Days(f"N{number}", date(2026, 1, 1), date(2026, 1, 1)) for number in range(367)]
    with pytest.raises(ValidationError) as raised:
        add_closures(actor=acme.owner, organization=acme, closures=many)
    assert raised.value.error_dict["__all__"][0].code == "too_many"


@pytest.mark.django_db
def test_nobody_without_the_permission(acme, make_member):
    (closure,) = add_closures(actor=acme.owner, organization=acme, closures=[CHRISTMAS])
    user = make_member(acme).user
    with pytest.raises(Refused):
        add_closures(actor=user, organization=acme, closures=[CHRISTMAS])
    with pytest.raises(Refused):
        remove_closure(actor=user, closure=closure)


# The library of public holidays

library = pytest.mark.skipif(not public_holidays.is_installed(), reason="The library holidays is not installed.")


@library
def test_countries_and_their_parts():
    countries = dict(public_holidays.countries())
    assert (countries["DE"], countries["US"], countries["GB"]) == ("Germany", "United States", "United Kingdom")
    assert not {"DEU", "USA"} & set(countries)
    assert "BY" in dict(public_holidays.parts("DE"))
    with pytest.raises(LookupError):
        public_holidays.parts("XX")
    with pytest.raises(LookupError):
        public_holidays.of_year("DE", "Mars", 2026, "en")


@library
@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Epiphany"), ("en-gb", "Epiphany"), ("de", "Heilige Drei Könige"), ("xx", "Heilige Drei Könige")],
)
def test_names_are_in_the_viewer_s_language_or_in_the_country_s(language, name):
    found = {each.first: each.name for each in public_holidays.of_year("DE", "BY", 2026, language)}
    assert found[date(2026, 1, 6)] == name
    assert date(2026, 1, 6) not in {each.first for each in public_holidays.of_year("DE", None, 2026, language)}


@library
def test_days_in_a_row_with_one_name_are_one():
    found = [each for each in public_holidays.of_year("CN", None, 2024, "en") if each.last > each.first]
    assert found
    assert all((each.last - each.first).days < 10 for each in found)
