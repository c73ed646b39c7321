"""The audit trail: what is written to it, and how it is read."""

from .reading import Filter, batches, newest
from .recording import about, event, write
from .verbs import describe

__all__ = ["Filter", "about", "batches", "describe", "event", "newest", "write"]
