"""Invite User, Create User and the card of pending invitations."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages

from django_org_members import joining
from django_org_members.models import Invitation, Membership, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_user, admin_member):
    return as_user(admin_member.user)


@pytest.fixture
def form():
    return {"full_name": "Grace Hopper", "email": "grace@example.com", "role": Role.objects.member().pk}


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_invite_sends_an_invitation(
    client, page_url, acme, list_url, form, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(page_url("member_invite"), form)
    assert (response.status_code, response["Location"]) == (302, list_url(acme))
    assert told(response) == ["Invitation sent to grace@example.com."]
    assert Invitation.objects.get().email == "grace@example.com"
    assert [mail.to for mail in mailoutbox] == [["grace@example.com"]]


def test_create_shows_the_temporary_password_once(client, page_url, form):
    response = client.post(page_url("member_create"), form)
    password = response.context["password"]
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert password in response.content.decode()
    assert Membership.objects.get(email="grace@example.com").user.check_password(password)

    again = client.post(page_url("member_create"), form)
    assert "This person is a member already." in again.content.decode()
    assert "password" not in again.context


def test_everything_that_is_wrong_is_told_at_once(client, page_url, form, make_member, acme):
    make_member(acme, email="taken@acme.example")
    response = client.post(page_url("member_create"), form | {"full_name": "", "email": "taken@acme.example"})
    assert set(response.context["form"].errors) == {"full_name", "email"}


def test_an_account_elsewhere_is_added_without_a_password(client, page_url, make_user, form, acme):
    somebody = make_user(email="grace@example.com", full_name="Grace Hopper")
    response = client.post(page_url("member_create"), form)
    assert response.status_code == 302
    assert "sign in with their existing credentials" in told(response)[0]
    assert Membership.objects.filter(organization=acme, user=somebody).exists()


def wrong_addresses(acme, make_user, make_member):
    make_member(acme, email="member@example.com")
    make_member(acme, email="disabled@example.com", disabled=True)
    make_user(email="inactive@example.com", is_active=False)
    if get_user_model().USERNAME_FIELD != "email":
        make_user(email="twice@example.com")
        make_user(email="Twice@example.com", username="twice")


@pytest.mark.parametrize("page", ["member_invite", "member_create"])
@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "required"),
        ("grace", "valid email"),
        ("grace@example.com\r\nBcc: x@example.com", "valid email"),
        ("ｇrace@example.com", "valid email"),
        ("gr\u0430ce@example.com", "valid email"),
        ("member@example.com", "a member already"),
        ("MEMBER@Example.com ", "a member already"),
        ("disabled@example.com", "a member already"),
        ("inactive@example.com", "deactivated"),
        ("twice@example.com", "Several accounts"),
        ("x" * 1_000_000 + "@example.com", "at most 254"),
    ],
)
def test_a_wrong_address_is_told_at_the_field(client, page_url, acme, make_user, make_member, form, page, email, words):
    wrong_addresses(acme, make_user, make_member)
    if email == "twice@example.com" and get_user_model().USERNAME_FIELD == "email":
        pytest.skip("Addresses are unique in this project.")
    before = (Membership.objects.count(), get_user_model()._default_manager.count())

    response = client.post(page_url(page), form | {"email": email})

    assert response.status_code == 200
    assert words in " ".join(response.context["form"].errors["email"])
    assert (Membership.objects.count(), get_user_model()._default_manager.count()) == before
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("page", ["member_invite", "member_create"])
@pytest.mark.parametrize("which", ["owner", "foreign", "unknown", "empty", "exceeding"])
def test_a_role_posted_by_hand_is_refused(
    as_user, client, page_url, acme, make_role, make_member, make_organization, form, page, which
):
    recruiter = make_member(acme, role=make_role(acme, "view_members", "invite_member", "create_member")).user
    role = {
        "owner": Role.objects.owner().pk,
        "foreign": make_role(make_organization()).pk,
        "unknown": 999999,
        "empty": "",
        "exceeding": Role.objects.admin().pk,
    }[which]
    actor = as_user(recruiter) if which == "exceeding" else client
    response = actor.post(page_url(page), form | {"role": role})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["role"]
    assert not Membership.objects.filter(email="grace@example.com").exists()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("name", ["x" * 1_000_000, "Grace\nBcc: x@example.com", "Grace\x00", "", "  ", "a\u202eb"])
def test_a_wrong_name_is_told_at_the_field(client, page_url, form, name):
    response = client.post(page_url("member_create"), form | {"full_name": name})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["full_name"]
    assert not Membership.objects.filter(email="grace@example.com").exists()


def test_the_owner_role_is_never_offered(client, page_url):
    for page in ("member_invite", "member_create"):
        text = client.get(page_url(page)).content.decode()
        assert f'value="{Role.objects.owner().pk}"' not in text
        assert ">Owner<" not in text


@pytest.mark.parametrize("page", ["member_invite", "member_create"])
def test_who_may_not_is_refused(as_user, page_url, acme, make_role, make_member, form, page):
    viewer = as_user(make_member(acme, role=make_role(acme, "view_members")).user)
    assert viewer.get(page_url(page)).status_code == 403
    assert viewer.post(page_url(page), form).status_code == 403
    assert not Membership.objects.filter(email="grace@example.com").exists()


@pytest.fixture
def invitation(acme, admin_member):
    return joining.invite(
        actor=admin_member.user, organization=acme, email="guest@example.com", role=Role.objects.member()
    )


@pytest.mark.parametrize("name", ["resend", "link"])
def test_looking_neither_sends_nor_shows(client, page_url, invitation, name):
    assert client.get(page_url(f"invitation_{name}", invitation_id=invitation.pk)).status_code == 405


def test_an_invitation_is_sent_again(client, page_url, invitation):
    old = invitation.derive_token()
    response = client.post(page_url("invitation_resend", invitation_id=invitation.pk))
    assert told(response) == ["Invitation sent again to guest@example.com."]
    invitation.refresh_from_db()
    assert invitation.derive_token() != old


def test_the_link_is_shown_to_be_copied(client, page_url, invitation):
    response = client.post(page_url("invitation_link", invitation_id=invitation.pk))
    assert f"/invitations/{invitation.derive_token()}/" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_an_invitation_is_revoked_after_asking(client, page_url, invitation):
    url = page_url("invitation_revoke", invitation_id=invitation.pk)
    assert "guest@example.com" in client.get(url).content.decode()
    invitation.refresh_from_db()
    assert invitation.is_pending
    assert told(client.post(url)) == ["Invitation to guest@example.com revoked."]
    invitation.refresh_from_db()
    assert invitation.revoked_at is not None


@pytest.mark.parametrize("name", ["resend", "link", "revoke"])
def test_what_is_over_leads_back_with_words(client, page_url, invitation, admin_member, name):
    joining.revoke(actor=admin_member.user, invitation=invitation)
    response = client.post(page_url(f"invitation_{name}", invitation_id=invitation.pk))
    assert response.status_code == 302
    assert told(response) == ["This invitation has been revoked already."]


def test_an_expired_invitation_has_no_link_until_it_is_sent_again(client, page_url, invitation):
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=invitation.sent_at)
    response = client.post(page_url("invitation_link", invitation_id=invitation.pk))
    assert "Resend it" in told(response)[0]
    client.post(page_url("invitation_resend", invitation_id=invitation.pk))
    assert client.post(page_url("invitation_link", invitation_id=invitation.pk)).status_code == 200
