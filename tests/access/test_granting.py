"""Permissions are granted and taken back by superusers only, within what can be granted at all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from guardian.shortcuts import assign_perm

from django_org_members import access, signals
from django_org_members.access import tables
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, OrganizationGroupGrant, OrganizationUserGrant
from django_org_members.models.audit import ALL_ORGANIZATIONS
from django_org_members.policy.permissions import everything

pytestmark = pytest.mark.django_db
VIEW, DISABLE = "org_members.view_members", "org_members.disable_member"


def fresh(user):
    return get_user_model()._default_manager.get(pk=user.pk)


@pytest.fixture
def holders(make_user, make_group):
    """Who can be granted something, each with the user who then has it: `holders["group"]`."""
    user, in_group = make_user(email="sam@example.com", full_name="Sam Support"), make_user()
    return {"user": (user, user), "group": (make_group("Support", in_group), in_group)}


def rows():
    """Count everything that a grant could have written."""
    model_permissions = Permission.objects.filter(**{f"{tables.users_everywhere().holder}__isnull": False})
    return (
        OrganizationUserGrant.objects.count(),
        OrganizationGroupGrant.objects.count(),
        model_permissions.count(),
        Permission.objects.filter(group__isnull=False).count(),
        AuditEvent.objects.exclude(verb="organization_created").count(),
    )


@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize("scope", ["one", "all"])
def test_what_is_granted_counts_there_until_it_is_taken_back(acme, globex, superuser, holders, kind, scope):
    to, user = holders[kind]
    place = acme if scope == "one" else None
    assert access.grant(actor=superuser, to=to, permissions=[VIEW, DISABLE], organization=place) == {VIEW, DISABLE}
    assert fresh(user).has_perm(VIEW, acme)
    assert fresh(user).has_perm(VIEW, globex) == (scope == "all")
    assert not fresh(user).has_perm("org_members.remove_member", acme)

    assert access.revoke(actor=superuser, to=to, permissions=[VIEW], organization=place) == {VIEW}
    assert not fresh(user).has_perm(VIEW, acme)
    assert fresh(user).has_perm(DISABLE, acme)


@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize("scope", ["one", "all"])
def test_each_change_is_written_down_and_told(acme, superuser, holders, caught, kind, scope):
    granted, revoked = caught(signals.access_granted), caught(signals.access_revoked)
    to, _ = holders[kind]
    place = acme if scope == "one" else None
    access.grant(actor=superuser, to=to, permissions=[VIEW], organization=place)
    access.grant(actor=superuser, to=to, permissions=[VIEW, DISABLE], organization=place)
    access.revoke(actor=superuser, to=to, permissions=[VIEW, DISABLE], organization=place)

    events = AuditEvent.objects.filter(verb__startswith="access_").order_by("pk")
    assert [(event.verb, event.details["permissions"]) for event in events] == [
        ("access_granted", [[], [VIEW]]),
        ("access_granted", [[VIEW], [DISABLE, VIEW]]),
        ("access_revoked", [[DISABLE, VIEW], []]),
    ]
    assert {event.organization_id for event in events} == {acme.pk if scope == "one" else ALL_ORGANIZATIONS}
    assert {event.actor_id for event in events} == {superuser.pk}
    if kind == "user":
        assert {(event.user_id, event.name, event.email) for event in events} == {
            (to.pk, "Sam Support", "sam@example.com")
        }
    else:
        assert {(event.user_id, event.name, event.details["group"]) for event in events} == {
            (None, "Support", "Support")
        }
    assert [(call["to"], call["permissions"], call["organization"], call["actor"]) for call in granted] == [
        (to, [VIEW], place, superuser),
        (to, [DISABLE], place, superuser),
    ]
    assert [call["permissions"] for call in revoked] == [[DISABLE, VIEW]]


@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize("scope", ["one", "all"])
def test_doing_it_again_changes_nothing(acme, superuser, holders, caught, kind, scope):
    to, _ = holders[kind]
    how = {"actor": superuser, "to": to, "permissions": [VIEW], "organization": acme if scope == "one" else None}
    assert access.revoke(**how) == frozenset()
    access.grant(**how)
    before, told = rows(), caught(signals.access_granted)
    assert access.grant(**how) == frozenset()
    assert (rows(), told) == (before, [])


@pytest.mark.parametrize("scope", ["one", "all"])
def test_nobody_but_an_active_superuser_may(acme, make_user, make_member, holders, scope):
    """Not the Owner, not staff, not who holds every permission there is; and nobody for themselves."""
    holder_of_all = make_user(is_staff=True)
    for name in everything():
        holder_of_all.user_permissions.add(Permission.objects.get(codename=name.partition(".")[2]))
    actors = [
        None,
        acme.owner,
        make_member(acme, role="admin").user,
        make_user(is_staff=True),
        holder_of_all,
        make_user(is_staff=True, is_superuser=True, is_active=False),
    ]
    to, _ = holders["user"]
    place = acme if scope == "one" else None
    assign_perm(VIEW, to, acme)
    before = rows()
    for actor in actors:
        for whom in filter(None, (to, actor)):
            for change in (access.grant, access.revoke):
                with pytest.raises(Refused) as refusal:
                    change(actor=actor, to=whom, permissions=[VIEW], organization=place)
                assert refusal.value.verdict.code == "superuser"
    assert rows() == before


@pytest.mark.parametrize(
    ("permissions", "code"),
    [
        ([], "required"),
        (["org_members.transfer_ownership"], "not_grantable"),
        ([VIEW, "org_members.transfer_ownership"], "not_grantable"),
        (["org_members.no_such_thing"], "not_grantable"),
        (["auth.change_user"], "not_grantable"),
        (["org_members.change_organization"], "not_grantable"),
        ([""], "not_grantable"),
        (["view_members"], "not_grantable"),
        (["\x00"], "not_grantable"),
    ],
)
def test_only_what_can_be_granted_is(acme, superuser, holders, permissions, code):
    before = rows()
    for to, _ in holders.values():
        for place in (acme, None):
            for change in (access.grant, access.revoke):
                with pytest.raises(ValidationError) as error:
                    change(actor=superuser, to=to, permissions=permissions, organization=place)
                assert [each.code for each in error.value.error_dict["permissions"]] == [code]
    assert rows() == before


def test_a_permission_that_migrate_did_not_make_is_named(acme, superuser, holders, settings):
    settings.ORG_MEMBERS = settings.ORG_MEMBERS | {"PERMISSIONS": [("Tickets", [("tickets.close", "Close tickets")])]}
    with pytest.raises(ValidationError, match=r"tickets\.close"):
        access.grant(actor=superuser, to=holders["user"][0], permissions=["tickets.close"], organization=acme)


def test_a_permission_of_a_projects_own_model_is_granted_on_an_organization(acme, globex, superuser, holders, settings):
    """django-guardian's `assign_perm` refuses it: it belongs to another model than `Organization`."""
    registered = [("Tickets", [("tickets_app.close_ticket", "Close tickets")])]
    settings.ORG_MEMBERS = settings.ORG_MEMBERS | {"PERMISSIONS": registered}
    for kind in ("user", "group"):
        to, user = holders[kind]
        access.grant(actor=superuser, to=to, permissions=["tickets_app.close_ticket"], organization=acme)
        assert fresh(user).has_perm("tickets_app.close_ticket", acme)
        assert not fresh(user).has_perm("tickets_app.close_ticket", globex)
        access.revoke(actor=superuser, to=to, permissions=["tickets_app.close_ticket"], organization=acme)
        assert not fresh(user).has_perm("tickets_app.close_ticket", acme)


@pytest.mark.parametrize("kind", ["user", "group"])
def test_who_is_gone_gets_nothing(acme, superuser, holders, kind):
    to, _ = holders[kind]
    gone = SimpleNamespace(pk=to.pk) if kind == "user" else Group(pk=to.pk, name="Support")
    to.delete()
    before = rows()
    for place in (acme, None):
        with pytest.raises(ValidationError) as error:
            access.grant(actor=superuser, to=gone, permissions=[VIEW], organization=place)
        assert [each.code for each in error.value.error_dict["to"]] == ["missing"]
    assert rows() == before


@pytest.mark.parametrize(
    ("kind", "scope", "relation"),
    [("group", "one", "groups"), ("group", "all", "groups"), ("user", "all", "user_permissions")],
)
def test_user_models_without_groups_or_permissions_are_told_so(
    acme, superuser, holders, monkeypatch, kind, scope, relation
):
    known = tables.query_name
    monkeypatch.setattr(tables, "query_name", lambda name: None if name == relation else known(name))
    with pytest.raises(ValidationError) as error:
        access.grant(
            actor=superuser,
            to=holders[kind][0],
            permissions=[VIEW],
            organization=acme if scope == "one" else None,
        )
    assert [each.code for each in error.value.error_dict["to"]] == ["not_supported"]


def test_what_is_granted_here_is_not_taken_back_there(acme, globex, superuser, holders):
    """Each place is one of its own: one organization, another, all of them, a group."""
    to, user = holders["user"]
    for place in (acme, globex, None):
        access.grant(actor=superuser, to=to, permissions=[VIEW], organization=place)
    assert access.revoke(actor=superuser, to=to, permissions=[VIEW], organization=acme) == {VIEW}
    assert fresh(user).has_perm(VIEW, acme), "it still counts everywhere"
    access.revoke(actor=superuser, to=to, permissions=[VIEW])
    assert not fresh(user).has_perm(VIEW, acme)
    assert fresh(user).has_perm(VIEW, globex)


def test_a_receivers_error_undoes_the_grant(acme, superuser, holders):
    def receiver(sender, **kwargs):
        raise RuntimeError("No.")

    signals.access_granted.connect(receiver)
    before = rows()
    try:
        with pytest.raises(RuntimeError):
            access.grant(actor=superuser, to=holders["user"][0], permissions=[VIEW], organization=acme)
    finally:
        signals.access_granted.disconnect(receiver)
    assert rows() == before


def test_the_organization_that_is_deleted_takes_its_grants_along(acme, superuser, holders):
    for to, _ in holders.values():
        access.grant(actor=superuser, to=to, permissions=[VIEW], organization=acme)
    acme.delete()
    assert rows()[:2] == (0, 0)
