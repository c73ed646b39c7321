"""A link to set a password: works once, dies with every other change, and opens nothing but the page."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.tokens import default_token_generator
from django.test import Client

from django_org_members import actions, notifications
from django_org_members.accounts import passwords
from django_org_members.models import Account, LoginEvent
from tests.otp import StaticDevice, needs_otp

pytestmark = pytest.mark.django_db
OWN = "a-password-of-my-own-26"
LATER = "another-password-27-of-mine"
CHANGE = "/account/password/"


def form(password):
    return {"new_password1": password, "new_password2": password}


def link(user):
    return notifications.links.set_password_url(user)


def use(client, url, password):
    """Open the link and set the password; returns the response."""
    return client.post(client.get(url, follow=True).redirect_chain[-1][0], form(password))


def is_dead(url):
    response = Client().get(url, follow=True)
    return "too old" in response.content.decode() and "new_password1" not in response.content.decode()


def generators():
    found = [default_token_generator]
    if apps.is_installed("allauth.account"):
        from allauth.account.forms import default_token_generator as of_allauth

        found.append(of_allauth)
    return found


def test_links_from_before_are_dead_after_a_reset_and_the_change_that_follows(acme, reset, enter, provisioned):
    member = provisioned(role="admin")
    url, tokens = link(member.user), [(each, each.make_token(member.user)) for each in generators()]
    assert not is_dead(url)
    _, temporary = reset(member)
    assert is_dead(url)
    url_of_the_temporary = link(member.user)
    client, _ = enter(member, temporary)
    client.post(CHANGE, form(OWN))
    member.user.refresh_from_db()
    assert member.user.check_password(OWN)
    assert is_dead(url)
    assert is_dead(url_of_the_temporary)
    assert not any(generator.check_token(member.user, token) for generator, token in tokens)


def test_links_from_before_are_dead_after_another_was_used(acme, provisioned, client):
    member = provisioned()
    tokens = [(each, each.make_token(member.user)) for each in generators()]
    actions.perform("send-reset-link", actor=acme.owner, members=[member])
    url = link(member.user)
    assert use(client, url, OWN)["Location"] == "/account/password/set/"
    assert is_dead(url), "it works once"
    member.user.refresh_from_db()
    assert not any(generator.check_token(member.user, token) for generator, token in tokens)


def test_a_link_works_as_long_as_django_s_setting_says(provisioned, settings):
    url = link(provisioned().user)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert is_dead(url)


def test_it_settles_a_temporary_password_and_ends_every_session(reset, enter, is_signed_in, client):
    member, temporary = reset()
    elsewhere, _ = enter(member, temporary)
    url = link(type(member.user)._default_manager.get(pk=member.user_id))
    use(client, url, OWN)
    assert "/login/" in elsewhere.get("/org/")["Location"]
    account = Account.objects.get(user=member.user)
    assert (account.must_change_password, account.temporary_password_used_at) == (False, None)
    assert LoginEvent.objects.filter(user=member.user, action="password_changed").count() == 1
    assert not is_signed_in(client), "it signs nobody in"
    assert is_signed_in(enter(member, OWN)[0])


def test_it_does_not_keep_a_temporary_password(reset, client):
    member, temporary = reset()
    response = use(client, link(type(member.user)._default_manager.get(pk=member.user_id)), temporary)
    assert "Choose a different one" in response.content.decode()
    assert Account.objects.get(user=member.user).must_change_password


def test_it_stands_in_for_no_second_factor(provisioned, enter, is_signed_in, client):
    member = provisioned(role="admin")
    StaticDevice.objects.create(user=member.user, name="Backup codes").token_set.create(token="code1")
    use(client, link(member.user), OWN)
    assert not is_signed_in(client)
    entered, response = enter(member, OWN)
    assert response["Location"] == "/org/login/token/"
    assert not is_signed_in(entered)


@needs_otp
def test_it_stands_in_for_no_enrolment_that_is_demanded(provisioned, enter, client):
    member = provisioned(role="admin")
    Account.objects.filter(user=member.user).update(mfa_enrolment_required=True)
    use(client, link(member.user), OWN)
    assert Account.objects.get(user=member.user).mfa_enrolment_required
    assert enter(member, OWN)[0].get("/org/")["Location"].startswith("/account/mfa/")


def test_a_page_that_was_opened_before_a_reset_undoes_it_not(reset, provisioned, client, monkeypatch):
    """The link was checked, and then the password was reset: between the check and the lock."""
    member, made = provisioned(), []
    page = client.get(link(member.user), follow=True).redirect_chain[-1][0]
    change = passwords.change

    def after_a_reset(user, password, **kwargs):
        made.append(reset(member)[1])
        return change(user, password, **kwargs)

    monkeypatch.setattr(passwords, "change", after_a_reset)
    response = client.post(page, form(OWN))
    assert "too old" in response.content.decode()
    member.user.refresh_from_db()
    assert member.user.check_password(made[0])
    assert Account.objects.get(user=member.user).must_change_password


@pytest.mark.parametrize("way", ["page", "admin site", "link"])
def test_the_person_is_told_without_the_password(
    provisioned, sign_in, client, password, mailoutbox, django_capture_on_commit_callbacks, way
):
    member = provisioned(role="admin", email="grace@example.com")
    with django_capture_on_commit_callbacks(execute=True):
        if way == "link":
            use(client, link(member.user), OWN)
        else:
            path = CHANGE if way == "page" else "/org/password_change/"
            sign_in(client, member.user).post(path, {"old_password": password, **form(OWN)})
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["grace@example.com"], "Your password was changed")
    assert OWN not in str(mail.message())
    assert password not in str(mail.message())


def test_a_change_that_is_refused_is_not_told(
    provisioned, sign_in, client, mailoutbox, django_capture_on_commit_callbacks
):
    member = provisioned()
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(client, member.user).post(CHANGE, {"old_password": "wrong", **form(LATER)})
    assert mailoutbox == []


@pytest.mark.parametrize("uid", ["", "!!", "AAAA", "OTk5OTk5"])
def test_a_link_of_nobody_s_reads_like_one_that_is_over(client, provisioned, uid):
    over = link(provisioned().user).rsplit("/", 2)[0] + "/wrong-token/"
    expected = client.get(over).content
    response = client.get(f"/account/set/{uid or 'MQ'}/wrong-token/")
    assert response.content == expected
    assert response.status_code == 200
