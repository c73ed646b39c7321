"""History that the package's own code writes: for a while, now is then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Let `timezone.now()` return `moment`, so that trails and dates read as if it happened then."""
    with patch("django.utils.timezone.now", return_value=moment):
        yield
