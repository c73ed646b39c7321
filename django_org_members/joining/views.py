"""The public page of an invitation: what it shows depends on who is looking."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required, login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from ..accounts import activity, signin
from ..accounts.adapter import address_of, get_adapter
from ..accounts.forms import PasswordForm, SetUpAccountForm
from ..accounts.landing import landing_url, managers_url, sign_in_url
from ..accounts.passwords import Secret
from ..exceptions import InvitationUnusable, Refused
from ..form_errors import add_errors
from ..models import Invitation, LoginEvent, Membership, Organization
from ..policy import backend, managed_organizations
from . import accepting
from .inviting import look_up

_GONE = {
    "unknown": _("This invitation does not exist. Check that the link is complete."),
    "accepted": _("This invitation has been accepted already."),
    "revoked": _("This invitation was withdrawn. Ask the person who invited you for a new one."),
    "expired": _("This invitation has expired. Ask the person who invited you for a new one."),
}


@login_not_required
@sensitive_post_parameters()
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let the invited person join; GET changes nothing. The address in it is a secret: no Referer leaves the site."""
    try:
        invited = look_up(token)
        response = _answer(request, invited, token)
    except InvitationUnusable as unusable:
        context = {"title": _("Invitation"), "message": _GONE[unusable.reason], "next": landing_url()}
        status = 404 if unusable.reason == "unknown" else 410
        response = render(request, "org_members/account/invitation_gone.html", context, status=status)
    # Not "no-referrer": browsers then post forms without an Origin, which the check against forgery refuses.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _answer(request: HttpRequest, invited: Invitation, token: str) -> HttpResponse:
    if request.user.is_authenticated:
        return _as_user(request, invited, token)
    users = get_adapter().find_by_email(invited.email)
    if not users:
        return _as_new(request, invited, token)
    if len(users) == 1 and signin.was_ended_by_us(users[0]):
        return _by_password(request, invited, token, users[0])
    sign_in = f"{sign_in_url()}?{urlencode({'next': request.get_full_path()}, safe='/')}"
    return _page(request, invited, "sign_in", sign_in_url=sign_in)


def _as_user(request: HttpRequest, invited: Invitation, token: str) -> HttpResponse:
    """Signed in: as the invited person, or as somebody else, who does not learn the address."""
    if not accepting.is_for(invited, request.user):
        if request.method == "POST" and "sign_out" in request.POST:
            logout(request)
            return HttpResponseRedirect(request.get_full_path())
        name = address_of(request.user)
        return _page(request, invited, "somebody_else", status=403, signed_in_as=name)
    if request.method == "POST":
        return _joined(accepting.accept(token, user=request.user))
    return _page(request, invited, "join")


def _as_new(request: HttpRequest, invited: Invitation, token: str) -> HttpResponse:
    """A new address: set the account up."""
    form = SetUpAccountForm(invited.email, request.POST if request.method == "POST" else None)
    if form.is_valid():
        name, password = form.cleaned_data["full_name"], Secret(form.cleaned_data["new_password1"])
        try:
            member = accepting.accept_as_new(token, full_name=name, password=password)
        except ValidationError as error:
            add_errors(form, error)
        except Refused:  # an account was made meanwhile
            return HttpResponseRedirect(request.get_full_path())
        else:
            login(request, member.user, backend=backend.path())
            return _joined(member)
    return _page(request, invited, "set_up", form=form)


def _by_password(request: HttpRequest, invited: Invitation, token: str, user: Any) -> HttpResponse:
    """An account whose sign-in was ended: its password shows that it is the same person."""
    if not user.has_usable_password():
        return _page(request, invited, "without_password")
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        wrong = LoginEvent.Reason.WRONG_PASSWORD
        if activity.has_to_wait(user, wrong):
            form.add_error("password", _("Too many wrong passwords. Wait ten minutes and try again."))
        else:
            try:
                accepting.accept_by_password(token, password=Secret(form.cleaned_data["password"]))
                return HttpResponseRedirect(f"{sign_in_url()}?{urlencode({'next': landing_url()}, safe='/')}")
            except Refused as refusal:
                code = refusal.verdict.code
                reason = LoginEvent.Reason(code) if code in LoginEvent.Reason.values else wrong
                activity.record(user, LoginEvent.Action.SIGN_IN_FAILED, request=request, reason=reason)
                form.add_error("password", refusal.verdict.reason)
    return _page(request, invited, "by_password", form=form)


@login_required
def joined(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Welcome a new member, and lead on: managers to their organization."""
    wanted = Organization.objects.filter(pk=organization_id)  # a number that fits no column finds nothing
    members = Membership.objects.select_related("organization", "role")
    member = members.filter(organization__in=wanted, user=request.user.pk).first()
    if member is None:
        raise Http404
    manages = managed_organizations(request.user, as_member=True).filter(pk=organization_id).exists()
    next_url = (managers_url(organization_id) if manages else None) or landing_url()
    context = {"title": _("Welcome"), "member": member, "manages": manages, "next": next_url}
    return render(request, "org_members/account/joined.html", context)


def _joined(member: Membership) -> HttpResponse:
    return HttpResponseRedirect(reverse("org_members:joined", args=[member.organization_id]))


def _page(request: HttpRequest, invited: Invitation, state: str, status: int = 200, **more: Any) -> HttpResponse:
    context = {"title": _("Invitation"), "invitation": invited, "organization": invited.organization, **more}
    return render(request, f"org_members/account/invitation_{state}.html", context, status=status)
