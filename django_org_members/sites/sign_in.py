"""Signing in to an admin site: the password, then a token for those who have a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from ..accounts import second_factor
from ..accounts.forms import TokenForm

_EXEMPT = (never_cache, login_not_required)


class PasswordStep(LoginView):
    """Django's own sign-in, which stops half-way for those who have a second factor."""

    token_url = ""
    redirect_authenticated_user = False

    def form_valid(self, form: AuthenticationForm) -> HttpResponseRedirect:
        """Sign in, or go on to the token."""
        next_url = self.get_success_url()
        is_signed_in = second_factor.sign_in(self.request, form.get_user(), next_url=next_url)
        return HttpResponseRedirect(next_url if is_signed_in else self.token_url)


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
            authentication_form=self.login_form or AdminAuthenticationForm,
            template_name=self.login_template or "admin/login.html",
            token_url=self._url("login_token"),
            next_page=self._url("index"),
        )
        return cast("HttpResponse", view(request))

    @method_decorator((*_EXEMPT, csrf_protect, sensitive_post_parameters()))
    def login_token(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for the token of a sign-in whose password was right."""
        waiting = second_factor.pending(request)
        if waiting is None:
            return HttpResponseRedirect(self._url("login"))
        form = TokenForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            if second_factor.has_to_wait(waiting):
                form.add_error("token", _("Too many wrong codes. Wait ten minutes and try again."))
            elif second_factor.finish(request, waiting, form.cleaned_data["token"]):
                return HttpResponseRedirect(waiting.next_url)
            else:
                form.add_error("token", _("This code is not right. Try again, or use a backup code."))
        context = self._context(request, _("Enter your token"))
        context |= {"form": form, "waiting_name": waiting.user.get_username(), "login_url": self._url("login")}
        return TemplateResponse(request, "org_members/settings/token.html", context)

    def _context(self, request: HttpRequest, title: Any) -> dict[str, Any]:
        request.current_app = self.name
        more = {"title": title, "subtitle": None, "app_path": request.get_full_path()}
        return {**self.each_context(request), **more}

    def _url(self, name: str) -> str:
        return reverse(f"{self.name}:{name}")
