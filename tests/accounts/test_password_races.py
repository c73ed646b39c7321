"""A password is set while another is being checked: the old one never comes back."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher, make_password
from django.db import close_old_connections
from django.test import Client

from django_org_members import actions, joining
from django_org_members.accounts import reauthentication
from django_org_members.accounts.forms import ChangePasswordForm, FirstPasswordForm
from django_org_members.exceptions import Refused
from django_org_members.models import Account, LiveSession, LoginEvent, Role
from tests.racing import at_once

pytestmark = [
    pytest.mark.threads,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("real_transactions"),
]
CHANGE = "/account/password/"
NEW = "a-password-of-my-own-26"
_paused, _go_on = Event(), Event()


class Slow(MD5PasswordHasher):
    """A hash that is out of date; once checked, the thread waits until the other one has set a password."""

    algorithm = "slow_md5"
    pauses = False

    def verify(self, password, encoded):
        right = super().verify(password, encoded)
        if type(self).pauses:
            type(self).pauses = False
            _paused.set()
            _go_on.wait(timeout=20)
        return right


class Fast(PBKDF2PasswordHasher):
    """What passwords are stored with now."""

    algorithm = "fast_pbkdf2"
    iterations = 1


@pytest.fixture
def acme(make_organization):
    return make_organization()


@pytest.fixture
def member(provisioned, password, settings):
    """A member whose password has an old hash."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Fast", f"{__name__}.Slow", *settings.PASSWORD_HASHERS]
    made = provisioned(email="grace@example.com")
    get_user_model()._default_manager.filter(pk=made.user.pk).update(
        password=make_password(password, hasher="slow_md5")
    )
    made.user.refresh_from_db()
    return made


@pytest.fixture
def while_checking():
    """Run one function while another waits in the middle of checking a password; returns what both returned."""

    def run(check, meanwhile):
        _paused.clear()
        _go_on.clear()
        Slow.pauses = True

        def other():
            assert _paused.wait(timeout=20)
            try:
                return meanwhile()
            finally:
                _go_on.set()

        return at_once([check, other])

    yield run
    Slow.pauses = False
    _go_on.set()
    close_old_connections()


def by_backend(user, password):
    return authenticate(None, username=user.get_username(), password=password) is not None


def by_another_backend(user, password):
    return ModelBackend().authenticate(None, username=user.get_username(), password=password) is not None


def confirming(user, password):
    return reauthentication.is_right(SimpleNamespace(user=user), "password", password)


def by_form(form_class):
    def check(user, password):
        form = form_class(user, {"old_password": password, "new_password1": password, "new_password2": password})
        form.is_valid()
        return "old_password" not in form.errors

    check.__name__ = form_class.__name__
    return check


def of_the_model(user, password):
    return user.check_password(password)


PLACES = [
    by_backend,
    by_another_backend,
    confirming,
    by_form(ChangePasswordForm),
    by_form(FirstPasswordForm),
    by_form(PasswordChangeForm),
    of_the_model,
]


@pytest.mark.parametrize("check", PLACES, ids=lambda check: check.__name__)
def test_a_hash_brought_up_to_date_never_brings_the_old_password_back(acme, member, password, while_checking, check):
    def reset():
        return actions.perform("reset-password", actor=acme.owner, members=[member])

    user = get_user_model()._default_manager.get(pk=member.user_id)
    _, outcome = while_checking(lambda: check(user, password), reset)

    stored = get_user_model()._default_manager.get(pk=member.user_id)
    assert not stored.check_password(password)
    assert stored.check_password(outcome.secrets[member.pk])
    assert Account.objects.get(user=member.user).must_change_password


@pytest.mark.parametrize("check", [by_backend, confirming], ids=lambda check: check.__name__)
def test_the_old_password_is_wrong_by_then(acme, member, password, while_checking, check):
    user = get_user_model()._default_manager.get(pk=member.user_id)
    right, _ = while_checking(
        lambda: check(user, password), lambda: actions.perform("reset-password", actor=acme.owner, members=[member])
    )
    assert right is False


@pytest.mark.parametrize("check", PLACES, ids=lambda check: check.__name__)
def test_two_that_check_at_once_are_both_right(member, password, while_checking, check):
    user, other = (get_user_model()._default_manager.get(pk=member.user_id) for _ in range(2))
    results = while_checking(lambda: check(user, password), lambda: check(other, password))
    assert results == [True, True]
    stored = get_user_model()._default_manager.get(pk=member.user_id)
    assert stored.password.startswith("fast_pbkdf2$")
    assert stored.check_password(password)


def test_joining_by_the_old_password_neither(acme, member, password, while_checking):
    for name in ("disable", "remove"):
        actions.perform(name, actor=acme.owner, members=[member])
    sent = joining.invite(actor=acme.owner, organization=acme, email=member.user.email, role=Role.objects.member())

    def set_another():
        user = get_user_model()._default_manager.get(pk=member.user_id)
        user.set_password(NEW)
        user.save(update_fields=["password"])

    refused, _ = while_checking(lambda: joining.accept_by_password(sent.derive_token(), password=password), set_another)
    assert isinstance(refused, Refused)
    assert get_user_model()._default_manager.get(pk=member.user_id).check_password(NEW)


def test_a_sign_in_with_the_old_password_does_not_use_the_new_one_up(
    acme, member, password, while_checking, is_signed_in
):
    """The account is read after the reset, the user before: the session of the old password is dead, and uses nothing up."""
    client, name = Client(), member.user.get_username()
    _, outcome = while_checking(
        lambda: client.post("/org/login/", {"username": name, "password": password}),
        lambda: actions.perform("reset-password", actor=acme.owner, members=[member]),
    )
    assert not is_signed_in(client)
    assert Account.objects.get(user=member.user).temporary_password_used_at is None
    client.post("/org/login/", {"username": name, "password": outcome.secrets[member.pk]})
    assert client.get(CHANGE).status_code == 200


def test_of_sign_ins_at_once_one_comes_in(reset, enter, is_signed_in, refusals_of):
    member, temporary = reset()
    clients = [client for client, _ in at_once([lambda: enter(member, temporary)] * 6)]
    let_in = [client for client in clients if is_signed_in(client)]
    assert len(let_in) == 1
    assert LiveSession.objects.filter(user=member.user).count() == 1
    assert [client.get(CHANGE).status_code for client in clients].count(200) == 1
    assert LoginEvent.objects.filter(user=member.user, action="signed_in").count() == 1
    assert refusals_of(member) == [LoginEvent.Reason.TEMPORARY_PASSWORD_USED] * 5
