"""The authentication backend: Django's own, that knows accounts of organizations and permissions on them."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from .. import password_checks
from ..models import Account, LoginEvent, Organization
from ..models.sign_in_states import with_state
from ..models.text import is_storable
from . import grants
from .authority import Authority
from .permissions import everything
from .scope import authority_of

_CACHE = "_org_members_authority"
_MODEL_PERMISSIONS = "_org_members_model_permissions"


def remember(user: Any, permissions: frozenset[str]) -> None:
    """Keep model permissions that were read anyway on the user object: for the length of a request."""
    setattr(user, _MODEL_PERMISSIONS, permissions)  # through the lazy object of a request, too


def path() -> str:
    """Return which of AUTHENTICATION_BACKENDS is `MembersBackend`, or a project's subclass of it."""
    return next(one for one in settings.AUTHENTICATION_BACKENDS if is_ours(one))


def is_ours(dotted_path: str) -> bool:
    """Whether an authentication backend is `MembersBackend` or a subclass; raises `ImportError` where there is none."""
    found = import_string(dotted_path)
    return isinstance(found, type) and issubclass(found, MembersBackend)


class MembersBackend(ModelBackend):
    """Put this in AUTHENTICATION_BACKENDS in place of `ModelBackend`.

    - Signs in by name and password as `ModelBackend` does, and refuses a temporary password that has expired or was used.
      Why it refused is left on the request as `org_members_refusal` (a `LoginEvent.Reason`) for the sign-in activity, and
      as `org_members_turned_away` for the sign-in form where the password was the right temporary one.
    - Loads the user together with what `AccountMiddleware` asks of it, so that this costs no query of its own.
    - Answers `user.has_perm("org_members.invite_member", organization)`, and the same for any object with an
      `organization`.
    """

    org_members_notes_passwords = True
    """Says that `password_checks.was_given` knows of each sign-in by this backend whether it was by password."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return the user, or None. Takes as long for an unknown name as for a wrong password.

        Raises `PermissionDenied`, which ends Django's asking of other backends, for a temporary password that has expired
        or was used.
        """
        model = get_user_model()
        name = username if username is not None else kwargs.get(model.USERNAME_FIELD)
        if name is None or password is None:
            return None
        try:
            user = _by_name(model, name)
        except model.DoesNotExist:
            model().set_password(password)
            return _refuse(request, LoginEvent.Reason.UNKNOWN_USER)
        if not password_checks.is_right(user, password):
            return _refuse(request, LoginEvent.Reason.WRONG_PASSWORD)
        account = _account_of(user)
        unusable = account.temporary_password_refusal(timezone.now()) if account is not None else None
        if unusable:
            _refuse(request, unusable)
            if request is not None:
                request.org_members_turned_away = unusable  # type: ignore[attr-defined]
            raise PermissionDenied(unusable.label)
        if not self.user_can_authenticate(user):
            return _refuse(request, LoginEvent.Reason.DISABLED)
        return user

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether the user is active and, with a temporary password, in time."""
        return super().user_can_authenticate(user) and not _password_expired(user)

    def get_user(self, user_id: Any) -> Any:
        """Return the user with all that decides whether the session may go on: one query."""
        model = get_user_model()
        try:
            user = with_state(model._default_manager).get(pk=user_id)
        except model.DoesNotExist:
            return None
        return user if self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """Return the model permissions, in one query, or in none if they are known.

        With an organization, or an object that belongs to one, return what the user may do there.
        """
        organization = _organization_of(obj)
        if organization is not None:
            return _all_in(user_obj, organization)
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, _MODEL_PERMISSIONS):
            remember(user_obj, grants.model_permissions(user_obj))
        return set(getattr(user_obj, _MODEL_PERMISSIONS))

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Answer for an organization, or for an object that belongs to one; without an object, as Django does."""
        organization = _organization_of(obj)
        if organization is None:
            return super().has_perm(user_obj, perm, obj)
        return bool(user_obj.is_active) and _cached_authority(user_obj, organization).has(perm)

    # Django's asynchronous methods repeat their synchronous ones, and would know nothing of the above.

    async def aauthenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Do as `authenticate` does."""
        return await sync_to_async(self.authenticate)(request, username, password, **kwargs)

    async def aget_user(self, user_id: Any) -> Any:
        """Do as `get_user` does."""
        return await sync_to_async(self.get_user)(user_id)

    async def aget_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """Do as `get_all_permissions` does."""
        return await sync_to_async(self.get_all_permissions)(user_obj, obj)

    async def ahas_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Do as `has_perm` does."""
        return await sync_to_async(self.has_perm)(user_obj, perm, obj)


def _by_name(model: Any, name: Any) -> Any:
    """Return the user; raises the model's `DoesNotExist`, also for a text that no database could look for."""
    if isinstance(name, str) and not is_storable(name):
        raise model.DoesNotExist
    return model._default_manager.get_by_natural_key(name)


def _refuse(request: HttpRequest | None, reason: LoginEvent.Reason) -> None:
    if request is not None:
        request.org_members_refusal = reason  # type: ignore[attr-defined]


def _account_of(user: Any) -> Account | None:
    account: Account | None = getattr(user, "org_members_account", None)
    return account


def _password_expired(user: Any) -> bool:
    account = _account_of(user)
    return account is not None and account.temporary_password_expired(timezone.now())


def _organization_of(obj: Any) -> Organization | None:
    """Return the organization of an object; None where it has none, or one that is not saved yet."""
    found = obj if isinstance(obj, Organization) else _by_key(obj) or getattr(obj, "organization", None)
    return found if isinstance(found, Organization) and found.pk is not None else None


def _by_key(obj: Any) -> Organization | None:
    """Return it unread, which costs no query, where the object's own foreign key holds its pk."""
    fields = {field.name: field for field in obj._meta.concrete_fields} if isinstance(obj, Model) else {}
    field: Any = fields.get("organization")
    if field is None or not field.is_relation or field.is_cached(obj):
        return None
    key = getattr(obj, field.attname)
    is_pk = issubclass(field.related_model, Organization) and field.target_field.primary_key
    return Organization(pk=key) if is_pk and key is not None else None


def _all_in(user: Any, organization: Organization) -> set[str]:
    if not user.is_active or user.is_anonymous:
        return set()
    authority = _cached_authority(user, organization)
    return set(everything() if authority.is_superuser else authority.permissions)


def _cached_authority(user: Any, organization: Organization) -> Authority:
    """Keep it on the user object, as Django keeps a user's permissions: for the length of a request."""
    cache: dict[Any, Authority] = user.__dict__.setdefault(_CACHE, {})
    if organization.pk not in cache:
        cache[organization.pk] = authority_of(user, organization)
    return cache[organization.pk]
