"""The password or a token is asked again, for what the setting names, on every way there; and nothing is lost by it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from django_org_members import actions, roles
from django_org_members.accounts import reauthentication
from django_org_members.models import AuditEvent, LoginEvent, Membership, Organization, Role
from tests.otp import TOTPDevice, totp

pytestmark = pytest.mark.django_db
KEPT = "identity-kept"


def grow_old(client):
    session = client.session
    session[reauthentication.SESSION_KEY] = {**session[reauthentication.SESSION_KEY], "at": 0}
    session.save()
    return client


@pytest.fixture
def stale(as_user):
    """A client whose last sign-in was long ago: `stale(user)`."""
    return lambda user: grow_old(as_user(user))


@pytest.fixture
def asks_for(settings):
    """Set ASK_AGAIN_FOR: `asks_for("remove", …)`."""

    def make(*names):
        settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "ASK_AGAIN_FOR": names}

    return make


@pytest.fixture
def mira(provisioned):
    return provisioned(full_name="Mira Moss", email="mira@acme.example")


class ShredForm(actions.MemberActionForm):
    reason = forms.CharField()
    key = forms.CharField(widget=forms.PasswordInput, required=False)


class Shred(actions.MemberAction):
    """A project's own, which always asks."""

    name, label, verb = "shred", "Shred", "shredded"
    permission = "org_members.view_members"
    form_class = ShredForm
    in_menu = in_bulk = asks_again = True

    def apply(self, run):
        return


@pytest.fixture
def shred():
    actions.register(Shred)
    yield
    actions.unregister("shred")


def is_question(response):
    return response.status_code == 200 and KEPT in response.content.decode()


def answer(client, response, **given):
    """Send the form of the question as a browser does, with `password` or `token`."""
    page = response.content.decode()
    address = unescape(re.search(r'<form method="post" action="([^"]+)" class="om-form"', page).group(1))
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    form = {unescape(name): unescape(value) for name, value in hidden if name == KEPT}
    return client.post(address, form | {f"identity-{name}": value for name, value in given.items()})


# Who is asked for what


@pytest.fixture
def posts(acme, mira, page_url, list_url, make_role, staff, admin_member, make_user):
    """What a stale session can send: name to (user, address, form)."""
    role = make_role(acme, "view_members", name="Helper")
    unused = make_role(acme, name="Unused")
    boss, superuser = acme.owner, staff
    reset = {"fingerprint": ""}

    def page(name, data=None):
        return (boss, page_url("member_action", member_id=mira.pk, action=name), data or {})

    def bulk(name, data=None):
        return (
            boss,
            list_url(acme),
            {"action": name, ACTION_CHECKBOX_NAME: [mira.pk], "confirmed": "1", **(data or {})},
        )

    member = Role.objects.member().pk
    return {
        **{f"{name} on its page": (name, *page(name, data)) for name, data in FORMS(role, reset).items()},
        **{
            f"{action.name} in bulk": (action.name, *bulk(action.name, {"role": role.pk}))
            for action in actions.all_actions()
            if action.in_bulk
        },
        "the menu of a row": ("set-role", *page("set-role", {"role": role.pk})),
        "roles: create": ("edit-roles", boss, page_url("role_create"), {"name": "New", "color": "teal"}),
        "roles: edit": (
            "edit-roles",
            boss,
            page_url("role_edit", role_id=unused.pk),
            {"name": "Renamed", "color": "teal"},
        ),
        "roles: duplicate": (
            "edit-roles",
            boss,
            page_url("role_duplicate", role_id=role.pk),
            {"name": "Copy", "color": "teal"},
        ),
        "roles: delete": ("edit-roles", boss, page_url("role_delete", role_id=unused.pk), {"replacement": member}),
        "roles: matrix": ("edit-roles", boss, page_url("organization_roles"), {"confirmed": "1"}),
        "roles: starter set": ("edit-roles", boss, page_url("roles_starters"), {}),
        "security: require MFA": (
            "security",
            boss,
            page_url("organization_security"),
            {"grace": "7", "confirmed": "1"},
        ),
        "access: grant": ("grant-access", superuser, page_url("organization_access_grant", site="admin"), {}),
        "access: grant on all": ("grant-access", superuser, reverse("admin:org_members_everywhere_access_grant"), {}),
    }


def FORMS(role, reset):
    return {
        "disable": {},
        "enable": {},
        "remove": {},
        "sign-out": {},
        "reset-mfa": {},
        "reset-password": reset,
        "edit-profile": {"full_name": "Mira Miller", "email": "mira@acme.example"},
        "set-role": {"role": role.pk},
        "transfer-ownership": {},
    }


def test_every_way_is_asked_for_what_the_setting_names_and_for_nothing_else(posts, stale, asks_for):
    known = {name for name, *_rest in posts.values()}
    for way, (name, user, url, data) in posts.items():
        asks_for(name)
        before = (AuditEvent.objects.count(), Membership.objects.count(), Role.objects.count())
        client = stale(user)
        assert is_question(client.post(url, data)), way
        assert (AuditEvent.objects.count(), Membership.objects.count(), Role.objects.count()) == before, way
        assert not is_question(stale(Organization.objects.get().owner).get(url)), way
    for name, user, url, data in posts.values():
        asks_for(*(known - {name}))
        assert not is_question(stale(user).post(url, data)), url


def test_a_fresh_session_is_not_asked(posts, as_user, asks_for):
    asks_for(*{name for name, *_rest in posts.values()})
    _name, user, url, data = posts["roles: create"]
    assert as_user(user).post(url, data).status_code == 302


@pytest.mark.parametrize("names", [(), ["transfer-ownership"]])
def test_the_ownership_is_a_default_that_can_be_taken_away(acme, mira, stale, page_url, settings, names):
    url = page_url("member_action", member_id=mira.pk, action="transfer-ownership")
    assert is_question(stale(acme.owner).post(url))
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "ASK_AGAIN_FOR": names}
    assert is_question(stale(acme.owner).post(url)) is bool(names)


def test_an_action_that_always_asks_needs_no_setting(shred, acme, mira, stale, page_url, list_url, asks_for):
    asks_for()
    client = stale(acme.owner)
    assert is_question(client.post(page_url("member_action", member_id=mira.pk, action="shred"), {"reason": "Old"}))
    bulk = {"action": "shred", ACTION_CHECKBOX_NAME: [mira.pk], "confirmed": "1", "reason": "Old"}
    assert is_question(client.post(list_url(acme), bulk))
    assert not AuditEvent.objects.filter(verb="shredded").exists()


def test_who_may_not_is_refused_and_not_asked(acme, mira, stale, page_url, asks_for):
    asks_for("remove", "edit-roles", "grant-access")
    client = stale(mira.user)
    for url in (page_url("member_action", member_id=mira.pk, action="remove"), page_url("role_create")):
        assert client.post(url).status_code in (403, 404, 302)
    assert client.post(page_url("organization_access_grant", site="admin")).status_code == 302


# Nothing is lost


def test_one_answer_confirms_and_does_it(acme, mira, staff, stale, page_url, password, list_url):
    client = stale(staff)
    url = page_url("member_action", site="admin", member_id=mira.pk, action="transfer-ownership")
    back = f"{list_url(acme, 'admin')}?q=mira"
    reason = 'Left.\r\n<b>&amp; "gone"</b> ümlaut \U0001f600'
    response = client.post(url, {"next": back, "reason": reason})
    assert Organization.objects.get().owner == acme.owner
    response = answer(client, response, password=password)
    assert response["Location"] == back
    assert Organization.objects.get().owner == mira.user
    assert AuditEvent.objects.get(verb="ownership_transferred").details["reason"] == reason.replace("\r\n", "\n")
    assert reauthentication.is_recent(response.wsgi_request)


def test_wrong_answers_keep_everything_and_count(acme, mira, stale, page_url, password):
    client = stale(acme.owner)
    url = page_url("member_action", member_id=mira.pk, action="transfer-ownership")
    response = client.post(url)
    key = client.session.session_key
    for wrong in ("first-guess", "", "x" * 5000):
        response = answer(client, response, password=wrong)
        assert is_question(response)
        assert response.context["form"].errors
        assert wrong not in response.content.decode() or not wrong
    assert LoginEvent.objects.filter(user=acme.owner, reason="wrong_password").count() == 1
    for _ in range(9):
        response = answer(client, response, password="wrong")
    assert "Too many wrong attempts" in answer(client, response, password=password).content.decode()
    assert Organization.objects.get().owner == acme.owner
    assert client.session.session_key == key
    LoginEvent.objects.all().delete()
    assert answer(client, response, password=password).status_code == 302
    assert Organization.objects.get().owner == mira.user
    assert client.session.session_key != key


def test_a_token_answers_as_well(acme, mira, stale, page_url):
    device = TOTPDevice.objects.create(user=acme.owner, name="Phone")
    client = stale(acme.owner)
    response = client.post(page_url("member_action", member_id=mira.pk, action="transfer-ownership"))
    assert "Enter your password or a token" in response.content.decode()
    assert answer(client, response, token=f"{totp(device.bin_key):06}").status_code == 302
    assert Organization.objects.get().owner == mira.user


def test_a_whole_matrix_comes_through_question_and_review(acme, make_role, mira, stale, page_url, asks_for, password):
    asks_for("edit-roles")
    role = make_role(acme, name="Helper")
    Membership.objects.filter(pk=mira.pk).update(role=role)
    client, url = stale(acme.owner), page_url("organization_roles")
    stamps = re.findall(r'name="role" value="([^"]+)"', client.get(url).content.decode())
    form = {"role": stamps, "grant": [f"{role.pk}:org_members.view_members", f"{role.pk}:org_members.invite_member"]}
    review = answer(client, client.post(url, form), password=password)
    page = review.content.decode()
    assert "Review changes" in page
    assert password not in page
    assert "identity-" not in page
    grow_old(client)
    hidden = re.findall(r'<input type="hidden" name="(role|grant)" value="([^"]+)"', page)
    sent = {name: [value for key, value in hidden if key == name] for name in ("role", "grant")}
    response = client.post(url, sent | {"confirmed": "1"})
    assert is_question(response)
    assert answer(client, response, password=password).status_code == 302
    assert set(role.permissions.values_list("codename", flat=True)) == {"view_members", "invite_member"}


def test_the_largest_selection_that_a_form_can_send_comes_through(
    acme, stale, list_url, crowd, password, settings, asks_for
):
    asks_for("disable")
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 40
    crowd(acme, 38)
    client = stale(acme.owner)
    pks = list(acme.memberships.exclude(user=acme.owner).values_list("pk", flat=True))
    form = {"action": "disable", ACTION_CHECKBOX_NAME: pks, "confirmed": "1"}
    response = client.post(f"{list_url(acme)}?q=person", form)
    assert is_question(response)
    assert answer(client, response, password=password)["Location"] == f"{list_url(acme)}?q=person"
    assert acme.memberships.filter(disabled_at=None).count() == 1


def test_a_password_of_the_form_is_never_in_the_page(shred, acme, mira, stale, page_url, password):
    client = stale(acme.owner)
    url = page_url("member_action", member_id=mira.pk, action="shred")
    response = client.post(url, {"reason": "Old", "key": "open-sesame"})
    assert "open-sesame" not in response.content.decode()
    assert "reason=Old" in response.content.decode()
    assert answer(client, response, password=password).status_code == 302


def test_in_a_dialog_the_question_is_content_and_the_answer_is_told_where_to_go(
    acme, mira, stale, page_url, password, list_url
):
    client = stale(acme.owner)
    url = page_url("member_action", member_id=mira.pk, action="transfer-ownership")
    headers = {"X-Org-Members-Dialog": "1"}
    response = client.post(url, {"next": list_url(acme)}, headers=headers)
    assert "data-om-dialog-content" in response.content.decode()
    kept = unescape(re.search(rf'name="{KEPT}" value="([^"]*)"', response.content.decode()).group(1))
    response = client.post(url, {KEPT: kept, "identity-password": password, "next": "/elsewhere/"}, headers=headers)
    assert response.status_code == 204
    assert response["X-Org-Members-Location"] == list_url(acme)


# What an attacker would try


def test_the_answer_needs_a_token_against_forgery(acme, mira, sign_in, page_url, list_url, password, asks_for):
    asks_for("remove")
    client = sign_in(Client(enforce_csrf_checks=True), acme.owner)
    grow_old(client)
    kept = f"action=remove&{ACTION_CHECKBOX_NAME}={mira.pk}&confirmed=1"
    for url in (page_url("member_action", member_id=mira.pk, action="remove"), list_url(acme)):
        for form in ({KEPT: kept, "identity-password": password}, {KEPT: kept + "&csrfmiddlewaretoken=x"}):
            assert client.post(url, form).status_code == 403
    assert Membership.objects.filter(pk=mira.pk).exists()


def test_an_answer_made_by_hand_does_not_confirm_without_a_right_password(
    acme, mira, stale, page_url, list_url, asks_for
):
    asks_for("remove")
    url = page_url("member_action", member_id=mira.pk, action="remove")
    forged = ({}, {"identity-password": ""}, {"identity-token": "000000"}, {"password": "correct-horse-battery"})
    for form in forged:
        for sent in (form, {KEPT: "", **form}, {KEPT: f"{KEPT}=&identity-password=x", **form}):
            assert is_question(stale(acme.owner).post(url, sent))
    assert Membership.objects.filter(pk=mira.pk).exists()


def test_who_has_neither_signs_in_again(acme, mira, stale, page_url):
    acme.owner.set_unusable_password()
    acme.owner.save()
    response = stale(acme.owner).post(page_url("member_action", member_id=mira.pk, action="transfer-ownership"))
    assert response.context["means"] == []
    assert "sign in again" in response.content.decode()
    assert Organization.objects.get().owner == acme.owner


def test_starters_are_added_by_one_answer(acme, stale, page_url, asks_for, password):
    asks_for("edit-roles")
    client = stale(acme.owner)
    response = client.post(page_url("roles_starters"))
    assert answer(client, response, password=password).status_code == 302
    assert Role.objects.filter(organization=acme).count() == len(roles.STARTERS)
