"""Addresses in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from ..shell import OrgSettings


def address(url: str, parameters: dict[str, Any]) -> str:
    """Return the address with these parameters."""
    return f"{url}?{urlencode(parameters)}" if parameters else url


def log_url(org: OrgSettings, pk: Any) -> str:
    """Return where the log shows what one user did, and what was done to them."""
    return address(org.url("organization_audit"), {"user": pk})
