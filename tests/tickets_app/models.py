"""A project's own models, in each of the ways in which an object belongs to an organization."""

from __future__ import annotations

from django.db import models


class Ticket(models.Model):
    """By a foreign key, which may be empty."""

    organization = models.ForeignKey("org_members.Organization", on_delete=models.CASCADE, null=True)
    title = models.CharField(max_length=100)

    class Meta:
        permissions = (("close_ticket", "Can close ticket"),)


class Note(models.Model):
    """By a property that leads there."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)

    @property
    def organization(self):
        return self.ticket.organization


class Domain(models.Model):
    """By a foreign key that holds something else than the organization's pk."""

    organization = models.ForeignKey("org_members.Organization", on_delete=models.CASCADE, to_field="slug")
    name = models.CharField(max_length=100)


class Workspace(models.Model):
    """One to one, and with its primary key."""

    organization = models.OneToOneField("org_members.Organization", on_delete=models.CASCADE, primary_key=True)


class Rate(models.Model):
    """Belongs to none; `organization` is a word here."""

    organization = models.CharField(max_length=100)
