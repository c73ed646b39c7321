"""What the database holds besides tables: the built-in roles and the triggers, made after `migrate` where missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.apps import apps as global_apps
from django.apps.registry import Apps
from django.db import connections, router

from . import triggers
from .roles import Role

_COLORS = {
    Role.Key.OWNER: Role.Color.AMBER,
    Role.Key.ADMIN: Role.Color.BLUE,
    Role.Key.MEMBER: Role.Color.GRAY,
}


def before_migrate(sender: AppConfig, using: str, plan: Sequence[Any] = (), **kwargs: Any) -> None:
    """Drop the triggers on SQLite, if there is anything to migrate.

    It rebuilds a table to alter it, which a trigger that names the table would break. Elsewhere they stay in force.
    """
    connection = connections[using]
    if plan and connection.vendor == "sqlite" and router.allow_migrate(using, sender.label):
        triggers.drop(connection)


def after_migrate(sender: AppConfig, using: str, apps: Apps = global_apps, **kwargs: Any) -> None:
    """Make the built-in roles, where the tables are there, and the triggers.

    As Django makes permissions: after each migrate and flush, not in a migration, so that a flushed database has them.
    """
    if not router.allow_migrate(using, sender.label):
        return
    connection = connections[using]
    if not triggers.tables_exist(connection):  # migrated back to zero
        return
    model = apps.get_model(sender.label, "Role")
    for key in Role.Key:
        model._default_manager.using(using).get_or_create(
            key=key.value,
            defaults={"name": key.value.capitalize(), "color": _COLORS[key]},
        )
    triggers.install(connection)
