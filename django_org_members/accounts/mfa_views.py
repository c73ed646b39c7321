"""A person's own second factors: what there is, add, remove, new backup codes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from ..models.sign_in_states import SignInState
from . import mfa, own_methods, reauthentication, second_factor
from .forms import EnrolmentTokenForm
from .landing import next_url
from .mfa import enrolment, passkeys
from .mfa.allauth import url_of

View = Callable[..., HttpResponse]


def _recently_confirmed(view: View) -> View:
    """Ask for the password or a token first: a session left open could make a second factor of its own, or remove one."""

    @sensitive_post_parameters()
    @never_cache
    @login_required
    @wraps(view)
    def asking(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return _asked_first(request) or view(request, **kwargs)

    return asking


def _asked_first(request: HttpRequest) -> HttpResponse | None:
    """Ask for a token where the sign-in asked for none, and for any proof where the last one is long ago."""
    if second_factor.is_passed(request) and reauthentication.is_recent(request):
        return None
    return HttpResponseRedirect(reauthentication.confirm_url(request.get_full_path()))


@never_cache
@login_required
def methods(request: HttpRequest) -> HttpResponse:
    """List one's own methods, with what can be done about each. No password is asked again to look at them."""
    if not second_factor.is_passed(request):
        return HttpResponseRedirect(reauthentication.confirm_url(request.get_full_path()))
    found = own_methods.of(request.user)
    context = {
        "title": _("Multi-factor authentication"),
        "methods": found,
        "has_codes": any(method.is_backup and method.key for method in found),
        "is_enabled": bool(found),
        "is_required": _is_required(request),
        "app_is_offered": enrolment.is_offered(),
        "passkey_is_offered": passkeys.is_offered(request),
        "library_url": url_of("mfa_index"),
        "next": next_url(request),
    }
    return render(request, "org_members/account/mfa.html", context)


@sensitive_post_parameters()
@never_cache
@login_required
def enrol(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: a QR code, a token to confirm it, then backup codes, shown once."""
    if not enrolment.is_offered():
        nothing = {"title": _("Set up multi-factor authentication"), "next": next_url(request)}
        return render(request, "org_members/account/mfa_not_offered.html", nothing)
    asked = _asked_first(request)
    if asked is not None:
        return asked
    had_none = not own_methods.of(request.user)
    begun = enrolment.begin(request.user, request.session)
    form = EnrolmentTokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        codes = enrolment.confirm(begun, form.cleaned_data["token"], name=form.cleaned_data["name"])
        if codes is not None:
            own_methods.added(request, begun.proof, had_none=had_none)
            return _codes(request, codes) if codes else HttpResponseRedirect(reverse("org_members:mfa"))
        form.add_error("token", _("This code is not right. Wait for the next one and try again."))
    context: dict[str, Any] = {
        "form": form,
        "enrolment": begun,
        "had_none": had_none,
        "is_awaited": had_none and _is_awaited(request),
        "passkey_is_offered": passkeys.is_offered(request),
        "next": next_url(request),
        "title": _("Set up multi-factor authentication") if had_none else _("Add an authenticator app"),
    }
    return render(request, "org_members/account/enrol_mfa.html", context)


@_recently_confirmed
def backup_codes(request: HttpRequest) -> HttpResponse:
    """Make new backup codes, by POST, and show them once. There have to be methods that they stand in for."""
    if not enrolment.is_offered() or own_methods.leaves_none(request.user, ""):
        raise Http404(_("There is nothing that backup codes could stand in for."))
    if request.method == "POST":
        return _codes(request, own_methods.new_backup_codes(request))
    context = {"title": _("New backup codes"), "next": next_url(request)}
    return render(request, "org_members/account/new_backup_codes.html", context)


@_recently_confirmed
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Remove one of one's own methods, by POST. Another person's is as missing as none."""
    found = mfa.find(request.user, key)
    if found is None:
        raise Http404(_("There is no such method."))
    method = found[1]
    is_last = method.is_confirmed and not method.is_backup and own_methods.leaves_none(request.user, key)
    is_refused = is_last and _is_required(request)
    if request.method == "POST" and not is_refused:
        own_methods.remove(request, key, keep_one=_is_required(request))
        return HttpResponseRedirect(reverse("org_members:mfa"))
    context = {"title": _("Remove a method"), "method": method, "is_last": is_last, "is_refused": is_refused}
    return render(
        request, "org_members/account/remove_method.html", context, status=403 if request.method == "POST" else 200
    )


@_recently_confirmed
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Add a passkey, which the browser makes: the page works with JavaScript only, and says so."""
    if not passkeys.is_offered(request):
        raise Http404(_("Passkeys are not offered here."))
    context = {
        "title": _("Add a passkey"),
        "config": passkeys.configuration(request),
        "next": next_url(request),
        "done_url": reverse("org_members:mfa"),
    }
    return render(request, "org_members/account/add_passkey.html", context)


def _is_required(request: HttpRequest) -> bool:
    """Whether an organization requires MFA of the user now."""
    known: SignInState | None = getattr(request, "org_members_state", None)
    return known is not None and known.mfa_is_required(timezone.now())


def _is_awaited(request: HttpRequest) -> bool:
    """Whether nothing else can be done before MFA is set up."""
    known: SignInState | None = getattr(request, "org_members_state", None)
    return known is not None and known.mfa_is_demanded(timezone.now())


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {"title": _("Your backup codes"), "codes": codes, "next": next_url(request)}
    return render(request, "org_members/account/backup_codes.html", context)
