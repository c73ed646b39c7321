"""Who is available now."""

from .providers import Availability, AvailabilityProvider, Show, get_provider

__all__ = ["Availability", "AvailabilityProvider", "Show", "get_provider"]
