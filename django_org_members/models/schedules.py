"""When people work, and when they do not: schedules, time off and closures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from datetime import datetime

ZONE_LENGTH = 64


def validate_zone(name: str) -> None:
    """Raise `ValidationError` unless it is a time zone of the IANA database, such as `Europe/Berlin`."""
    if name not in available_timezones():
        raise ValidationError(_("There is no time zone “%(name)s”."), code="unknown_zone", params={"name": name})


class Schedule(models.Model):
    """Weekly working hours in a time zone; an organization's default, or that of any number of its members."""

    organization = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="schedules",
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=80)
    time_zone = models.CharField(_("time zone"), max_length=ZONE_LENGTH, validators=[validate_zone])
    # Read and written as a whole, never searched: rows of their own would only be joined again.
    hours = models.JSONField(
        _("working hours"),
        default=list,
        help_text=_("[[weekday, begins, ends], …]: Monday is 0, times are HH:MM; over midnight where ends ≤ begins."),
    )

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(fields=("organization", "name"), name="org_members_schedule_name"),)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)


class TimeOffQuerySet(models.QuerySet["TimeOff"]):
    """Time off."""

    def at(self, at: datetime) -> TimeOffQuerySet:
        """What is going on at an instant."""
        return self.filter(starts_at__lte=at, ends_at__gt=at)

    def between(self, since: datetime, until: datetime) -> TimeOffQuerySet:
        """What overlaps with the time between two instants."""
        return self.filter(starts_at__lt=until, ends_at__gt=since)


class TimeOff(models.Model):
    """A span in which a member cannot be reached."""

    # The membership's: an organization finds who is away without visiting its members.
    organization = models.ForeignKey(
        "org_members.Organization", on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )
    membership = models.ForeignKey(
        "org_members.Membership",
        verbose_name=_("member"),
        on_delete=models.CASCADE,
        related_name="time_off",
        db_index=False,
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = TimeOffQuerySet.as_manager()

    class Meta:
        verbose_name = _("time off")
        verbose_name_plural = _("time off")
        ordering = ("starts_at", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="org_members_time_off_ends"),
        )
        indexes = (
            models.Index(fields=("membership", "ends_at", "starts_at"), name="org_members_time_off"),
            models.Index(fields=("organization", "ends_at", "starts_at"), name="org_members_away"),
        )

    def __str__(self) -> str:
        return f"{self.starts_at} – {self.ends_at}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, in the membership's organization."""
        self.organization_id = self.membership.organization_id
        super().save(*args, **kwargs)


class Closure(models.Model):
    """Days on which an organization is closed, in its own time zone: a public holiday, for example."""

    organization = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="closures",
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=120)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ("starts_on", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="org_members_closure_ends"),
        )
        indexes = (models.Index(fields=("organization", "ends_on"), name="org_members_closures"),)

    def __str__(self) -> str:
        return self.name
