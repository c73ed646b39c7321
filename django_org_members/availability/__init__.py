"""Who is available now."""

from .providers import Availability, AvailabilityProvider, Shift, Show, get_provider

__all__ = ["Availability", "AvailabilityProvider", "Shift", "Show", "get_provider"]
