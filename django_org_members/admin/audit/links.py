"""Addresses in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from ...keyset import Page
from . import cursors

if TYPE_CHECKING:
    from ..shell import OrgSettings


def address(url: str, parameters: dict[str, Any]) -> str:
    """Return the address with these parameters."""
    return f"{url}?{urlencode(parameters)}" if parameters else url


def log_url(org: OrgSettings, pk: Any) -> str:
    """Return where the log shows what one user did, and what was done to them."""
    return address(org.url("organization_audit"), {"user": pk})


def pages(found: Page[Any], url: str = "", kept: dict[str, str] | None = None) -> list[tuple[Any, str]]:
    """Return the labels and addresses of the pages around; `kept` are the parameters that all of them have."""
    links: list[tuple[Any, str]] = []
    kept, first = kept or {}, url or "?"
    if found.has_newer:
        links.append((_("Newest"), address(first, kept)))
    if found.newer:
        links.append((_("Newer"), address(url, kept | {cursors.AFTER: cursors.written(found.newer)})))
    if found.older:
        links.append((_("Older"), address(url, kept | {cursors.BEFORE: cursors.written(found.older)})))
        links.append((_("Oldest"), address(url, kept | {cursors.AFTER: cursors.OLDEST})))
    return links
