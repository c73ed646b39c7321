"""The sessions in which people are signed in, whichever engine keeps them."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LiveSession(models.Model):
    """One session of one user: where it began, and when it was last seen.

    Its pk stands in the session's data, and opens nothing by itself. A session whose row is gone has ended, and so has
    one whose `epoch` is lower than the account's. `expires_at` is never before the session's own expiry.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="org_members_sessions",
        db_index=False,
    )
    epoch = models.PositiveIntegerField(default=0)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("client"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("-last_seen_at", "pk")
        indexes = (
            models.Index(fields=("user", "-last_seen_at"), name="org_members_sessions"),
            models.Index(fields=("expires_at",), name="org_members_expired"),
        )

    def __str__(self) -> str:
        return str(self.pk)
