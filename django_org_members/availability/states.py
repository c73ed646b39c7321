"""The words of availability."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .engine import State


class Availability(TextChoices):
    """Whether someone can be reached now."""

    AVAILABLE = State.AVAILABLE.value, _("Available")
    ON_CALL = State.ON_CALL.value, _("On-call")
    UNAVAILABLE = State.UNAVAILABLE.value, _("Unavailable")


class Show(TextChoices):
    """The positions of the toggle above the members list."""

    ALL = "all", pgettext_lazy("members", "All")
    AVAILABLE = "available", _("Available")
    UNAVAILABLE = "unavailable", _("Unavailable")
