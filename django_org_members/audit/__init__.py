"""The audit trail: what is written to it, and how it is read."""

from .recording import about, event, write

__all__ = ["about", "event", "write"]
