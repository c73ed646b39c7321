"""Who is available, who is on call, until when, and who is next."""

from .answers import at, now, on_call
from .providers import AvailabilityProvider, OnCall, Shift, StatusProvider, get_provider
from .scheduled import ScheduleProvider
from .states import Availability, Show

__all__ = [
    "Availability",
    "AvailabilityProvider",
    "OnCall",
    "ScheduleProvider",
    "Shift",
    "Show",
    "StatusProvider",
    "at",
    "get_provider",
    "now",
    "on_call",
]
