"""The user adapter, with both user models of the tests."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from django_org_members.accounts.adapter import get_adapter
from django_org_members.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def adapter():
    return get_adapter()


def test_a_new_user_has_name_address_and_no_password(adapter):
    user = adapter.create(email="Grace@Example.com", full_name=" Grace Brewster Hopper ")
    user = get_user_model()._default_manager.get(pk=user.pk)
    assert (adapter.full_name(user), adapter.email(user)) == ("Grace Brewster Hopper", "grace@example.com")
    assert not adapter.authentication_method(user).has_password
    assert user.is_active
    assert adapter.created_at(user) is not None
    assert user.get_username() == "grace@example.com"


def test_a_name_of_one_word(adapter):
    assert adapter.full_name(adapter.create(email="t@example.com", full_name="Teller")) == "Teller"


@pytest.mark.skipif("get_user_model().USERNAME_FIELD == 'email'", reason="The address is the username.")
def test_a_username_that_is_taken_gets_a_suffix(adapter, make_user):
    make_user(username="ada@example.com", email="other@example.com")
    user = adapter.create(email="ada@example.com", full_name="Ada")
    assert user.get_username().startswith("ada@example.com-")


def test_an_address_is_found_whatever_the_case(adapter, make_user):
    user = make_user(email="ada@example.com")
    assert adapter.find_by_email("ADA@Example.Com ") == [user]
    assert adapter.find_by_email("ad_@example.com") == []
    assert adapter.find_by_email("") == []


@pytest.mark.parametrize(
    ("fields", "where", "code"),
    [
        ({"full_name": ""}, "full_name", "required"),
        ({"full_name": "   "}, "full_name", "required"),
        ({"full_name": "x" * 1_000_000}, "full_name", "max_length"),
        ({"full_name": "Ada\r\nBcc: x@example.com"}, "full_name", "characters"),
        ({"full_name": "Ada\x00"}, "full_name", "characters"),
        ({"full_name": "a\u202eb"}, "full_name", "characters"),
        ({"email": "ada"}, "email", "invalid"),
        ({"email": "ada@example.com\nx"}, "email", "characters"),
        ({"email": "gr\u0430ce@example.com"}, "email", "invalid"),
        ({"email": "x" * 300 + "@example.com"}, "email", "max_length"),
    ],
)
def test_bad_input_is_told_by_field(adapter, fields, where, code):
    with pytest.raises(ValidationError) as raised:
        adapter.create(**({"email": "ada@example.com", "full_name": "Ada"} | fields))
    assert [error.code for error in raised.value.error_dict[where]] == [code]
    assert not get_user_model()._default_manager.exists()


def test_an_address_that_is_taken_meanwhile_is_told(adapter, make_user, monkeypatch):
    make_user(email="ada@example.com")
    monkeypatch.setattr(type(adapter), "new_username", lambda self, email: email)
    with pytest.raises(ValidationError) as raised:
        adapter.create(email="ada@example.com", full_name="Ada")
    assert [error.code for error in raised.value.error_dict["email"]] == ["taken"]


def test_a_changed_address_goes_on_being_the_username(adapter, make_user):
    user = make_user(email="ada@example.com")
    account = Account.objects.create(user=user)
    changes = adapter.set_profile(user, account, full_name="Ada King", email="king@example.com", phone="+44 1")
    assert set(changes) == {"full_name", "email", "phone"}
    user.refresh_from_db()
    assert user.get_username() == "king@example.com"
    user = get_user_model()._default_manager.select_related("org_members_account").get(pk=user.pk)
    assert (adapter.full_name(user), adapter.phone(user)) == ("Ada King", "+44 1")


def test_a_name_too_long_for_its_column_is_told(adapter, make_user):
    user = make_user()
    account = Account.objects.create(user=user)
    with pytest.raises(ValidationError) as raised:
        adapter.set_profile(user, account, full_name="x" * 151, email=user.email, phone="")
    assert "full_name" in raised.value.error_dict


def test_names_in_any_script_fit(adapter):
    for name in ("نور الهاشمي", "李小龍", "Ｆｕｌｌ Ｗｉｄｔｈ", "O’Neill-Smith", "می‌خواهم"):
        user = adapter.build(email="x@example.com", full_name=name)
        assert adapter.full_name(user).replace(" ", "") == name.replace(" ", "")
