"""Attacks: another organization's people by every address, and every page for those who have no business there."""

from __future__ import annotations

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from django_org_members import actions, joining
from django_org_members.admin import OrganizationAdmin
from django_org_members.models import AuditEvent, Membership, Organization, Role

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]
MISSING = 987654

MEMBER_PAGES = ["member_profile", "member_security", "member_activity"]
INVITATION_PAGES = ["invitation_resend", "invitation_link", "invitation_revoke"]
DATA = {"full_name": "X", "email": "x@example.com", "phone": "", "fingerprint": "x", "confirmed": "1"}


@pytest.fixture
def globex(make_organization):
    return make_organization(name="Globex")


@pytest.fixture
def foreign_member(globex, make_member):
    return make_member(globex, email="secret@globex.example", full_name="Sarah Secret")


@pytest.fixture
def foreign_invitation(globex):
    return joining.invite(
        actor=globex.owner, organization=globex, email="guest@globex.example", role=Role.objects.member()
    )


def answers(client, url, data):
    """Return what a page says on GET and POST, without what differs in every answer."""
    return [(response.status_code, response.content) for response in (client.get(url), client.post(url, data))]


@pytest.mark.parametrize("site", ["org", "admin"])
@pytest.mark.parametrize("name", [*MEMBER_PAGES, *(action.name for action in actions.all_actions())])
def test_a_foreign_member_is_as_missing_as_none(as_user, page_url, admin_member, staff, foreign_member, site, name):
    client = as_user(admin_member.user if site == "org" else staff)

    def url(pk):
        if name in MEMBER_PAGES:
            return page_url(name, site=site, member_id=pk)
        return page_url("member_action", site=site, member_id=pk, action=name)

    data = DATA | {"role": Role.objects.admin().pk}
    before = AuditEvent.objects.count()
    assert answers(client, url(foreign_member.pk), data) == answers(client, url(MISSING), data)
    assert answers(client, url(MISSING), data)[0][0] == 404
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("name", INVITATION_PAGES)
def test_a_foreign_invitation_is_as_missing_as_none(as_user, page_url, admin_member, foreign_invitation, name):
    client = as_user(admin_member.user)
    foreign = answers(client, page_url(name, invitation_id=foreign_invitation.pk), {})
    assert foreign == answers(client, page_url(name, invitation_id=MISSING), {})
    assert foreign[0][0] == 404
    foreign_invitation.refresh_from_db()
    assert foreign_invitation.is_pending


@pytest.mark.parametrize("action", [action.name for action in actions.all_actions() if action.in_bulk])
def test_a_bulk_action_does_not_reach_a_foreign_member(as_user, list_url, acme, admin_member, foreign_member, action):
    client = as_user(admin_member.user)
    data = {"action": action, ACTION_CHECKBOX_NAME: [foreign_member.pk], **DATA, "role": Role.objects.admin().pk}
    response = client.post(list_url(acme), data, follow=True)
    assert b"secret@globex.example" not in response.content
    assert b"Sarah Secret" not in response.content
    fresh = Membership.objects.get(pk=foreign_member.pk)
    assert (fresh.is_active, fresh.role) == (True, Role.objects.member())


@pytest.mark.parametrize("page", ["organization_members", "member_invite", "member_create"])
def test_another_organization_s_pages_are_missing(as_user, page_url, admin_member, globex, page):
    client = as_user(admin_member.user)
    foreign = page_url(page, organization=globex)
    missing = foreign.replace(f"/{globex.pk}/", f"/{MISSING}/")
    assert answers(client, foreign, DATA) == answers(client, missing, DATA)
    assert client.get(foreign).status_code == 404


@pytest.fixture
def every_url(acme, page_url, make_member, admin_member):
    """The address of every page of Org Settings of Acme, in one site: `every_url(site)`."""
    member = make_member(acme)
    invitation = joining.invite(
        actor=admin_member.user, organization=acme, email="new@example.com", role=Role.objects.member()
    )

    def make(site):
        yield from (page_url(name, site=site) for name in ("organization_members", "member_invite", "member_create"))
        yield from (page_url(name, site=site, member_id=member.pk) for name in MEMBER_PAGES)
        for action in actions.all_actions():
            yield page_url("member_action", site=site, member_id=member.pk, action=action.name)
        yield from (page_url(name, site=site, invitation_id=invitation.pk) for name in INVITATION_PAGES)

    return make


@pytest.mark.parametrize(
    "who", ["nobody", "stranger", "member", "disabled admin", "staff without rights", "admin elsewhere"]
)
@pytest.mark.parametrize("site", ["org", "admin"])
def test_nothing_can_be_reached_without_a_right(as_user, acme, globex, make_user, make_member, every_url, site, who):
    client = {
        "nobody": Client,
        "stranger": lambda: as_user(make_user()),
        "member": lambda: as_user(make_member(acme).user),
        "disabled admin": lambda: as_user(make_member(acme, role="admin", disabled=True).user),
        "staff without rights": lambda: as_user(make_user(is_staff=True)),
        "admin elsewhere": lambda: as_user(make_member(globex, role="admin").user),
    }[who]()
    urls = list(every_url(site))
    before = AuditEvent.objects.count()
    for url in urls:
        for response in (client.get(url), client.post(url, DATA)):
            is_sign_in = response.status_code == 302 and "/login/" in response["Location"]
            assert is_sign_in or response.status_code in (403, 404), url
    assert AuditEvent.objects.count() == before


def test_a_page_needs_its_own_permission(as_user, acme, make_member, make_role, page_url):
    """Who may only invite sees neither the list nor a member."""
    inviter = as_user(make_member(acme, role=make_role(acme, "invite_member")).user)
    member = make_member(acme)
    assert inviter.get(page_url("organization_members")).status_code == 403
    for name in MEMBER_PAGES:
        assert inviter.get(page_url(name, member_id=member.pk)).status_code == 403
    assert inviter.post(page_url("member_action", member_id=member.pk, action="disable")).status_code == 403
    assert inviter.get(page_url("member_invite")).status_code == 200


def lookups():
    """Every column and relation of a membership by each of its names, and paths that lead to other tables."""
    for field in Membership._meta.get_fields():
        yield from {field.name, getattr(field, "attname", field.name)}
    yield from ("pk", "pk__in", "user__is_superuser", "organization__owner__email", "unknown__path")
    for user in ("user", "user_id"):
        yield f"{user}__password__startswith"
        yield f"{user}__totpdevice__key__startswith"
        yield f"{user}__memberships__organization__name__startswith"
    yield "organization_id__invitations__nonce__startswith"


@pytest.mark.parametrize("lookup", sorted(set(lookups())))
def test_the_query_string_looks_up_nothing(as_user, acme, list_url, lookup):
    response = as_user(acme.owner).get(list_url(acme), {lookup: "1"})
    assert response.status_code in (302, 400)


@pytest.mark.parametrize(
    "query",
    [{"o": "9" * 5000}, {"p": "9" * 5000}, {"q": "\x00"}, {"q": "a " * 5000}, {"invitations": "9" * 5000}],
    ids=lambda query: next(iter(query)),
)
def test_an_absurd_query_string_is_no_error_of_the_server(as_user, acme, list_url, query):
    assert as_user(acme.owner).get(list_url(acme), query).status_code in (200, 302)


def test_an_absurd_id_is_no_error_of_the_server(as_user, acme, list_url, page_url):
    client = as_user(acme.owner)
    bulk = {"action": "disable", ACTION_CHECKBOX_NAME: ["9" * 5000]}
    assert client.post(list_url(acme), bulk, follow=True).status_code == 200
    for number in (10**19, 10**30):
        assert client.get(page_url("member_profile", member_id=number)).status_code == 404
        assert client.get(reverse("org_members:joined", args=[number])).status_code == 404


def test_pages_carry_nothing_inline(as_user, acme, every_url):
    """A strict Content-Security-Policy passes: no inline script, style or handler."""
    client = as_user(acme.owner)
    for url in every_url("org"):
        response = client.get(url)
        if response.status_code != 200:
            continue
        page = response.content.decode()
        assert " style=" not in page, url
        assert "<style" not in page, url
        assert " onclick=" not in page, url
        assert "javascript:" not in page, url
        assert page.count("<script") == page.count("<script src=") + page.count('type="application/json"'), url


@pytest.mark.parametrize("name", ["role_create", "member_invite", "organization_access_grant"])
def test_an_organization_that_is_deleted_while_its_form_is_sent_is_missing(
    as_user, page_url, staff, acme, make_user, monkeypatch, name
):
    form = {"name": "New", "color": "gray", "email": "new@example.com", "role": Role.objects.member().pk}
    form |= {"user": make_user(email="to@example.com").email, "permissions": ["org_members.view_members"]}
    original = OrganizationAdmin.org_settings

    def loaded_and_deleted(self, request, organization_id):
        org = original(self, request, organization_id)
        _ = org.judge.roles, [str(role) for role in org.judge.roles]
        Organization.objects.filter(pk=organization_id).delete()
        return org

    monkeypatch.setattr(OrganizationAdmin, "org_settings", loaded_and_deleted)
    assert as_user(staff).post(page_url(name, site="admin"), form).status_code == 404
