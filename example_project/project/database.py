"""Which database: SQLite beside the project, or the one that DATABASE_URL names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_SQLITE = {
    # A write lock from the start: two transactions queue up instead of failing half-way.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # Readers do not wait for the writer.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def configure(url: str | None, *, default: Path) -> dict[str, Any]:
    """Return the settings of the database at `url`, or of a SQLite file at `default`."""
    if url:
        import dj_database_url

        config: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    else:
        config = {"ENGINE": "django.db.backends.sqlite3", "NAME": default}
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {**_SQLITE, **config.get("OPTIONS", {})}
    elif config["ENGINE"].endswith("mysql"):
        config["OPTIONS"] = {"charset": "utf8mb4", **config.get("OPTIONS", {})}
    return config
