"""Tickets. What people may do to them are ordinary permissions of the model, which roles give on an organization."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

VIEW, ADD, CHANGE, CLOSE = (f"tickets.{action}_ticket" for action in ("view", "add", "change", "close"))
"""The permissions by name, as the settings register them and `has_perm` takes them."""


class Ticket(models.Model):
    """Something that somebody in an organization wants done."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    organization = models.ForeignKey("org_members.Organization", on_delete=models.CASCADE, related_name="tickets")
    title = models.CharField(max_length=120)
    body = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at", "-pk")
        permissions = (("close_ticket", "Can close ticket"),)
        indexes = (models.Index(fields=("organization", "status", "-created_at"), name="tickets_of_organization"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of its page."""
        return reverse("tickets:detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether it waits to be done."""
        return self.status == self.Status.OPEN
