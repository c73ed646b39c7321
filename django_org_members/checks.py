"""System checks: what is missing in a project's settings, and the line to add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from .conf import Settings, settings

BACKEND = "django_org_members.policy.backend.MembersBackend"
MIDDLEWARE = "django_org_members.accounts.middleware.AccountMiddleware"
_AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
_OTP = "django_otp.middleware.OTPMiddleware"
_APPS = ("guardian", "django_otp", "django.contrib.admin")


@register(Tags.security)
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return everything that is wrong."""
    return [
        *_backend(),
        *_middleware(),
        *_apps(),
        *_keys(),
        *_values(),
        *_database(),
        *_proxies(),
        *_permissions(),
    ]


@register(Tags.urls)
def check_urls(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The public pages must be mounted: the middleware sends people there."""
    try:
        reverse("org_members:change_password")
    except NoReverseMatch:
        hint = 'Add path("account/", include("django_org_members.urls")) to the root URLconf.'
        return [Error("The public pages are not mounted.", hint=hint, id="org_members.E004")]
    return []


@register(Tags.database)
def check_database(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The triggers must be in force: nothing else keeps the counters and the one Owner. PERMISSIONS must be there."""
    from .models import triggers

    if DEFAULT_DB_ALIAS not in (databases or ()) or not triggers.tables_exist(connections[DEFAULT_DB_ALIAS]):
        return []
    return [*_triggers(), *_permission_rows()]


def _triggers() -> Iterator[CheckMessage]:
    from .models import triggers

    if not triggers.are_current(connections[DEFAULT_DB_ALIAS]):
        hint = 'Run "manage.py migrate": it makes them, and counts the members again.'
        yield Caution("The database's triggers are missing or old.", hint=hint, id="org_members.W004")


def _permission_rows() -> Iterator[CheckMessage]:
    from .policy import registry

    try:
        missing = registry.missing()
    except ImproperlyConfigured:  # E010 tells
        return
    for name, is_declared in missing.items():
        hint = 'Run "manage.py migrate": it makes what the models declare.'
        if not is_declared:
            hint = f"Correct the name, or declare {name.partition('.')[2]!r} in the Meta.permissions of a model of the app."
        yield Caution(f"PERMISSIONS: Django has no permission {name!r}.", hint=hint, id="org_members.W005")


def _backend() -> Iterator[CheckMessage]:
    if not any(map(_is_ours, django_settings.AUTHENTICATION_BACKENDS)):
        hint = f'Put "{BACKEND}" into AUTHENTICATION_BACKENDS, in place of Django\'s ModelBackend.'
        yield Error("The authentication backend is missing.", hint=hint, id="org_members.E001")
    elif "django.contrib.auth.backends.ModelBackend" in django_settings.AUTHENTICATION_BACKENDS:
        hint = "Remove ModelBackend from AUTHENTICATION_BACKENDS: MembersBackend does all that it does."
        yield Error(
            "ModelBackend has no place beside MembersBackend: before it, it signs in with expired temporary passwords.",
            hint=hint,
            id="org_members.E005",
        )


def _is_ours(path: str) -> bool:
    from .policy.backend import is_ours

    try:
        return is_ours(path)
    except ImportError:
        return False


def _database() -> Iterator[CheckMessage]:
    from .models import Membership

    if {router.db_for_read(Membership), router.db_for_write(Membership)} != {DEFAULT_DB_ALIAS}:
        hint = "Let your routers leave the app org_members on the database called default."
        yield Error("The tables are routed to another database.", hint=hint, id="org_members.E008")


def _proxies() -> Iterator[CheckMessage]:
    from .accounts.clients import UNIX_SOCKET

    proxies = settings.TRUSTED_PROXIES
    is_list = isinstance(proxies, (list, tuple, set, frozenset))
    for name in [one for one in proxies if not _is_proxy(one)] if is_list else [proxies]:
        hint = f'Give a list of addresses and networks, such as ["10.0.0.0/8"], or "{UNIX_SOCKET}" for a socket.'
        yield Error(f"TRUSTED_PROXIES: {name!r} is no address.", hint=hint, id="org_members.E009")


def _is_proxy(name: object) -> bool:
    from .accounts.clients import UNIX_SOCKET

    try:
        return isinstance(name, str) and (name == UNIX_SOCKET or bool(ip_network(name, strict=False)))
    except ValueError:
        return False


def _permissions() -> Iterator[CheckMessage]:
    try:
        problems = [*_wrong_names(), *_missing_words()]
    except ImproperlyConfigured as error:
        problems = [str(error)]
    for problem in problems:
        hint = 'Give groups of (name, words): [("Tickets", [("tickets.view_ticket", "See the tickets")])].'
        yield Error(problem, hint=hint, id="org_members.E010")


def _wrong_names() -> Iterator[str]:
    from .policy.permissions import PREFIX

    names = [name for _label, permissions in settings.PERMISSIONS for name, _words in permissions]
    for name in dict.fromkeys(names):
        app, _, codename = name.partition(".")
        if not (app.isidentifier() and codename) or name.split() != [name]:
            yield f"PERMISSIONS: {name!r} is not the name of a permission, app.codename."
        if app == PREFIX:
            yield f"PERMISSIONS: {name!r} is the package's own."
        if names.count(name) > 1:
            yield f"PERMISSIONS: {name!r} is there twice."


def _missing_words() -> Iterator[str]:
    for label, permissions in settings.PERMISSIONS:
        if not _is_text(label):
            yield f"PERMISSIONS: {label!r} is no label of a group."
        for name, words in permissions:
            if not _is_text(words):
                yield f"PERMISSIONS: {name!r} has no words that tell people what it lets them do."


def _is_text(words: object) -> bool:
    return isinstance(words, (str, Promise)) and bool(str(words).strip())


def _middleware() -> Iterator[CheckMessage]:
    order = list(django_settings.MIDDLEWARE)
    if MIDDLEWARE not in order:
        hint = f'Put "{MIDDLEWARE}" into MIDDLEWARE, right after "{_AUTHENTICATION}".'
        yield Error("The middleware is missing: sessions would not end.", hint=hint, id="org_members.E002")
        return
    own = order.index(MIDDLEWARE)
    if _AUTHENTICATION not in order[:own]:
        hint = f'Put "{MIDDLEWARE}" after "{_AUTHENTICATION}".'
        yield Error("The middleware comes before the user is known.", hint=hint, id="org_members.E003")
    if _OTP in order[:own]:
        hint = f'Put "{MIDDLEWARE}" before "{_OTP}".'
        yield Caution("A session that ended would not be known to django-otp.", hint=hint, id="org_members.W001")


def _apps() -> Iterator[CheckMessage]:
    from django.apps import apps

    for app in _APPS:
        if not apps.is_installed(app):
            hint = f'Add "{app}" to INSTALLED_APPS.'
            yield Error(f"{app} is not installed.", hint=hint, id="org_members.E006")


def _keys() -> Iterator[CheckMessage]:
    known = {name for name in vars(Settings) if name.isupper()}
    for name in sorted(set(getattr(django_settings, "ORG_MEMBERS", {})) - known):
        hint = f"The settings are: {', '.join(sorted(known))}."
        yield Caution(f'ORG_MEMBERS["{name}"] is no setting of this package.', hint=hint, id="org_members.W002")


def _values() -> Iterator[CheckMessage]:
    if not django_settings.DEBUG and not settings.get("BASE_URL", None):
        hint = 'Set ORG_MEMBERS = {"BASE_URL": "https://…"}: links in e-mails begin with it.'
        yield Error("BASE_URL is not set.", hint=hint, id="org_members.E007")
    age = settings.AUTHENTICATION_AGE
    if age < timedelta(minutes=1):
        yield Error(
            "AUTHENTICATION_AGE is shorter than it takes to get from the password to the page.",
            hint="Set it to some minutes: timedelta(minutes=10).",
            id="org_members.E011",
        )
    if settings.SHARED_ACCOUNTS != "provisioned":
        yield Caution(
            "SHARED_ACCOUNTS lets managers of an organization take over accounts that it did not make.",
            hint='Leave it at "provisioned" unless every account belongs to its organization.',
            id="org_members.W003",
        )
