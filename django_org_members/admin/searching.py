"""What somebody typed into a search box, as it stands in an address that anybody may write."""

from __future__ import annotations

from django.http import HttpRequest

from ..accounts.clients import printable

SEARCH_VAR = "q"
LONGEST = 200


def asked(request: HttpRequest) -> str:
    """Return it on one line and cut to a length that nobody types; empty for none."""
    return printable(request.GET.get(SEARCH_VAR, "")[:LONGEST])
