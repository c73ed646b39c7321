"""Forms of the tickets' pages."""

from __future__ import annotations

from typing import Any

from django import forms

from django_org_members.policy import organizations_with

from .models import ADD, Ticket


class TicketForm(forms.ModelForm):
    """What a ticket says."""

    class Meta:
        model = Ticket
        fields = ("title", "body")
        widgets = {"body": forms.Textarea(attrs={"rows": 6})}


class NewTicketForm(TicketForm):
    """A ticket in one of the organizations in which the author may open one."""

    class Meta(TicketForm.Meta):
        fields = ("organization", "title", "body")

    def __init__(self, author: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].empty_label = None
        self.fields["organization"].queryset = organizations_with(author, ADD).order_by("name")
        self.instance.created_by = author
