"""Checking a password, without threads: what is upgraded, what is left alone, and whose methods are asked."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.utils.functional import SimpleLazyObject

from django_org_members import password_checks
from django_org_members.accounts import passwords
from django_org_members.accounts.forms import ChosenPasswordForm, FirstPasswordForm
from django_org_members.exceptions import PasswordChangedMeanwhile
from django_org_members.models import Account

pytestmark = pytest.mark.django_db
NEW = "a-password-of-my-own-26"


@pytest.fixture
def user(make_user, settings):
    """A user whose hash is out of date."""
    made = make_user()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    return get_user_model()._default_manager.get(pk=made.pk)


def stored(user):
    return get_user_model()._default_manager.get(pk=user.pk).password


@pytest.mark.parametrize("wrap", [lambda user: user, lambda user: SimpleLazyObject(lambda: user)])
def test_a_hash_is_brought_up_to_date(user, password, wrap):
    before, given = user.password, wrap(user)
    assert password_checks.is_right(given, password)
    assert password_checks.was_given(given) is True
    assert stored(user).startswith("pbkdf2_sha256$")
    assert stored(user) != before
    assert user.password == stored(user), "the session that follows is bound to it"


@pytest.mark.parametrize("wrap", [lambda user: user, lambda user: SimpleLazyObject(lambda: user)])
@pytest.mark.parametrize("meanwhile", ["another", "the same"])
def test_what_was_stored_meanwhile_stays_and_decides(user, password, wrap, meanwhile):
    other = make_password(NEW if meanwhile == "another" else password)
    get_user_model()._default_manager.filter(pk=user.pk).update(password=other)
    assert password_checks.is_right(wrap(user), password) is (meanwhile == "the same")
    assert stored(user) == other
    assert (user.password == other) is (meanwhile == "the same"), "a right that was shown by the one before is over"


@pytest.mark.parametrize("form_class", [FirstPasswordForm, ChosenPasswordForm])
def test_the_old_password_is_not_chosen_anew_over_a_reset(user, password, form_class):
    """Whoever gives the old one as the new one: it is found right by the hash that was read, and then no more."""
    temporary = make_password(NEW)
    get_user_model()._default_manager.filter(pk=user.pk).update(password=temporary)
    form = form_class(user, {"new_password1": password, "new_password2": password})
    assert form.is_valid()
    with pytest.raises(PasswordChangedMeanwhile):
        passwords.change(user, password)
    assert stored(user) == temporary


def test_django_s_own_check_keeps_what_was_stored_and_no_session_alive(user, password):
    other = make_password(NEW)
    get_user_model()._default_manager.filter(pk=user.pk).update(password=other)
    assert user.check_password(password), "by the hash that it was read with"
    assert stored(user) == other
    assert user.password != other, "a session that begins now is bound to a hash that nobody has"


def test_a_wrong_one_stores_nothing(user):
    before = stored(user)
    assert not password_checks.is_right(user, "wrong")
    assert password_checks.was_given(user) is None
    assert stored(user) == before


@pytest.mark.parametrize("fields", [None, ["password"], ["password", "is_active"]])
def test_a_password_that_is_set_is_always_saved(user, fields):
    user.set_password(NEW)
    user.save(update_fields=fields)
    assert get_user_model()._default_manager.get(pk=user.pk).check_password(NEW)


def test_a_hash_that_is_set_by_hand_and_no_password_are_saved(user):
    user.password = make_password(NEW)
    user.save(update_fields=["password"])
    assert stored(user) == user.password
    user.set_password(NEW)
    user.save()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    assert stored(user).startswith("!")


def test_a_project_s_own_check_is_asked(user, password, monkeypatch):
    theirs = type(user).check_password
    monkeypatch.setattr(type(user), "check_password", lambda self, raw: raw == "by LDAP" or theirs(self, raw))
    assert password_checks.is_right(user, "by LDAP")
    assert password_checks.is_right(user, password)


def test_an_upgrade_settles_no_temporary_password(user, password):
    Account.objects.create(user=user, must_change_password=True)
    assert password_checks.is_right(user, password)
    assert Account.objects.get(user=user).must_change_password


@pytest.mark.parametrize("first", ["a-first-password-26", None])
def test_a_hash_that_a_project_sets_itself_is_stored(make_user, first):
    """As an import does: `_password`, by which Django's own upgrade is told, stays behind on the object."""
    user = make_user()
    user.set_password(first)
    user.save()
    for password in ("imported-26", "imported-again-26"):
        user.password = make_password(password)
        user.save(update_fields=["password"])
        assert get_user_model()._default_manager.get(pk=user.pk).check_password(password)
