"""A file that is sent while it is made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.cache import patch_cache_control


def attachment(request: HttpRequest, pieces: Iterator[str], *, name: str, content_type: str) -> StreamingHttpResponse:
    """Return the answer to a request of either kind of server; nothing on the way may keep it."""
    content = _one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    patch_cache_control(response, no_store=True, private=True)
    return response


async def _one_by_one(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Make each piece when it is asked for, in the thread that has the request's database connection.

    A plain iterator would be read to its end first, by Django, on such a server.
    """
    following = sync_to_async(partial(next, pieces, None))
    while (piece := await following()) is not None:
        yield piece
