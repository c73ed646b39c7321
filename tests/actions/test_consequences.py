"""What a confirmation says is what happens: each sentence is said, then the deed is done, then looked at."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags
from guardian.shortcuts import assign_perm

from django_org_members import actions, joining
from django_org_members.availability import Shift
from django_org_members.availability.providers import StatusProvider
from django_org_members.models import Account, Invitation, Membership, Role
from django_org_members.policy import Judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme", members=3)


@pytest.fixture
def invite(acme):
    def make(sender, *emails):
        for email in emails:
            joining.invite(actor=sender.user, organization=acme, email=email, role=Role.objects.member())

    return make


def consequences(name, actor, *members):
    """Return what the action says about these members, judged as a page judges them."""
    judge = Judge.of(actor, members[0].organization_id)
    pks = [member.pk for member in members]
    rows = judge.load(judge.prepare(Membership.objects.filter(pk__in=pks)).order_by("pk"))
    return actions.get(name).consequences(judge, rows)


def said(name, actor, *members):
    """Return the same as lines of plain text, with what is listed below a sentence behind it."""
    told = consequences(name, actor, *members)
    return [unescape(" | ".join(map(strip_tags, map(str, (each.words, *each.items))))) for each in told]


def is_said(words, lines):
    return any(words in line for line in lines)


# Seats


def test_a_disabled_member_keeps_the_seat(acme, provisioned):
    member = provisioned()
    lines = said("disable", acme.owner, member)
    assert lines[0] == "Seats: 5 now, 5 afterwards. A disabled member keeps the seat."
    actions.perform("disable", actor=acme.owner, members=[member])
    assert Membership.objects.filter(organization=acme).count() == 5


def test_a_removed_member_frees_the_seat(acme, provisioned):
    members = [provisioned(), provisioned(), provisioned(disabled=True)]
    assert said("remove", acme.owner, members[0])[0] == "Seats: 7 now, 6 afterwards."
    assert said("remove", acme.owner, *members)[0] == "Seats: 7 now, 4 afterwards."
    assert said("disable", acme.owner, *members[:2])[0].endswith("Disabled members keep their seats.")
    actions.perform("remove", actor=acme.owner, members=members)
    assert Membership.objects.filter(organization=acme).count() == 4


# Invitations


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_the_pending_invitations_are_counted_and_the_first_are_named(acme, provisioned, invite, name):
    one, many = provisioned(role="admin", full_name="Ada <Min>"), provisioned(role="admin")
    invite(one, "only@example.com")
    invite(many, *(f"guest{number}@example.com" for number in range(5)))
    assert not is_said("invitation", said(name, acme.owner, provisioned()))
    assert "1 pending invitation that Ada <Min> sent is revoked. | only@example.com" in said(name, acme.owner, one)
    assert (
        f"5 pending invitations that {many} sent are revoked. | guest4@example.com | guest3@example.com | "
        "guest2@example.com | and 2 more" in said(name, acme.owner, many)
    )
    assert is_said("6 pending invitations that they sent are revoked.", said(name, acme.owner, one, many))
    words = consequences(name, acme.owner, one)[1].words
    assert "<bdi>Ada &lt;Min&gt;</bdi>" in words
    actions.perform(name, actor=acme.owner, members=[one, many])
    assert Invitation.objects.filter(revoked_at__isnull=False).count() == 6


def test_who_may_not_see_invitations_reads_their_number_only(acme, provisioned, invite, make_member, make_role):
    sender = provisioned(role=make_role(acme, "invite_member"))
    invite(sender, "secret@example.com")
    helper = make_member(acme, role=make_role(acme, "view_members", "disable_member")).user
    lines = said("disable", helper, sender)
    assert f"1 pending invitation that {sender} sent is revoked." in lines


# Sign-in, sessions, other organizations


@pytest.fixture
def elsewhere(make_organization, make_member):
    """Make somebody a member of another organization, too."""

    def make(member, **how):
        make_member(make_organization(name="Globex"), user=member.user, **how)
        return member

    return make


ENDS = "Signing in ends altogether. Enabling access restores it."
STAYS = "The account stays, and can still sign in."
DEAD = "The account stays deactivated."
OVER = "All sessions end."
GO_ON = "Sessions go on, and other organizations are not affected."


@pytest.fixture
def people(acme, provisioned, make_member, make_organization, elsewhere):
    """Make a member of one kind: whose account it is, and where else the person belongs."""

    def granted():
        member = provisioned()
        assign_perm("org_members.view_members", member.user, make_organization())
        return member

    kinds = {
        "provisioned": provisioned,
        "made elsewhere": lambda: make_member(acme),
        "shared": lambda: elsewhere(provisioned()),
        "shared, made elsewhere": lambda: elsewhere(make_member(acme)),
        "shared, disabled there": lambda: elsewhere(provisioned(), disabled=True),
        "made elsewhere, disabled there": lambda: elsewhere(make_member(acme), disabled=True),
        "granted elsewhere": granted,
        "deactivated": lambda: provisioned(is_active=False),
        "without account row": lambda: make_member(acme),
        "disabled": lambda: _disabled(acme, provisioned()),
    }
    return lambda kind: kinds[kind]()


def _disabled(acme, member):
    actions.perform("disable", actor=acme.owner, members=[member])
    return member


DISABLE = {
    "provisioned": (ENDS, OVER),
    "made elsewhere": (STAYS, OVER),
    "shared": (STAYS, GO_ON),
    "shared, made elsewhere": (STAYS, GO_ON),
    "shared, disabled there": (ENDS, OVER),
    "made elsewhere, disabled there": (STAYS, GO_ON),
    "granted elsewhere": (ENDS, OVER),
    "deactivated": (DEAD, OVER),
    "without account row": (STAYS, OVER),
}
REMOVE = {
    "provisioned": (STAYS, OVER),
    "made elsewhere": (STAYS, OVER),
    "shared": (STAYS, GO_ON),
    "shared, made elsewhere": (STAYS, GO_ON),
    "shared, disabled there": (STAYS, GO_ON),
    "made elsewhere, disabled there": (STAYS, GO_ON),
    "granted elsewhere": (STAYS, GO_ON),
    "deactivated": (DEAD, OVER),
    "without account row": (STAYS, OVER),
    "disabled": (DEAD, OVER),
}


def state(user):
    user = type(user).objects.get(pk=user.pk)
    account = Account.objects.filter(user=user).first()
    return user.is_active, account.session_epoch if account else 0


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        (name, kind, lines)
        for name, table in (("disable", DISABLE), ("remove", REMOVE))
        for kind, lines in table.items()
    ],
)
def test_what_is_said_of_sign_in_and_sessions_is_what_happens(acme, people, name, kind, expected):
    member = people(kind)
    was_active, before = state(member.user)
    others = Membership.objects.filter(user=member.user).exclude(organization=acme)
    there = list(others.values_list("pk", "is_active"))

    assert tuple(said(name, acme.owner, member)[-2:]) == expected

    actions.perform(name, actor=acme.owner, members=[member])
    is_active, epoch = state(member.user)
    happened = (
        DEAD if not was_active else STAYS if is_active else ENDS,
        OVER if epoch > before else GO_ON,
    )
    assert happened == expected
    assert list(others.values_list("pk", "is_active")) == there
    if expected[0] == ENDS:
        actions.perform("enable", actor=acme.owner, members=[member])
        assert state(member.user)[0]


def test_of_many_it_is_said_of_how_many(acme, people):
    members = [people(kind) for kind in ("provisioned", "granted elsewhere", "shared", "deactivated", "made elsewhere")]
    assert said("disable", acme.owner, *members)[1:] == [
        "Signing in ends altogether for 2 of them. Enabling access restores it.",
        "The accounts of 2 of them stay, and can still sign in.",
        "The accounts of 1 of them stay deactivated.",
        "All sessions end for 4 of them.",
        "Sessions go on for 1 of them, and their other organizations are not affected.",
    ]
    assert said("remove", acme.owner, *members[:2])[1:] == [
        "The accounts stay, and can still sign in.",
        "All sessions end for 1 of them.",
        "Sessions go on for 1 of them, and their other organizations are not affected.",
    ]


def test_no_other_organization_is_named(acme, people):
    assert not is_said("Globex", said("disable", acme.owner, people("shared")))


# On-call


class Rota(StatusProvider):
    """Knows shifts: everybody's that a test gives it."""

    known: list[Shift] = []

    def shifts(self, members, since, until):
        pks = {member.pk for member in members}
        return [
            shift
            for shift in self.known
            if shift.member_id in pks and shift.begins_at < until and shift.ends_at > since
        ]


@pytest.fixture
def rota(settings):
    """Let a provider know shifts: `rota((member, hours until it begins, hours that it lasts, label), …)`."""
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "AVAILABILITY_PROVIDER": f"{__name__}.Rota"}
    now = timezone.now()

    def know(*shifts):
        Rota.known = [
            Shift(member.pk, now + timedelta(hours=begin), now + timedelta(hours=begin + length), label)
            for member, begin, length, label in shifts
        ]

    yield know
    Rota.known = []


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_shifts_left_uncovered_are_listed_the_present_one_first(acme, provisioned, rota, name):
    member = provisioned()
    rota((member, 30, 8, ""), (member, -2, 8, "Primary <1>"), (member, 24 * 13, 8, "Night"), (member, 24 * 15, 8, ""))
    (line,) = [line for line in said(name, acme.owner, member) if "on-call" in line]
    count, now, then, late = line.split(" | ")
    assert count == "3 on-call shifts within two weeks are left uncovered."
    assert now.startswith("Primary <1>: On call now, until ")
    assert " – " in then
    assert late.startswith("Night: ")
    items = next(each.items for each in consequences(name, acme.owner, member) if each.icon == "phone")
    assert "<bdi>Primary &lt;1&gt;</bdi>" in items[0]
    assert "<time datetime=" in items[0]


def test_shifts_of_many_tell_whose_they_are(acme, provisioned, rota):
    ada, bo = provisioned(full_name="Ada"), provisioned(full_name="Bo")
    rota((ada, -1, 2, ""), *((bo, 24 * day, 8, "Nights") for day in range(1, 5)))
    (line,) = [line for line in said("disable", acme.owner, ada, bo) if "on-call" in line]
    parts = line.split(" | ")
    assert parts[0].startswith("5 on-call shifts")
    assert parts[1].startswith("Ada: On call now")
    assert parts[2].startswith("Bo, Nights: ")
    assert parts[4] == "and 2 more"
    (line,) = [line for line in said("disable", acme.owner, ada) if "on-call" in line]
    assert line.startswith("1 on-call shift within two weeks is left uncovered. | On call now, until ")


def test_a_provider_that_knows_no_shifts_says_nothing(acme, provisioned):
    assert not is_said("on-call", said("disable", acme.owner, provisioned()))


# Of any action


def test_a_transfer_says_who_becomes_what(make_organization, make_user, make_member):
    acme = make_organization(owner=make_user(full_name="Olivia Owens"))
    heir = make_member(acme, full_name="Ada Lovelace")
    assert said("transfer-ownership", acme.owner, heir) == [
        "Ada Lovelace becomes Owner.",
        "Olivia Owens becomes Admin.",
    ]
    actions.perform("transfer-ownership", actor=acme.owner, members=[heir])
    assert {str(member): member.role.name for member in acme.memberships.select_related("role")} == {
        "Ada Lovelace": "Owner",
        "Olivia Owens": "Admin",
    }


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_looking_costs_the_same_for_one_and_for_many(acme, provisioned, invite, rota, name):
    def queries(count):
        members = [provisioned(role="admin") for _ in range(count)]
        for member in members:
            invite(member, *(f"{number}-{member.pk}@example.com" for number in range(4)))
        rota(*((member, 1, 2, "") for member in members))
        judge = Judge.of(acme.owner, acme.pk)
        rows = judge.load(judge.prepare(Membership.objects.filter(pk__in=[member.pk for member in members])))
        assert judge.may("org_members.invite_member")
        with CaptureQueriesContext(connection) as captured:
            assert len(actions.get(name).consequences(judge, rows)) == 5
        return len(captured)

    assert queries(1) == queries(30) <= 5


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_looking_changes_nothing(acme, provisioned, invite, name):
    member = provisioned(role="admin")
    invite(member, "guest@example.com")
    with CaptureQueriesContext(connection) as captured:
        said(name, acme.owner, member)
    assert not [query for query in captured if not query["sql"].startswith(("SELECT", "(SELECT"))]
