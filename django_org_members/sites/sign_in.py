"""Signing in to an admin site: the password, then a token for those who have a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from ..accounts import mfa, own_password, second_factor, temporary
from ..accounts.forms import SitePasswordForm, StaffAuthenticationForm, TokenForm
from ..accounts.mfa import passkeys
from ..exceptions import SignInRefused

_EXEMPT = (never_cache, login_not_required)


class PasswordStep(LoginView):
    """Django's own sign-in, which stops half-way for those who have a second factor."""

    token_url = ""
    redirect_authenticated_user = False

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, or go on to the token."""
        next_url = self.get_success_url()
        try:
            is_signed_in = second_factor.sign_in(self.request, form.get_user(), next_url=next_url)
        except SignInRefused as refused:
            form.add_error(None, temporary.why(refused))
            return self.form_invalid(form)
        return HttpResponseRedirect(next_url if is_signed_in else self.token_url)


class PasswordChange(PasswordChangeView):
    """Django's own page in an admin site, doing what the package's page does."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check the form as the package's page does."""
        form = self.get_form()
        return self.form_valid(form) if own_password.is_valid(request, form) else self.form_invalid(form)

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it, end the other sessions, record and tell."""
        if not own_password.change(self.request, form):
            return self.form_invalid(form)
        return HttpResponseRedirect(self.get_success_url())


class SignInMixin(AdminSite if TYPE_CHECKING else object):  # type: ignore[misc]
    """For admin sites: asks for a token when, and only when, the user has a method of MFA."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the site lets the user in, and a token was given if one is needed, on whichever sign-in page."""
        return super().has_permission(request) and second_factor.is_passed(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the page that asks for the token."""
        return [path("login/token/", self.login_token, name="login_token"), *super().get_urls()]

    @method_decorator(_EXEMPT)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Ask for name and password, and go on to the token where there is a second factor."""
        next_url = LoginView(request=request).get_redirect_url() or self._url("index")
        if request.method == "GET" and request.user.is_authenticated:
            if self.has_permission(request):
                return HttpResponseRedirect(next_url)
            if not second_factor.is_passed(request):
                second_factor.ask_again(request, next_url=next_url)
                return HttpResponseRedirect(self._url("login_token"))
        context = {
            **self._context(request, _("Log in")),
            "username": request.user.get_username(),
            REDIRECT_FIELD_NAME: next_url,
            **(extra_context or {}),
        }
        view = PasswordStep.as_view(
            extra_context=context,
            authentication_form=self.login_form or StaffAuthenticationForm,
            template_name=self.login_template or "admin/login.html",
            token_url=self._url("login_token"),
            next_page=self._url("index"),
        )
        return cast("HttpResponse", view(request))

    @method_decorator((*_EXEMPT, csrf_protect, sensitive_post_parameters()))
    def login_token(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for the token of a sign-in whose password was right."""
        waiting = second_factor.pending(request)
        is_leaving = request.method == "POST" and "sign_out" in request.POST
        if is_leaving:
            logout(request)
        if is_leaving or waiting is None:
            return HttpResponseRedirect(self._url("login"))
        ways = mfa.ways(waiting.user)
        asks_to_send = request.method == "POST" and "send" in request.POST
        is_sent = mfa.send_token(waiting.user) if asks_to_send and ways.sent else None
        form = TokenForm(request.POST if request.method == "POST" and not asks_to_send else None, sent=ways.sent)
        if ways.token and form.is_valid():
            if second_factor.has_to_wait(request, waiting):
                form.add_error("token", _("Too many wrong codes. Wait ten minutes and try again."))
            elif self._finish(request, waiting, form):
                return HttpResponseRedirect(waiting.next_url)
        context = self._context(request, _("Enter a token") if ways.token else _("Second step"))
        context |= {
            "form": form,
            "ways": ways,
            "is_sent": is_sent,
            "passkey": passkeys.configuration(request) if ways.passkey else None,
            "waiting_name": waiting.user.get_username(),
            "login_url": self._url("login"),
            "next": waiting.next_url,
        }
        return TemplateResponse(request, "org_members/settings/token.html", context)

    def _finish(self, request: HttpRequest, waiting: second_factor.Pending, form: TokenForm) -> bool:
        try:
            is_right = second_factor.finish(request, waiting, form.cleaned_data["token"])
        except SignInRefused as refused:
            form.add_error("token", temporary.why(refused))
            return False
        if not is_right:
            form.add_error("token", _("This code is not right. Try again, or use a backup code."))
        return is_right

    @method_decorator(sensitive_post_parameters())
    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Change one's own password, as on the package's page."""
        view = PasswordChange.as_view(
            form_class=getattr(self, "password_change_form", None) or SitePasswordForm,  # Django 6.1 on
            template_name=self.password_change_template or "registration/password_change_form.html",
            success_url=self._url("password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        request.current_app = self.name
        return cast("TemplateResponse", view(request))

    def _context(self, request: HttpRequest, title: Any) -> dict[str, Any]:
        request.current_app = self.name
        more = {"title": title, "subtitle": None, "app_path": request.get_full_path()}
        return {**self.each_context(request), **more}

    def _url(self, name: str) -> str:
        return reverse(f"{self.name}:{name}")
