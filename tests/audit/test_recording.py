"""Everything that changes something is written down: who, what, whom, before and after, and never a secret."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db.models.signals import pre_delete
from django.test import Client as Browser
from django.test import RequestFactory
from django.test.utils import isolate_apps
from django.urls import reverse
from django.utils import timezone

from django_org_members import access, actions, joining, roles, security
from django_org_members.accounts.clients import Client, current_user, serving
from django_org_members.audit import receivers
from django_org_members.models import AuditEvent, Invitation, Membership, Organization, Role
from django_org_members.models.audit import ALL_ORGANIZATIONS
from tests.otp import StaticDevice, TOTPDevice

pytestmark = pytest.mark.django_db

VIEW, INVITE = "org_members.view_members", "org_members.invite_member"


@pytest.fixture
def staff(make_user):
    return make_user(full_name="Robin Support", email="robin@platform.example", is_staff=True, is_superuser=True)


@pytest.fixture
def as_staff(staff, sign_in):
    return sign_in(Browser(), staff)


def events(verb):
    return list(AuditEvent.objects.filter(verb=verb).order_by("pk"))


# Organizations


def test_name_and_slug_on_the_general_tab(acme, as_staff, staff):
    url = reverse("admin:org_members_organization_change", args=[acme.pk])
    before = (acme.name, acme.slug)
    as_staff.post(url, {"name": "Acme Inc.", "slug": "acme-inc"})
    (event,) = events("organization_changed")
    assert event.details == {"name": [before[0], "Acme Inc."], "slug": [before[1], "acme-inc"]}
    assert (event.actor, event.organization, event.name, event.ip_address) == (staff, acme, "Acme Inc.", "127.0.0.1")
    as_staff.post(url, {"name": "Acme Inc.", "slug": "acme-inc"})
    assert len(events("organization_changed")) == 1, "nothing changed"


def test_editing_saves_nothing_else(acme, make_user):
    """An instance that was read before the ownership moved does not move it back."""
    old = Organization.objects.get(pk=acme.pk)
    heir = make_user()
    Membership.objects.filter(organization=acme).delete()
    Organization.objects.filter(pk=acme.pk).update(owner=heir)
    old.name = "Renamed"
    joining.edit_organization(organization=old)
    acme.refresh_from_db()
    assert (acme.name, acme.owner) == ("Renamed", heir)


@pytest.mark.parametrize("how", ["page", "list", "code"])
def test_deleting_an_organization(acme, as_staff, staff, make_member, how):
    make_member(acme)
    pk, slug = acme.pk, acme.slug
    if how == "page":
        as_staff.post(reverse("admin:org_members_organization_delete", args=[pk]), {"post": "yes"})
    elif how == "list":
        data = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
        as_staff.post(reverse("admin:org_members_organization_changelist"), data)
    else:
        joining.delete_organizations(organizations=[acme], actor=staff)
    assert not Organization.objects.filter(pk=pk).exists()
    (event,) = events("organization_deleted")
    assert (event.organization_id, event.name, event.actor) == (pk, "Acme", staff)
    assert event.details == {"slug": slug, "members": 2}


def test_deleting_several_organizations_writes_one_event_each(acme, make_organization, staff):
    joining.delete_organizations(organizations=[make_organization(), acme], actor=staff)
    assert len(events("organization_deleted")) == 2
    assert not Organization.objects.exists()


# Accounts


@pytest.mark.parametrize("how", ["instance", "queryset", "admin"])
def test_a_deleted_account_leaves_a_note_in_each_organization(
    acme, make_organization, make_member, as_staff, staff, how
):
    member = make_member(acme, role="admin", full_name="Ada Min", email="ada@acme.example")
    other = make_member(make_organization(), user=member.user)
    users = get_user_model()._default_manager
    pk, before = member.user_id, AuditEvent.objects.count()
    if how == "instance":
        member.user.delete()
    elif how == "queryset":
        users.filter(pk=pk).delete()
    else:
        with serving(_request(staff)):
            users.get(pk=pk).delete()
    assert not users.filter(pk=pk).exists()
    found = events("account_deleted")
    assert [event.organization_id for event in found] == [acme.pk, other.organization_id]
    assert [event.details for event in found] == [{"role": "Admin"}, {"role": "Member"}]
    assert {(event.user_id, event.name, event.email) for event in found} == {(pk, "Ada Min", "ada@acme.example")}
    assert {event.actor_id for event in found} == {staff.pk if how == "admin" else None}
    assert AuditEvent.objects.count() == before + 2


def _request(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_the_admin_of_users_tells_who_deleted_one(acme, make_member, as_staff, staff):
    model = get_user_model()
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_delete"
    member = make_member(acme)
    if not admin.site.is_registered(model):
        pytest.skip("The project has no admin of users.")
    as_staff.post(reverse(name, args=[member.user_id]), {"post": "yes"})
    assert events("account_deleted")[0].actor == staff


@isolate_apps("tests")
def test_an_account_that_is_deleted_as_a_proxy_of_the_user_model_is_noticed(acme, make_member, monkeypatch):
    meta = type("Meta", (), {"proxy": True, "app_label": "tests"})
    proxy = type("Colleague", (get_user_model(),), {"__module__": __name__, "Meta": meta})
    monkeypatch.setattr(receivers.apps, "get_models", lambda: [get_user_model(), Membership, proxy])
    receivers.connect()
    try:
        pre_delete.send(sender=proxy, instance=make_member(acme).user, using="default")
    finally:
        assert pre_delete.disconnect(sender=proxy, dispatch_uid="org_members.account_deleted.tests.Colleague")
    assert len(events("account_deleted")) == 1
    assert not pre_delete.has_listeners(Membership)


def test_an_account_without_an_organization_leaves_none(make_user):
    make_user().delete()
    assert not events("account_deleted")


@pytest.mark.parametrize("kind", ["user", "group"])
def test_what_is_gone_with_a_deleted_user_or_group_is_noted_where_it_was_granted(
    acme, make_user, make_organization, kind
):
    root, globex = make_user(is_superuser=True), make_organization()
    to = make_user(full_name="Hana Sato") if kind == "user" else Group.objects.create(name="Hana Sato")
    for organization, names in ((acme, {INVITE, VIEW}), (globex, {VIEW}), (None, {INVITE})):
        access.grant(actor=root, to=to, permissions=names, organization=organization)
    granted = {event.organization_id: event for event in AuditEvent.objects.filter(verb="access_granted")}
    to.delete()
    revoked = {event.organization_id: event for event in AuditEvent.objects.filter(verb="access_revoked")}
    assert set(revoked) == set(granted) == {acme.pk, globex.pk, ALL_ORGANIZATIONS}
    for place, event in revoked.items():
        before = granted[place]
        assert event.details == {**before.details, "permissions": before.details["permissions"][::-1]}
        assert (event.user_id, event.name, event.email) == (before.user_id, before.name, before.email)


def test_other_models_can_still_be_deleted_by_one_statement():
    from django.db.models.deletion import Collector

    assert Collector("default", origin=None).can_fast_delete(TOTPDevice.objects.none()), (
        "a receiver without a sender would take this from the whole project"
    )


def test_somebody_signed_in_is_known_while_the_request_lasts(staff):
    assert current_user() is None
    with serving(_request(staff)):
        assert current_user() == staff
    with serving(Client(user_agent="manage.py x")):
        assert current_user() is None


# Members


def test_removing_keeps_what_the_membership_held(acme, make_member):
    member = make_member(acme, role="admin", disabled=True)
    actions.perform("remove", actor=acme.owner, members=[member])
    assert events("member_removed")[0].details == {
        "role": "Admin",
        "joined_at": member.joined_at.isoformat(timespec="seconds"),
        "disabled_at": member.disabled_at.isoformat(timespec="seconds"),
    }


def test_enabling_keeps_since_when_access_was_disabled(acme, make_member):
    member = make_member(acme, disabled=True)
    actions.perform("enable", actor=acme.owner, members=[member])
    assert events("member_enabled")[0].details == {"disabled_at": member.disabled_at.isoformat(timespec="seconds")}


def test_a_reset_of_mfa_tells_what_was_there(acme, make_member, staff):
    member = make_member(acme)
    TOTPDevice.objects.create(user=member.user, name="My phone", confirmed=True)
    actions.perform("reset-mfa", actor=staff, members=[member])
    ((before, after),) = events("mfa_reset")[0].details.values()
    assert len(before) == 1
    assert "My phone" in before[0]
    assert after == []


# Commands


def test_a_command_is_where_it_came_from(make_user):
    make_user(email="olive@example.com")
    call_command("create_organization", "Globex", "--owner", "olive@example.com", verbosity=0)
    (event,) = events("organization_created")
    assert (event.client, event.ip_address, event.actor) == ("manage.py create_organization", None, None)


def test_repairing_runs_as_a_command(monkeypatch):
    from django_org_members.accounts import clients, profiles

    seen = []
    monkeypatch.setattr(profiles, "repair", lambda: seen.append(clients.current()) or iter(()))
    call_command("repair_members", verbosity=0)
    assert seen == [Client(user_agent="manage.py repair_members")]


# Secrets

PASSWORD, ANOTHER = "a-new-secret-of-Ada", "another-secret-of-Grace"


def everything(acme, staff, make_user):
    """Do all that the package can do; returns every secret that came by."""
    owner, member_role = acme.owner, Role.objects.member()
    secrets = [PASSWORD, ANOTHER]
    created = joining.create_member(
        actor=owner, organization=acme, full_name="Ada Min", email="ada@acme.example", role=member_role
    )
    secrets.append(str(created.temporary_password))
    ada = created.membership
    make_user(email="known@example.com")
    joining.create_member(actor=owner, organization=acme, full_name="", email="known@example.com", role=member_role)

    invitation = joining.invite(actor=owner, organization=acme, email="grace@example.com", role=member_role)
    secrets += [invitation.derive_token(), invitation.token_hash, invitation.nonce]
    invitation = joining.resend(actor=owner, invitation=invitation)
    secrets += [invitation.derive_token(), invitation.token_hash, invitation.nonce]
    secrets.append(joining.link(actor=owner, invitation=invitation))
    joining.accept_as_new(invitation.derive_token(), full_name="Grace Hopper", password=ANOTHER)
    waiting = joining.invite(actor=owner, organization=acme, email="late@example.com", role=member_role)
    joining.revoke(actor=owner, invitation=waiting)

    secrets.append(TOTPDevice.objects.create(user=owner, confirmed=True).key)
    security.require_mfa(actor=owner, organization=acme)
    device = TOTPDevice.objects.create(user=ada.user, confirmed=True)
    codes = StaticDevice.objects.create(user=ada.user)
    codes.token_set.create(token="backup-token-1")
    secrets += [device.key, "backup-token-1"]
    params = {"full_name": "Ada King", "email": "king@acme.example", "phone": "+1 202 555 0100"}
    for name, fields in {
        "set-role": {"role": Role.objects.admin()},
        "edit-profile": params,
        "reset-mfa": {},
        "sign-out": {},
        "exempt-from-mfa": {"until": timezone.now() + timedelta(days=1), "reason": "Lost phone"},
        "end-mfa-exemption": {},
        "remind-mfa": {},
        "disable": {},
        "enable": {},
    }.items():
        assert actions.perform(name, actor=owner, members=[ada], **fields).done, name
    outcome = actions.perform("reset-password", actor=owner, members=[ada])
    secrets += map(str, outcome.secrets.values())
    ada.user.refresh_from_db()
    secrets += [ada.user.password, owner.password]

    security.stop_requiring_mfa(actor=owner, organization=acme)
    night = roles.create(actor=owner, organization=acme, name="Night", permissions=["org_members.view_members"])
    roles.edit(actor=owner, role=night, name="Late", permissions=[])
    roles.delete(actor=owner, role=night)
    acme.name = "Acme Inc."
    joining.edit_organization(organization=acme, actor=staff)
    actions.perform("remove", actor=owner, members=[ada])
    Membership.objects.get(organization=acme, email="grace@example.com").user.delete()
    joining.delete_organizations(organizations=[acme], actor=staff)
    return secrets


def test_no_event_holds_a_secret(acme, staff, make_user):
    secrets = everything(acme, staff, make_user)
    written = [
        json.dumps([str(value) for value in row] + [row[-1]])
        for row in AuditEvent.objects.values_list(
            *(field.attname for field in AuditEvent._meta.concrete_fields if field.name != "details"), "details"
        )
    ]
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert len(verbs) >= 20, "everything was done"
    assert all(len(secret) >= 8 for secret in secrets)
    leaks = [(secret, text) for secret in secrets for text in written if secret in text]
    assert leaks == []
    assert Invitation.objects.count() == 0


def test_details_have_one_shape(acme, staff, make_user):
    """{field: value}, or {field: [before, after]}; nothing else nests."""
    everything(acme, staff, make_user)
    for event in AuditEvent.objects.all():
        for field, value in event.details.items():
            if isinstance(value, list) and any(isinstance(item, list) for item in value):
                assert len(value) == 2, (event.verb, field)
            assert not isinstance(value, dict), (event.verb, field)
