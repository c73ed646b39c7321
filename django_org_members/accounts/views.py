"""Public pages of an account: a password of one's own, and setting MFA up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required, login_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import TemplateView

from ..models import Account, LoginEvent
from . import activity, mfa, passwords, reauthentication, second_factor, sessions
from .adapter import address_of
from .forms import ChangePasswordForm, ChosenPasswordForm, ConfirmIdentityForm, EnrolmentTokenForm, FirstPasswordForm
from .landing import landing_url, next_url, sign_in_url
from .mfa import enrolment
from .passwords import Secret

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


_WRONG: dict[str, StrOrPromise] = {
    "password": _("This password is not right."),
    "token": _("This code is not right. Try again, or use a backup code."),
}
_WAIT = _("Too many wrong attempts. Wait ten minutes and try again.")


@sensitive_post_parameters()
@never_cache
@login_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Set a new password. In place of a temporary one, before anything else; else the present one is asked for."""
    account = Account.objects.filter(pk=request.user.pk).first()
    is_first = account is not None and account.must_change_password
    form_class: Any = FirstPasswordForm if is_first else ChangePasswordForm
    form = form_class(request.user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        account = passwords.change(request.user, Secret(form.cleaned_data["new_password1"]))
        update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
        sessions.mark(request.session, account)
        activity.record(request.user, LoginEvent.Action.PASSWORD_CHANGED, request=request)
        return HttpResponseRedirect(next_url(request))
    context = {"form": form, "is_first": is_first, "next": next_url(request), "title": _("Change your password")}
    return render(request, "org_members/account/change_password.html", context)


@sensitive_post_parameters()
@never_cache
@login_required
def enrol_mfa(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: a QR code, a token to confirm it, then backup codes, shown once."""
    title = _("Set up multi-factor authentication")
    if not enrolment.is_offered() or mfa.is_enabled(request.user):
        context = {"title": title, "next": next_url(request), "is_enabled": mfa.is_enabled(request.user)}
        return render(request, "org_members/account/mfa_done.html", context)
    if not reauthentication.is_recent(request):  # or a session left open could make a token that confirms itself
        return HttpResponseRedirect(reauthentication.confirm_url(request.get_full_path()))
    begun = enrolment.begin(request.user, request.session)
    form = EnrolmentTokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        codes = enrolment.confirm(begun, form.cleaned_data["token"])
        if codes is not None:
            _enrolled(request, begun)
            context = {"title": _("Multi-factor authentication is on"), "codes": codes, "next": next_url(request)}
            return render(request, "org_members/account/backup_codes.html", context)
        form.add_error("token", _("This code is not right. Wait for the next one and try again."))
    context = {"form": form, "enrolment": begun, "next": next_url(request), "title": title}
    return render(request, "org_members/account/enrol_mfa.html", context)


@sensitive_post_parameters()
@never_cache
@login_required
def confirm_identity(request: HttpRequest) -> HttpResponse:
    """Ask for the password or a token again, and lead on to `next`. Signing in again serves those who have neither."""
    target, means = next_url(request), reauthentication.means(request.user)
    if request.method == "POST" and "sign_out" in request.POST:
        logout(request)
        return HttpResponseRedirect(f"{sign_in_url()}?{urlencode({'next': target}, safe='/')}")
    form = ConfirmIdentityForm(means, request.POST if request.method == "POST" and means else None)
    if form.is_valid() and _is_confirmed(request, form):
        update_session_auth_hash(request, request.user)  # type: ignore[arg-type]  # a new key for a session that may do more
        reauthentication.stamp(request.session, request.user)
        return HttpResponseRedirect(target)
    name = address_of(request.user)
    context = {"form": form, "means": means, "next": target, "signed_in_as": name, "title": _("Confirm it is you")}
    return render(request, "org_members/account/confirm_identity.html", context)


def _is_confirmed(request: HttpRequest, form: ConfirmIdentityForm) -> bool:
    """Whether one of those given is right; else each is told at its field, and recorded."""
    given = {name: Secret(value) for name, value in form.cleaned_data.items() if value}
    waiting = {name for name in given if reauthentication.has_to_wait(request.user, name)}
    if any(reauthentication.is_right(request.user, name, given[name]) for name in given if name not in waiting):
        return True
    for name in given:
        form.add_error(name, _WAIT if name in waiting else _WRONG[name])
        if name not in waiting:
            reauthentication.record_failure(request, name)
    return False


def _enrolled(request: HttpRequest, begun: enrolment.Enrolment) -> None:
    Account.objects.filter(pk=request.user.pk).update(mfa_enrolment_required=False)
    sessions.end_others(request.session, request.user)  # they gave no token
    second_factor.mark_passed(request.session, request.user)
    mfa.confirmed(request, begun.device)
    activity.record(request.user, LoginEvent.Action.MFA_ENROLLED, request=request)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class SetPasswordView(PasswordResetConfirmView):
    """Opened from an e-mail: the Owner of a new organization sets the first password. The link works once."""

    form_class = ChosenPasswordForm
    template_name = "org_members/account/set_password.html"
    success_url = reverse_lazy("org_members:password_set")
    title = _("Set your password")


@method_decorator(login_not_required, name="dispatch")
class PasswordSetView(TemplateView):
    """The password is set; sign in."""

    template_name = "org_members/account/password_set.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell where to sign in."""
        more = {"title": _("Your password is set"), "sign_in_url": sign_in_url(), "next": landing_url()}
        return super().get_context_data(**kwargs) | more
