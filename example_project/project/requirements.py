"""What must be installed, said in one sentence instead of a traceback. Imports nothing but the standard library."""

from __future__ import annotations

import os
from importlib.util import find_spec

_INSTALL = "python -m pip install -e '.[demo]'"
_ALWAYS = {
    "django": "Django",
    "guardian": "django-guardian",
    "django_otp": "django-otp",
    "django_org_members": "django-org-members",
}
_DRIVERS = {
    "postgres": ("psycopg", "psycopg[binary]"),
    "postgresql": ("psycopg", "psycopg[binary]"),
    "mysql": ("MySQLdb", "mysqlclient"),
}


def explain_what_is_missing() -> str:
    """Return what to install and how, or an empty string when all is there."""
    missing = [package for module, package in _ALWAYS.items() if find_spec(module) is None]
    if missing:
        return f"Not installed: {', '.join(missing)}. In the root of the checkout run: {_INSTALL}"
    return _explain_database(os.environ.get("DATABASE_URL", ""))


def _explain_database(url: str) -> str:
    if not url:
        return ""
    if find_spec("dj_database_url") is None:
        return f"DATABASE_URL is set, which needs dj-database-url. In the root of the checkout run: {_INSTALL}"
    module, package = _DRIVERS.get(url.partition(":")[0], ("sqlite3", ""))
    if find_spec(module) is None:
        return f"DATABASE_URL names a database that needs {package}. Run: python -m pip install '{package}'"
    return ""
