"""What people read: verbs, details, and who is meant by a name."""

from __future__ import annotations

import pytest
from django import forms
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from django_org_members import actions, audit
from django_org_members.audit import details, people, verbs
from django_org_members.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def described(monkeypatch):
    """Forget afterwards what a test described."""
    monkeypatch.setattr(verbs, "_described", dict(verbs._described))


def told(written, verb="role_edited"):
    return [
        (each.label, each.told or (each.before, each.after) if each.told or each.is_change else
         each.items or (each.added, each.removed))
        for each in details.in_words(AuditEvent(verb=verb, details=written))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({}, []),
        ({"role": "Member"}, [("Role", "Member")]),
        ({"role": ["Member", "Engineer"]}, [("Role", ("Member", "Engineer"))]),
        ({"phone": ["", "+1 202"]}, [("Phone Number", ("", "+1 202"))]),
        ({"phone": ["+1 202", None]}, [("Phone Number", ("+1 202", ""))]),
        ({"replacement": None, "members": 1200}, [("Members", "1200")]),
        ({"color": ["red", "blue"]}, [("Color", ("Red", "Blue"))]),
        ({"joined_at": "2026-02-03T10:30:00+00:00"}, [("Joined", "Feb. 3, 2026, 10:30 a.m.")]),
        ({"joined_at": "2026-99-03T10:30:00+00:00"}, [("Joined", "2026-99-03T10:30:00+00:00")]),
        ({"is_urgent": [False, True]}, [("Is urgent", ("No", "Yes"))]),
        ({"limits": {"seats": 5, "name": "x"}}, [("Limits", "Seats: 5, Name: x")]),
        ({"tags": ["a", "b", "c"]}, [("Tags", ("a", "b", "c"))]),
        ({"tags": [["a", "b"], ["b", "c"]]}, [("Tags", (("c",), ("a",)))]),
        ({"tags": [None, ["a"]]}, [("Tags", (("a",), ()))]),
        (["odd"], [("Details", ("odd",))]),
        (
            {"permissions": ["org_members.view_members", "org_members.invite_member"]},
            [
                (
                    "Permissions",
                    ("See the organization's members", "Invite people by e-mail and manage pending invitations"),
                )
            ],
        ),
        (
            {"permissions": [["org_members.view_members", "gone.permission"], ["org_members.view_roles"]]},
            [
                (
                    "Permissions",
                    (
                        ("See the roles and what each lets people do",),
                        ("See the organization's members", "gone.permission"),
                    ),
                )
            ],
        ),
        ({"methods": [["My phone", "Backup codes"], []]}, [("Methods", ((), ("My phone", "Backup codes")))]),
    ],
)
def test_details_in_words(written, words):
    assert told(written) == words


@override_settings(
    ORG_MEMBERS={"PERMISSIONS": [("Tickets", [("tickets.close", _("Close tickets"))])], "BASE_URL": "http://x"}
)
def test_the_permissions_of_a_project_have_words_too():
    assert told({"permissions": [[], ["tickets.close"]]}) == [("Permissions", (("Close tickets",), ()))]


def test_a_verb_of_a_project_in_words(described):
    assert verbs.in_words("ticket_closed") == "Ticket closed"
    audit.describe("ticket_closed", _("Closed a ticket"), {"ticket": _("Number")})
    assert verbs.in_words("ticket_closed") == "Closed a ticket"
    assert told({"ticket": 7}, "ticket_closed") == [("Number", "7")]
    assert told({"ticket": 7}) == [("Ticket", "7")]


@pytest.mark.parametrize("verb", ["_", "", "-"])
def test_an_odd_verb_is_shown_as_it_is(verb):
    assert verbs.in_words(verb) == verb


def test_a_registered_action_describes_its_verb_and_its_fields(described):
    class AwardForm(actions.MemberActionForm):
        badge = forms.CharField(label="Badge of honour")

    class Award(actions.MemberAction):
        name, label, verb, permission = "award", "Award a Badge", "badge_awarded", "org_members.view_members"
        form_class = AwardForm

        def apply(self, run):
            """Nothing."""

    actions.register(Award)
    try:
        assert verbs.in_words("badge_awarded") == "Award a Badge"
        assert told({"badge": "Founder"}, "badge_awarded") == [("Badge of honour", "Founder")]
    finally:
        actions.unregister("award")


def test_every_built_in_verb_has_words_in_the_reader_s_language():
    assert all(verbs.is_described(verb) for verb in AuditEvent.Verb)
    with translation.override("de"):
        assert verbs.in_words("role_changed")


def test_the_verbs_that_occur_are_found_in_one_query(acme, make_organization, happened):
    assert verbs.present(acme.pk) == []
    happened(acme, *({"verb": verb} for verb in ("zebra", "role_changed", "ant", "zebra", "ant")))
    happened(make_organization(), {"verb": "elsewhere"})
    with CaptureQueriesContext(connection) as captured:
        assert sorted(verbs.present(acme.pk)) == ["ant", "role_changed", "zebra"]
    assert len(captured) == 1


# People


@pytest.fixture
def ada(acme, make_member):
    return make_member(acme, full_name="Ada Lovelace", email="ada@acme.example")


def found(organization, text, *, among_members=True):
    return [person.pk for person in people.find(organization.pk, text, among_members=among_members, limit=8)]


def test_a_member_is_found_by_name_and_by_address(acme, ada, make_member):
    grace = make_member(acme, full_name="Grace Hopper", email="grace@acme.example")
    assert found(acme, "LOVELACE") == [ada.user_id]
    assert found(acme, "ada love") == [ada.user_id]
    assert set(found(acme, "acme.example")) == {ada.user_id, grace.user_id, acme.owner_id}
    assert found(acme, "nobody") == []


def test_an_exact_address_means_one_person(acme, ada, make_member):
    make_member(acme, full_name="Another", email="ada@acme.example.org")
    assert found(acme, "Ada@Acme.example") == [ada.user_id]


def test_somebody_who_left_is_found_in_the_trail(acme, ada, make_user, happened):
    support = make_user(full_name="Robin Support", email="robin@platform.example")
    happened(acme, {"user": ada.user, "actor": support})
    pk = ada.user_id
    ada.user.delete()
    assert found(acme, "lovelace") == [pk]
    assert found(acme, "robin") == [support.pk]
    assert found(acme, "robin lovelace") == [], "the words of two people"


def test_members_are_found_only_by_who_may_see_them(acme, ada):
    assert found(acme, "lovelace", among_members=False) == []


def test_nobody_of_another_organization_is_found(acme, make_organization, make_member, happened):
    globex = make_organization()
    sarah = make_member(globex, full_name="Sarah Secret")
    happened(globex, {"user": sarah.user})
    assert found(acme, "sarah") == []
