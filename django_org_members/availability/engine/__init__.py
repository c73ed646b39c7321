"""The arithmetic of availability: clocks, weekly hours and rotations. Plain Python, no database, no settings.

Everything here takes aware datetimes and gives UTC ones. `pk`s stand for members.
"""

from .clock import first_moment
from .people import People
from .plan import Facts, Feed, Plan, State
from .rotation import OPEN, SKIP, Layer, Override, Place, Rotation, Turn
from .spans import Interval, clipped, edges, merged
from .weekly import WeeklyHours, WorkingSpan, overlaps

__all__ = [
    "OPEN",
    "SKIP",
    "Facts",
    "Feed",
    "Interval",
    "Layer",
    "Override",
    "People",
    "Place",
    "Plan",
    "Rotation",
    "State",
    "Turn",
    "WeeklyHours",
    "WorkingSpan",
    "clipped",
    "edges",
    "first_moment",
    "merged",
    "overlaps",
]
