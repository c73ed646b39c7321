"""Transactions: done as a whole, again if the database broke a deadlock, and what waits for the commit."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import OperationalError, connection, transaction

logger = logging.getLogger("django_org_members")

F = TypeVar("F", bound=Callable[..., Any])
ATTEMPTS = 5
_SQLSTATES = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization failure, deadlock detected."""
_MYSQL_DEADLOCK = 1213


def in_one_transaction(function: F) -> F:
    """Run the function in a transaction, and again, up to `ATTEMPTS` times in all, where it was given up for a deadlock.

    One order of locks leaves none between our own transactions on PostgreSQL. MariaDB and MySQL also lock what they
    only look at, such as every row of a table too small to be worth an index. Inside a transaction of the caller's
    nothing is repeated: that is the caller's to do.
    """

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if attempt == ATTEMPTS or connection.in_atomic_block or not is_deadlock(error):
                    raise
                logger.info("A deadlock was broken; trying again.")
                time.sleep(random.uniform(0, 0.05 * attempt))  # noqa: S311
        raise AssertionError("unreachable")

    return cast("F", run)


def is_deadlock(error: OperationalError) -> bool:
    """Whether the database gave the transaction up so that another one could go on: it is made again."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)  # psycopg 3, psycopg2
    return state in _SQLSTATES or error.args[:1] == (_MYSQL_DEADLOCK,)


def after_commit(function: Callable[[], Any]) -> None:
    """Call the function when the change is durable. Its failure is logged and undoes nothing.

    Not `on_commit(robust=True)` alone: Django 5.2 wants a name of what failed, which a `partial` has not.
    """

    def call() -> None:
        try:
            function()
        except Exception:
            logger.exception("Something failed after a commit.")

    transaction.on_commit(call)


def require_no_transaction() -> None:
    """Raise `RuntimeError` in a transaction: what asks the outside world must not keep one open."""
    with transaction.atomic(durable=True):
        pass
