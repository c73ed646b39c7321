"""The only code that knows the project's user model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from ..conf import import_setting
from ..form_errors import field_error
from ..models import Account
from ..models.text import normalized_email, spellings
from . import identity, providers

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_NAME_FIELDS = ("full_name", "name")
_CREATED_FIELDS = ("date_joined", "created_at", "created")


@dataclass(frozen=True)
class AuthenticationMethod:
    """How an account signs in: words for people, and whether there is a password that could be reset."""

    label: StrOrPromise
    has_password: bool


class UserAdapter:
    """Reads and writes the project's users.

    Serves Django's `User` and custom models that have `name` or `full_name` (else first and last name), an e-mail that
    may be the username, and a `phone` field or none. Subclass it for anything else and name the subclass in
    `ORG_MEMBERS["USER_ADAPTER"]`. Instances hold no state.
    """

    @property
    def model(self) -> Any:
        """The project's user model."""
        return get_user_model()

    @property
    def email_field(self) -> str:
        """The name of the field that holds the e-mail address."""
        return cast("str", self.model.get_email_field_name())

    @property
    def profile_fields(self) -> frozenset[str]:
        """The fields that name and e-mail are read from: a save that leaves them alone needs no copying."""
        names = [name for name in (*_NAME_FIELDS, "first_name", "last_name") if self._has_field(name)]
        return frozenset({*names, self.email_field, self.model.USERNAME_FIELD})

    def full_name(self, user: Any) -> str:
        """Return the name that people read, or an empty string."""
        name = next((getattr(user, field) for field in _NAME_FIELDS if self._has_field(field)), None)
        if name is None:
            name = user.get_full_name() if hasattr(user, "get_full_name") else ""
        return str(name).strip()

    def email(self, user: Any) -> str:
        """Return the address as it is stored, or an empty string."""
        return str(getattr(user, self.email_field, "") or "")

    def phone(self, user: Any) -> str:
        """Return the phone number, or an empty string: the model's `phone`, else our own account row's."""
        if self._has_field("phone"):
            return str(user.phone or "")
        account: Account | None = getattr(user, "org_members_account", None)
        return account.phone if account else ""

    def created_at(self, user: Any) -> datetime | None:
        """Return when the account was made, where the model knows."""
        return next((getattr(user, field) for field in _CREATED_FIELDS if self._has_field(field)), None)

    def last_login(self, user: Any) -> datetime | None:
        """Return when the user last signed in."""
        return cast("datetime | None", getattr(user, "last_login", None))

    def authentication_method(self, user: Any) -> AuthenticationMethod:
        """Return how the account signs in: without a usable password it is single sign-on."""
        if user.has_usable_password():
            return AuthenticationMethod(_("Password"), has_password=True)
        return AuthenticationMethod(_("Single sign-on (SSO)"), has_password=False)

    def sign_in_providers(self, user: Any) -> list[str]:
        """Return the names of the providers that sign the user in (single sign-on), for the detail page: may query.

        The default asks django-allauth and social-auth-app-django, where they are installed.
        """
        return providers.names_of(user)

    def avatar_url(self, user: Any) -> str | None:
        """Return the address of a picture, or None for initials. Called for every row of a list: must not query."""
        return None

    def find_by_email(self, email: str) -> list[Any]:
        """Return every account with this address, whatever the case."""
        wanted = normalized_email(email)
        spelled = [Q(**{f"{self.email_field}__iexact": address}) for address in spellings(wanted)]
        users = self.model._default_manager.filter(reduce(or_, spelled))
        return [user for user in users if normalized_email(self.email(user)) == wanted]

    def check_free(self, email: str, user: Any) -> None:
        """Raise `ValidationError` at `email` if another account than this user has the address."""
        if any(other.pk != user.pk for other in self.find_by_email(email)):
            raise _taken()

    def build(self, *, email: str, full_name: str) -> Any:
        """Return an unsaved user.

        Raises `ValidationError` by field for a name or an address that does not fit.
        """
        user = self.model(**{self.email_field: identity.clean_email(email)})
        self._set_name(user, identity.clean_name(full_name))
        return user

    def create(self, *, email: str, full_name: str) -> Any:
        """Save and return a new user without a usable password.

        Raises what `build` raises, and `ValidationError` at `email` where somebody else made that account just now.
        """
        user = self.build(email=email, full_name=full_name)
        if self.email_field != self.model.USERNAME_FIELD:
            setattr(user, self.model.USERNAME_FIELD, self.new_username(self.email(user)))
        if self.find_by_email(email):  # asked last: an account that was made a moment ago shows here
            raise _taken()
        user.set_unusable_password()
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError as error:
            raise _taken() from error
        return user

    def new_username(self, email: str) -> str:
        """Return a username that is free: the address itself where it fits, else one made from it."""
        field = self.model._meta.get_field(self.model.USERNAME_FIELD)
        limit = field.max_length or 150
        base = email if len(email) <= limit else slugify(email.partition("@")[0])[: limit - 9]
        username = base
        while self.model._default_manager.filter(**{f"{field.name}__iexact": username}).exists():
            username = f"{base[: limit - 9]}-{get_random_string(8).lower()}"
        return username

    def set_profile(
        self, user: Any, account: Account, *, full_name: str, email: str, phone: str
    ) -> dict[str, tuple[str, str]]:
        """Save name, e-mail and phone; returns what changed as {field: (before, after)}.

        Raises `ValidationError` by field: an address that another account has, or a value that does not fit.
        """
        wanted = {
            "full_name": identity.clean_name(full_name),
            "email": identity.clean_email(email),
            "phone": identity.clean_phone(phone),
        }
        loaded = _column_values(user)
        before = {field: getattr(self, field)(user) for field in wanted}
        changes = {field: (before[field], value) for field, value in wanted.items() if before[field] != value}
        if "email" in changes:
            self._set_email(user, wanted["email"])
        if "full_name" in changes:
            self._set_name(user, wanted["full_name"])
        if "phone" in changes:
            self._set_phone(user, account, wanted["phone"])
        columns = {name for name, value in _column_values(user).items() if loaded.get(name) != value}
        if columns:  # and no other: a password or an is_active that was saved meanwhile stays
            user.save(update_fields=columns | self._stamped)
        return changes

    @property
    def _stamped(self) -> set[str]:
        """The columns that every save sets to the present time."""
        return {field.name for field in self.model._meta.concrete_fields if getattr(field, "auto_now", False)}

    def _set_email(self, user: Any, email: str) -> None:
        self.check_free(email, user)
        before = self.email(user)
        setattr(user, self.email_field, email)
        username = self.model.USERNAME_FIELD
        if username != self.email_field and getattr(user, username) == before:
            # The address was the username as well: it goes on being so, or the person could not sign in by it.
            setattr(user, username, self.new_username(email))

    def _set_name(self, user: Any, full_name: str) -> None:
        for field in _NAME_FIELDS:
            if self._has_field(field):
                setattr(user, field, self._checked("full_name", field, full_name))
                return
        first, _space, last = full_name.rpartition(" ")
        if not first:
            first, last = last, ""
        user.first_name = self._checked("full_name", "first_name", first)
        user.last_name = self._checked("full_name", "last_name", last)

    def _set_phone(self, user: Any, account: Account, phone: str) -> None:
        if self._has_field("phone"):
            user.phone = self._checked("phone", "phone", phone)
            return
        limit = Account._meta.get_field("phone").max_length or 50
        account.phone = self._fits("phone", phone, limit)
        account.save(update_fields=["phone"])

    def _checked(self, form_field: str, field: str, value: str) -> str:
        limit = self.model._meta.get_field(field).max_length
        return self._fits(form_field, value, limit) if limit else value

    def _fits(self, form_field: str, value: str, limit: int) -> str:
        if len(value) > limit:
            raise field_error(form_field, _("At most %(limit)d characters fit here."), "max_length", limit=limit)
        return value

    def _has_field(self, name: str) -> bool:
        return _has_field(self.model, name)


def _column_values(user: Any) -> dict[str, Any]:
    """Return what the columns hold that were read or set."""
    names = [field.name for field in user._meta.concrete_fields if field.attname in user.__dict__]
    return {name: user.__dict__[user._meta.get_field(name).attname] for name in names}


def _taken() -> ValidationError:
    return field_error("email", _("Another account has this address."), "taken")


@cache
def _has_field(model: Any, name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def get_adapter() -> UserAdapter:
    """Return an instance of the class named by the setting USER_ADAPTER."""
    return cast("UserAdapter", import_setting("USER_ADAPTER")())


def known_as(user: Any) -> str:
    """Return the name by which people know a user, never empty: the full name, else the address."""
    return get_adapter().full_name(user) or address_of(user)


def address_of(user: Any) -> str:
    """Return what tells two users of the same name apart: the e-mail address, else the username."""
    return get_adapter().email(user) or user.get_username()
