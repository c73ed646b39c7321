"""System checks: what is missing in a project's settings, and the line to add. One module for each theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections

from . import database, deployment, mfa, permissions, seats, sessions, urls, values
from .sessions import BACKEND, MIDDLEWARE

__all__ = ["BACKEND", "MIDDLEWARE", "check_database", "check_deployment", "check_settings", "check_urls"]

Apps = Sequence[AppConfig] | None


@register(Tags.security)
def check_settings(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Return everything that is wrong, wherever the project runs."""
    return [
        *sessions.backend(),
        *sessions.middleware(),
        *sessions.engine(),
        *values.apps(),
        *values.keys(),
        *values.values(),
        *values.asked_again(),
        *values.proxies(),
        *values.calendars(),
        *values.tasks(),
        *database.routers(),
        *permissions.declared(),
        *mfa.adapters(),
        *mfa.unserved(),
        *mfa.plugins(),
        *seats.gateway(),
        *seats.counted(),
        *seats.values(),
        *seats.live_key(),
    ]


@register(Tags.urls)
def check_urls(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """The addresses to which people are sent must be there."""
    return [*urls.public_pages(), *urls.sign_in(), *urls.enrolment()]


@register(Tags.database)
def check_database(app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The triggers must be in force: nothing else keeps the counters and the one Owner. PERMISSIONS must be there."""
    from ..models import triggers

    if DEFAULT_DB_ALIAS not in (databases or ()) or not triggers.tables_exist(connections[DEFAULT_DB_ALIAS]):
        return []
    return [*database.triggers(), *permissions.rows()]


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong where the project serves people: asked by `check --deploy`."""
    return [*deployment.mail(), *deployment.sender(), *deployment.cookies(), *seats.secrets()]
