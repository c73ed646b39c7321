"""Tickets in the ordinary admin, where platform staff see those of the organizations that they look after.

Django's ModelAdmin asks for model permissions, whatever the object; here each question is asked about the object, and
without one whether there is any organization with a yes.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from django_org_members.policy import organizations_with

from .models import ADD, CHANGE, CLOSE, VIEW, Ticket


@admin.register(Ticket)
class TicketAdmin(admin.ModelAdmin):
    """Honours permissions on the ticket's organization: of a role, of a grant, and Django's model permissions."""

    list_display = ("title", "organization", "status", "created_by", "created_at")
    list_filter = ("status", ("organization", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("organization", "created_by")
    search_fields = ("title",)
    fields = ("organization", "title", "body", "status", "created_by", "created_at")
    readonly_fields = ("status", "created_by", "created_at")
    actions = ("close",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        """Return the tickets that the person may see, also to those who ask for another's by its address."""
        return super().get_queryset(request).filter(organization__in=organizations_with(request.user, VIEW))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the admin's index shows tickets."""
        return self._may(request, VIEW)

    def has_view_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        """Whether the person may see this ticket, or any."""
        return self._may(request, VIEW, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether there is an organization in which the person may open tickets."""
        return self._may(request, ADD)

    def has_change_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        """Whether the person may edit this ticket, or any."""
        return self._may(request, CHANGE, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        """No role can give this one, for the settings do not register it: tickets are deleted by superusers."""
        return bool(request.user.is_superuser)

    def has_close_permission(self, request: HttpRequest) -> bool:
        """Whether the action is offered; Django asks this for `permissions=["close"]`, without the rows."""
        return self._may(request, CLOSE)

    def _may(self, request: HttpRequest, permission: str, ticket: Ticket | None = None) -> bool:
        """Ask about the ticket; without one, in any organization: one query for each permission in a request."""
        if ticket is not None:
            return request.user.has_perm(permission, ticket)
        kept: dict[str, bool] = request.__dict__.setdefault("_tickets_anywhere", {})
        if permission not in kept:
            kept[permission] = organizations_with(request.user, permission).exists()
        return kept[permission]

    def get_readonly_fields(self, request: HttpRequest, obj: Ticket | None = None) -> tuple[str, ...]:
        """A ticket stays in its organization: who may edit it here need not have any right there."""
        return self.readonly_fields if obj is None else ("organization", *self.readonly_fields)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer, and accept, the organizations in which the person may open tickets."""
        if db_field.name == "organization":
            kwargs["queryset"] = organizations_with(request.user, ADD).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Ticket, form: Any, change: bool) -> None:
        """Note who opened it."""
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    @admin.action(description="Close selected tickets", permissions=["close"])
    def close(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> None:
        """Close those that the person may close, and tell of the others: each row is asked about."""
        allowed = queryset.filter(organization__in=organizations_with(request.user, CLOSE))
        left_out = queryset.count() - allowed.count()
        closed = allowed.update(status=Ticket.Status.CLOSED)
        self.message_user(request, f"Closed: {closed}.")
        if left_out:
            self.message_user(request, f"Left out, as you may not close them: {left_out}.", level="WARNING")
