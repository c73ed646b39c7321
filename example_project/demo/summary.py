"""What the demo prints: where to go, and whom to sign in as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.conf import settings

from django_org_members.models import Organization

from . import mfa
from .accounts import ACCOUNTS
from .people import PASSWORD

WITH_MFA = "priya.raghunathan@acme.example"


def lines(base_url: str) -> Iterator[str]:
    """Yield the summary, line by line."""
    yield ""
    yield "Org Settings demo"
    yield ""
    yield f"  {base_url}/org/      for an organization's own managers"
    yield f"  {base_url}/admin/    for the platform's staff"
    yield f"  {base_url}/tickets/  the project's own pages, which ask the same roles"
    yield ""
    yield from _organizations()
    yield f"Sign in with the password {PASSWORD}"
    yield ""
    yield from _table((account.email, account.path, account.description) for account in ACCOUNTS)
    yield ""
    yield from _with_mfa()
    yield f"E-mails, such as invitations, are printed here and kept in {settings.MAIL_DIR}"
    yield ""


def _organizations() -> Iterator[str]:
    for organization in Organization.objects.order_by("pk"):
        yield f"  {organization.name}: {organization.member_count:,} members"
    yield ""


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    table = [("Sign-in name", "At", "Who"), *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    table.insert(1, tuple("-" * width for width in widths))
    for row in table:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _with_mfa() -> Iterator[str]:
    """Tell how to sign in as somebody who is asked for a token, as long as unused codes are left."""
    codes = mfa.backup_codes(WITH_MFA)
    if codes:
        yield f"  {WITH_MFA} (/org/, an Admin) is asked for a token: {codes[0]} works once."
        yield ""
