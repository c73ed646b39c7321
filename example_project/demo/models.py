"""The mark by which the demo knows its own database."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class SeededDatabase(models.Model):
    """One row: the demo filled this database when it was empty, so it may also empty it again."""

    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Demo data since {self.created_at:%Y-%m-%d}"
