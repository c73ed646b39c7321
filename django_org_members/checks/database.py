"""The database: where the tables are, and what it has to hold."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.checks import CheckMessage
from django.db import DEFAULT_DB_ALIAS, connections, router

from .messages import caution, error


def routers() -> Iterator[CheckMessage]:
    """The tables must be on the database called default."""
    from ..models import Membership

    if {router.db_for_read(Membership), router.db_for_write(Membership)} != {DEFAULT_DB_ALIAS}:
        hint = "Let your routers leave the app org_members on the database called default."
        yield error("E008", "The tables are routed to another database.", hint)


def triggers() -> Iterator[CheckMessage]:
    """The triggers must be there, and of this version."""
    from ..models import triggers as ours

    if not ours.are_current(connections[DEFAULT_DB_ALIAS]):
        hint = 'Run "manage.py migrate": it makes them, and counts the members again.'
        yield caution("W004", "The database's triggers are missing or old.", hint)
