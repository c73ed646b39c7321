"""Which providers of single sign-on an account is connected with, as django-allauth and social-auth-app-django keep them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps

_PROTOCOLS = frozenset({"oauth", "oauth2", "openidconnect", "oidc", "openid"})


def names_of(user: Any) -> list[str]:
    """Return the names of the providers: one query for each of the libraries that are installed."""
    found: list[str] = []
    if apps.is_installed("allauth.socialaccount"):
        found += _of_allauth(user)
    if apps.is_installed("social_django"):
        found += _of_social_auth(user)
    return list(dict.fromkeys(found))


def _of_allauth(user: Any) -> Iterator[str]:
    """The provider's own name; one that was set up in the database, such as OpenID Connect, has an id only."""
    from allauth.socialaccount.models import SocialAccount
    from allauth.socialaccount.providers import registry

    names = dict(registry.as_choices())
    for key in SocialAccount.objects.filter(user=user.pk).order_by("pk").values_list("provider", flat=True):
        yield str(names.get(key) or _readable(key))


def _of_social_auth(user: Any) -> Iterator[str]:
    from social_django.models import UserSocialAuth

    for key in UserSocialAuth.objects.filter(user=user.pk).order_by("pk").values_list("provider", flat=True):
        yield _readable(key)


def _readable(key: str) -> str:
    """Return an id such as `google-oauth2` as people read it, without the name of the protocol."""
    words = [word for word in key.replace("_", "-").split("-") if word and word not in _PROTOCOLS]
    return " ".join(word[:1].upper() + word[1:] for word in words) or key
