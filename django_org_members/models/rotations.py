"""On-call rotations, the people in them, and overrides."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .schedules import ZONE_LENGTH, validate_zone


class Rotation(models.Model):
    """Members who take turns in being on call, in one or more layers.

    `layers` is read and written as a whole, the base first; only the people are rows of their own (`RotationPlace`).
    Each layer is `{"name", "unit": "hours" | "days" | "weeks", "length": int, "starts_on": "YYYY-MM-DD",
    "handoff": "HH:MM", "weekday": 0–6 or null, "hours": as `Schedule.hours` or null, "anchor": [shift, position]}`.
    """

    class WhenAway(models.TextChoices):
        SKIP = "skip", _("The next in order takes the shift")
        OPEN = "open", _("The shift is left open")

    organization = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="rotations",
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=80)
    time_zone = models.CharField(_("time zone"), max_length=ZONE_LENGTH, validators=[validate_zone])
    when_away = models.CharField(
        _("when somebody is disabled or away"), max_length=4, choices=WhenAway.choices, default=WhenAway.SKIP
    )
    layers = models.JSONField(_("layers"), default=list)

    class Meta:
        verbose_name = _("rotation")
        verbose_name_plural = _("rotations")
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(fields=("organization", "name"), name="org_members_rotation_name"),)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)


class RotationPlace(models.Model):
    """A member's place in the order of one layer. Positions may have gaps."""

    rotation = models.ForeignKey(
        Rotation, verbose_name=_("rotation"), on_delete=models.CASCADE, related_name="places", db_index=False
    )
    layer = models.PositiveSmallIntegerField(_("layer"), default=0)
    position = models.PositiveIntegerField(_("position"))
    membership = models.ForeignKey(
        "org_members.Membership",
        verbose_name=_("member"),
        on_delete=models.CASCADE,
        related_name="rotation_places",
    )

    class Meta:
        verbose_name = _("place in a rotation")
        verbose_name_plural = _("places in rotations")
        ordering = ("rotation", "layer", "position")
        constraints = (
            models.UniqueConstraint(fields=("rotation", "layer", "position"), name="org_members_rotation_place"),
        )

    def __str__(self) -> str:
        return f"{self.layer}.{self.position}"


class Override(models.Model):
    """A span of a rotation that a member takes, whoever's turn it is; without a member it is left open.

    Where two overlap, the newer one counts.
    """

    rotation = models.ForeignKey(
        Rotation, verbose_name=_("rotation"), on_delete=models.CASCADE, related_name="overrides", db_index=False
    )
    membership = models.ForeignKey(
        "org_members.Membership",
        verbose_name=_("member"),
        on_delete=models.CASCADE,
        related_name="overrides",
        null=True,
        blank=True,
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        ordering = ("starts_at", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="org_members_override_ends"),
        )
        indexes = (models.Index(fields=("rotation", "ends_at", "starts_at"), name="org_members_overrides"),)

    def __str__(self) -> str:
        return f"{self.starts_at} – {self.ends_at}"
