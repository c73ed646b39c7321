"""The apps that are needed, and the values of the settings in ORG_MEMBERS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network

from django.apps import apps as django_apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage

from ..conf import Settings, settings
from ..tasks import refusal
from .messages import caution, error

_APPS = ("guardian", "django.contrib.admin")


def apps() -> Iterator[CheckMessage]:
    """The apps without which nothing works."""
    for app in _APPS:
        if not django_apps.is_installed(app):
            yield error("E006", f"{app} is not installed.", f'Add "{app}" to INSTALLED_APPS.')


def keys() -> Iterator[CheckMessage]:
    """A key that nobody reads is a typing error."""
    known = {name for name in vars(Settings) if name.isupper()}
    for name in sorted(set(getattr(django_settings, "ORG_MEMBERS", {})) - known):
        hint = f"The settings are: {', '.join(sorted(known))}."
        yield caution("W002", f'ORG_MEMBERS["{name}"] is no setting of this package.', hint)


def values() -> Iterator[CheckMessage]:
    """Values that would not do, or that open more than people expect."""
    if not django_settings.DEBUG and not settings.get("BASE_URL", None):
        hint = 'Set ORG_MEMBERS = {"BASE_URL": "https://…"}: links in e-mails begin with it.'
        yield error("E007", "BASE_URL is not set.", hint)
    if timedelta(minutes=1) > settings.AUTHENTICATION_AGE:
        text = "AUTHENTICATION_AGE is shorter than it takes to get from the password to the page."
        yield error("E011", text, "Set it to some minutes: timedelta(minutes=10).")
    if settings.SHARED_ACCOUNTS != "provisioned":
        text = "SHARED_ACCOUNTS lets managers of an organization take over accounts that it did not make."
        hint = 'Leave it at "provisioned" unless every account belongs to its organization.'
        yield caution("W003", text, hint)


def asked_again() -> Iterator[CheckMessage]:
    """A name that nothing has would ask nobody."""
    from ..actions import all_actions
    from ..admin.asking import NO_ACTIONS

    names, known = settings.ASK_AGAIN_FOR, {action.name for action in all_actions()} | NO_ACTIONS
    is_list = isinstance(names, (list, tuple, set, frozenset))
    for name in [one for one in names if one not in known] if is_list else [names]:
        hint = f"Give a list of these: {', '.join(sorted(known))}."
        yield error("E012", f"ASK_AGAIN_FOR: {name!r} is nothing that can ask.", hint)


def proxies() -> Iterator[CheckMessage]:
    """Addresses and networks; and some, where the project says that it is behind a proxy."""
    from ..accounts.addresses import UNIX_SOCKET

    trusted = settings.TRUSTED_PROXIES
    is_list = isinstance(trusted, (list, tuple, set, frozenset))
    for name in [one for one in trusted if not _is_proxy(one)] if is_list else [trusted]:
        hint = f'Give a list of addresses and networks, such as ["10.0.0.0/8"], or "{UNIX_SOCKET}" for a socket.'
        yield error("E009", f"TRUSTED_PROXIES: {name!r} is no address.", hint)
    headers = ("SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT")
    used = next((name for name in headers if getattr(django_settings, name)), None)
    if used and is_list and not trusted:
        text = f"{used} says that a proxy is in front, but TRUSTED_PROXIES is empty: the activity tells the proxy's address."
        hint = 'Set ORG_MEMBERS = {"TRUSTED_PROXIES": ["10.0.0.0/8"]} to the addresses of your proxies.'
        yield caution("W013", text, hint)


def calendars() -> Iterator[CheckMessage]:
    """Else it would be found when somebody's calendar is read."""
    networks, refresh = settings.CALENDAR_NETWORKS, settings.CALENDAR_REFRESH
    is_list = isinstance(networks, (list, tuple, set, frozenset))
    for name in [one for one in networks if not _is_network(one)] if is_list else [networks]:
        hint = 'Give a list of networks and addresses, such as ["10.20.30.40/32"].'
        yield error("E015", f"CALENDAR_NETWORKS: {name!r} is no network.", hint)
    if not isinstance(refresh, timedelta) or refresh < timedelta():
        hint = "Set it to a timedelta, such as timedelta(minutes=15)."
        yield error("E016", f"CALENDAR_REFRESH: {refresh!r} is no length of time.", hint)


def tasks() -> Iterator[CheckMessage]:
    """Nothing fails by it, but what was meant for workers does not come to them."""
    if words := refusal():
        text = f"TASKS allows no task of the package, which then runs at once, in the process that asks for it: {words}"
        hint = 'Let the backend called default take the queue of that name: TASKS = {"default": {…, "QUEUES": ["default", …]}}.'
        yield caution("W014", text, hint)


def _is_network(name: object) -> bool:
    try:
        return isinstance(name, str) and bool(ip_network(name, strict=False))
    except ValueError:
        return False


def _is_proxy(name: object) -> bool:
    from ..accounts.addresses import UNIX_SOCKET

    return name == UNIX_SOCKET or _is_network(name)
