"""The subscription that pays for an organization's seats, and what its quantity was changed to."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

IDENTIFIER_LENGTH = 255
"""The longest id of Stripe's."""
STATUS_LENGTH = 30


class Subscription(models.Model):
    """A subscription at Stripe, linked to an organization. Written by `billing` only.

    Seats are owed while the count of members is not the `settled` one, or `settled` is empty; see `billing.debts`. The
    fields of the attempt outlive the process that makes it: whoever comes next finishes it with the same key.
    """

    organization = models.OneToOneField(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="subscription",
    )
    customer_id = models.CharField(_("customer"), max_length=IDENTIFIER_LENGTH)
    subscription_id = models.CharField(_("subscription"), max_length=IDENTIFIER_LENGTH, unique=True)
    item_id = models.CharField(_("item"), max_length=IDENTIFIER_LENGTH)
    price_id = models.CharField(_("price"), max_length=IDENTIFIER_LENGTH)
    linked_at = models.DateTimeField(_("linked"), default=timezone.now)

    # What Stripe last said.
    status = models.CharField(_("status"), max_length=STATUS_LENGTH)
    billed = models.PositiveIntegerField(_("seats billed"), null=True)
    is_live = models.BooleanField(_("live mode"), default=True)
    period_ends_at = models.DateTimeField(_("end of the period"), null=True)
    ends_at_period_end = models.BooleanField(_("ends with the period"), default=False)
    read_at = models.DateTimeField(_("read from Stripe"), null=True)

    # What is owed.
    settled = models.PositiveIntegerField(
        _("seats settled"), null=True, help_text=_("The count that was last settled with Stripe; empty: none yet.")
    )
    notices = models.PositiveBigIntegerField(
        default=1, help_text=_("How often there was a reason to look what Stripe has; as many were looked into as:")
    )
    noticed = models.PositiveBigIntegerField(default=0)
    synced_at = models.DateTimeField(_("last sync"), null=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    retry_at = models.DateTimeField(_("next try"), null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.CharField(_("last error"), max_length=300, blank=True)
    error_request_id = models.CharField(max_length=IDENTIFIER_LENGTH, blank=True)
    parked_at = models.DateTimeField(
        _("parked"), null=True, help_text=_("Since when nothing is tried any more: the error will not heal by itself.")
    )

    alerted_at = models.DateTimeField(null=True, help_text=_("When Owner and Admins were told that it is parked."))

    # Who is at it, and with what.
    lease = models.CharField(max_length=36, blank=True)
    leased_until = models.DateTimeField(null=True)
    attempt = models.PositiveBigIntegerField(default=0, help_text=_("How many attempts there were."))
    attempt_key = models.CharField(
        max_length=80, blank=True, help_text=_("The idempotency key of the attempt whose outcome is not known.")
    )
    attempt_quantity = models.PositiveIntegerField(null=True)
    attempted_at = models.DateTimeField(null=True)
    calls_left = models.FloatField(default=0)
    calls_counted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.subscription_id

    @property
    def must_read(self) -> bool:
        """Whether what Stripe has is not known for sure, so that it is read before anything is written."""
        return self.notices != self.noticed


class SeatChange(models.Model):
    """One change of the quantity at Stripe: made by a sync, or seen there."""

    class Reason(models.TextChoices):
        MEMBERS = "members", _("Members changed")
        LINKED = "linked", _("Subscription linked")
        REPAIRED = "repaired", _("Put right after it was changed in Stripe")
        SEEN = "seen", _("Changed in Stripe")

    subscription = models.ForeignKey(
        Subscription,
        verbose_name=_("subscription"),
        on_delete=models.CASCADE,
        related_name="changes",
        db_index=False,
    )
    before = models.PositiveIntegerField(_("from"), null=True)
    after = models.PositiveIntegerField(_("to"))
    reason = models.CharField(_("why"), max_length=20, choices=Reason)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    since = models.DateTimeField(null=True, help_text=_("From when on what changed the members is told."))
    until = models.DateTimeField(
        null=True, help_text=_("Until when: they were counted then. What came later is of the next change.")
    )
    request_id = models.CharField(_("request"), max_length=IDENTIFIER_LENGTH, blank=True)
    key = models.CharField(max_length=80, blank=True)
    told_at = models.DateTimeField(_("told"), null=True)

    class Meta:
        verbose_name = _("change of seats")
        verbose_name_plural = _("changes of seats")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("subscription", "-id"), name="org_members_seat_changes"),
            models.Index(fields=("told_at", "subscription"), name="org_members_seats_untold"),
        )

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class StripeEvent(models.Model):
    """An event of Stripe's that was taken in: each is once."""

    event_id = models.CharField(_("event"), max_length=IDENTIFIER_LENGTH, unique=True)
    type = models.CharField(_("type"), max_length=100)
    subscription_id = models.CharField(_("subscription"), max_length=IDENTIFIER_LENGTH, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("event of Stripe")
        verbose_name_plural = _("events of Stripe")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.event_id
