"""Public pages of an account: a password of one's own, and showing again who one is."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required, login_required
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import TemplateView

from ..exceptions import PasswordChangedMeanwhile
from ..models import Account
from . import mfa, own_password, passwords, reauthentication, second_factor
from .adapter import address_of
from .confirming import confirm
from .forms import ChangePasswordForm, ChosenPasswordForm, ConfirmIdentityForm, FirstPasswordForm
from .landing import landing_url, next_url, sign_in_url
from .mfa import passkeys
from .passwords import Secret


@sensitive_post_parameters()
@never_cache
@login_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Set a new password. In place of a temporary one, before anything else; else the present one is asked for."""
    account = Account.objects.filter(pk=request.user.pk).first()
    is_first = account is not None and account.must_change_password
    form_class: Any = FirstPasswordForm if is_first else ChangePasswordForm
    form = form_class(request.user, request.POST if request.method == "POST" else None)
    if own_password.is_valid(request, form) and own_password.change(request, form):
        return HttpResponseRedirect(next_url(request))
    context = {"form": form, "is_first": is_first, "next": next_url(request), "title": _("Change your password")}
    return render(request, "org_members/account/change_password.html", context)


@sensitive_post_parameters()
@never_cache
@login_required
def confirm_identity(request: HttpRequest) -> HttpResponse:
    """Ask for the password or a token again, and lead on to `next`. Signing in again serves those who have neither."""
    gave_token, ways = second_factor.is_passed(request), mfa.ways(request.user)
    target, means = next_url(request), reauthentication.means(request.user, gave_token=gave_token)
    if request.method == "POST" and "sign_out" in request.POST:
        logout(request)
        return HttpResponseRedirect(f"{sign_in_url()}?{urlencode({'next': target}, safe='/')}")
    asks_to_send = request.method == "POST" and "send" in request.POST
    is_sent = mfa.send_token(request.user) if asks_to_send and ways.sent else None
    is_answer = request.method == "POST" and means and not asks_to_send
    form = ConfirmIdentityForm(means, request.POST if is_answer else None, sent=ways.sent)
    if form.is_valid() and confirm(request, form):
        return HttpResponseRedirect(target)
    name = address_of(request.user)
    context = {
        "form": form,
        "means": means,
        "ways": ways,
        "owes_token": not gave_token,
        "is_sent": is_sent,
        "passkey": passkeys.configuration(request) if ways.passkey else None,
        "next": target,
        "signed_in_as": name,
        "title": _("Confirm it is you"),
    }
    return render(request, "org_members/account/confirm_identity.html", context)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class SetPasswordView(PasswordResetConfirmView):
    """Opened from an e-mail: a new account's first password, or one in place of the old. The link works once.

    It ends every session and signs nobody in: a second factor, or setting one up, is asked at the sign-in that follows.
    """

    form_class = ChosenPasswordForm
    template_name = "org_members/account/set_password.html"
    success_url = reverse_lazy("org_members:password_set")
    title = _("Set your password")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say in the heading, too, that a link is over."""
        over = {} if self.validlink else {"title": _("This link does not work any more"), "form": None}
        return super().get_context_data(**kwargs) | over

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it, unless another one was set since the page was asked for: the link is dead then."""
        try:
            passwords.change(self.user, Secret(form.cleaned_data["new_password1"]))
        except PasswordChangedMeanwhile:
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        return HttpResponseRedirect(self.get_success_url())


@method_decorator(login_not_required, name="dispatch")
class PasswordSetView(TemplateView):
    """The password is set; sign in."""

    template_name = "org_members/account/password_set.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell where to sign in."""
        more = {"title": _("Your password is set"), "sign_in_url": sign_in_url(), "next": landing_url()}
        return super().get_context_data(**kwargs) | more
