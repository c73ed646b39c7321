"""Calendars of the outside world: those that are read, and the addresses at which ours are read."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ImportedCalendar(models.Model):
    """An on-call calendar that another system keeps, by its iCalendar address or as a file that was handed in.

    What was read last stays until something newer was read: a failure only writes `error`. The address is a secret.
    """

    organization = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="imported_calendars",
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=80)
    url = models.TextField(_("iCalendar address"), blank=True, help_text=_("Empty where a file was handed in."))
    document = models.TextField(blank=True, editable=False, help_text=_("What was read last."))
    etag = models.CharField(max_length=255, blank=True, editable=False)
    tried_at = models.DateTimeField(_("last try"), null=True, editable=False)
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    unmatched = models.JSONField(
        _("not matched"),
        default=list,
        editable=False,
        help_text=_("What belongs to no member: [{who, summary, shifts}, …]."),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("imported calendar")
        verbose_name_plural = _("imported calendars")
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(fields=("organization", "name"), name="org_members_calendar_name"),)
        indexes = (models.Index(fields=("tried_at",), name="org_members_calendars_due"),)

    def __str__(self) -> str:
        return self.name


class ImportedShift(models.Model):
    """A shift of an imported calendar, matched to a member."""

    calendar = models.ForeignKey(
        ImportedCalendar, verbose_name=_("calendar"), on_delete=models.CASCADE, related_name="shifts", db_index=False
    )
    membership = models.ForeignKey(
        "org_members.Membership", verbose_name=_("member"), on_delete=models.CASCADE, related_name="imported_shifts"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    summary = models.CharField(_("summary"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("imported shift")
        verbose_name_plural = _("imported shifts")
        ordering = ("starts_at", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="org_members_imported_ends"),
        )
        indexes = (models.Index(fields=("calendar", "ends_at", "starts_at"), name="org_members_imported"),)

    def __str__(self) -> str:
        return self.summary or f"{self.starts_at} – {self.ends_at}"


class CalendarFeed(models.Model):
    """A secret address at which `user` reads the shifts of a rotation or of a member, until it is revoked.

    Only the hash of its token is stored.
    """

    organization = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="calendar_feeds",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("whose address"), on_delete=models.CASCADE, related_name="+"
    )
    rotation = models.ForeignKey(
        "org_members.Rotation",
        verbose_name=_("rotation"),
        on_delete=models.CASCADE,
        related_name="feeds",
        null=True,
        blank=True,
    )
    membership = models.ForeignKey(
        "org_members.Membership",
        verbose_name=_("member"),
        on_delete=models.CASCADE,
        related_name="feeds",
        null=True,
        blank=True,
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        ordering = ("created_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(rotation=None, membership__isnull=False) | Q(rotation__isnull=False, membership=None),
                name="org_members_feed_of_one",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)
