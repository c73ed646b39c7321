"""The pages. Each asks the person's permissions, which come from the role in the ticket's organization."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from django_org_members.models import Organization
from django_org_members.policy import organizations_with

from .forms import NewTicketForm, TicketForm
from .models import ADD, CHANGE, CLOSE, VIEW, Ticket

PER_PAGE = 20


@login_required
def ticket_list(request: HttpRequest) -> HttpResponse:
    """Show the tickets of all organizations whose tickets the person may see, or of one of them."""
    organizations = list(organizations_with(request.user, VIEW).order_by("name"))
    slug, status = request.GET.get("organization", ""), request.GET.get("status", Ticket.Status.OPEN)
    tickets = _in(organizations, slug=slug, status=status).select_related("organization", "created_by")
    context = {
        "organizations": organizations,
        "slug": slug,
        "status": status,
        "statuses": [*Ticket.Status.choices, ("all", "All")],
        "page": Paginator(tickets, PER_PAGE).get_page(request.GET.get("page")),
        "may_add": organizations_with(request.user, ADD).exists(),
    }
    return render(request, "tickets/list.html", context)


def _in(organizations: list[Organization], *, slug: str, status: str) -> QuerySet[Ticket]:
    chosen = [each for each in organizations if slug in ("", each.slug)]
    tickets = Ticket.objects.filter(organization__in=chosen)
    return tickets.filter(status=status) if status in Ticket.Status else tickets


@login_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a ticket, and what may be done to it."""
    ticket = _visible(request, pk)
    context = {
        "ticket": ticket,
        "may_change": request.user.has_perm(CHANGE, ticket),
        "may_close": request.user.has_perm(CLOSE, ticket),
    }
    return render(request, "tickets/detail.html", context)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Open a ticket; only in organizations in which the person may, for the form knows no others."""
    if not organizations_with(request.user, ADD).exists():
        return _refused(request, "Your role does not let you open tickets.")
    form = NewTicketForm(request.user, request.POST or None)
    if form.is_valid():
        ticket = form.save()
        messages.success(request, f"Opened “{ticket}”.")
        return HttpResponseRedirect(ticket.get_absolute_url())
    return render(request, "tickets/form.html", {"form": form, "heading": "New ticket", "submit": "Open ticket"})


@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a ticket says."""
    ticket = _visible(request, pk)
    if not request.user.has_perm(CHANGE, ticket):
        return _refused(request, f"Your role in {ticket.organization} does not let you edit tickets.", ticket)
    form = TicketForm(request.POST or None, instance=ticket)
    if form.is_valid():
        form.save()
        messages.success(request, f"Saved “{ticket}”.")
        return HttpResponseRedirect(ticket.get_absolute_url())
    context = {"form": form, "ticket": ticket, "heading": "Edit ticket", "submit": "Save"}
    return render(request, "tickets/form.html", context)


@login_required
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a ticket; one that is closed already stays so."""
    ticket = _visible(request, pk)
    if not request.user.has_perm(CLOSE, ticket):
        return _refused(request, f"Your role in {ticket.organization} does not let you close tickets.", ticket)
    Ticket.objects.filter(pk=ticket.pk).update(status=Ticket.Status.CLOSED)
    messages.success(request, f"Closed “{ticket}”.")
    return HttpResponseRedirect(ticket.get_absolute_url())


def _visible(request: HttpRequest, pk: int) -> Ticket:
    """Return the ticket; one that the person may not see is as missing as one that does not exist."""
    ticket = get_object_or_404(Ticket.objects.select_related("organization", "created_by"), pk=pk)
    if not request.user.has_perm(VIEW, ticket):
        raise Http404
    return ticket


def _refused(request: HttpRequest, reason: str, ticket: Ticket | None = None) -> HttpResponse:
    context: dict[str, Any] = {"reason": reason, "ticket": ticket}
    return render(request, "tickets/refused.html", context, status=403)
