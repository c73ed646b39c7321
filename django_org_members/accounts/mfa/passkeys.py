"""Passkeys of django-otp-webauthn, on this package's own pages: as a second factor, to confirm, and to add one.

The library's views do the work; its own addresses need not be mounted. Without the library nothing of this is offered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.i18n import JavaScriptCatalog

from ...exceptions import SignInRefused
from ...models import LoginEvent
from .. import awaiting, own_methods, reauthentication, second_factor, temporary
from ..landing import next_url
from .base import Proof

if TYPE_CHECKING:
    from ..second_factor import Pending

View = Callable[[HttpRequest], HttpResponse]

_APP = "django_otp_webauthn"
_STEPS = {
    "beginAuthenticationUrl": "begin",
    "completeAuthenticationUrl": "complete",
    "beginRegistrationUrl": "register-begin",
    "completeRegistrationUrl": "register-complete",
}


def is_offered(request: HttpRequest) -> bool:
    """Whether a signed-in person can add one: the library is installed, and django-otp's middleware runs."""
    return apps.is_installed(_APP) and hasattr(request.user, "is_verified")


def configuration(request: HttpRequest) -> dict[str, Any]:
    """Return what the library's scripts read from the page."""
    urls = {name: reverse("org_members:passkey_step", args=[step]) for name, step in _STEPS.items()}
    return {
        "autocompleteLoginFieldSelector": None,
        "nextFieldSelector": "input[name='next']",
        "csrfToken": get_token(request),
        **urls,
    }


@login_not_required
def catalog(request: HttpRequest) -> HttpResponse:
    """Serve the words of the library's scripts."""
    if not apps.is_installed(_APP):
        raise Http404
    return cast("HttpResponse", JavaScriptCatalog.as_view(packages=[_APP])(request))


@login_not_required
@never_cache
def step(request: HttpRequest, step: str) -> HttpResponse:
    """Serve one step of asking for a passkey, or of adding one, as JSON."""
    view = _views().get(step) if apps.is_installed(_APP) else None
    if view is None:
        raise Http404(_("Passkeys are not offered here."))
    return view(request)


@cache
def _views() -> dict[str, View]:
    return {**_asking(), **_adding()}


def _asking() -> dict[str, View]:
    """Return the library's views that ask for a passkey: of somebody whose password was right, or who is signed in."""
    from django_otp_webauthn import exceptions, views

    class Asking:
        request: HttpRequest

        @cached_property
        def waiting(self) -> Pending | None:
            return second_factor.pending(self.request)  # once: it may grow too old while the passkey is checked

        def get_user(self) -> Any:
            return _asked(self.request, self.waiting)

        def check_can_authenticate(self) -> None:
            if self.get_user() is None:  # never of just anybody, as the library would
                raise exceptions.PasswordlessLoginDisabled

    class Begin(Asking, views.BeginCredentialAuthenticationView):  # type: ignore[misc]
        pass

    class Complete(Asking, views.CompleteCredentialAuthenticationView):  # type: ignore[misc]
        def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
            with _told(self.request, self.get_user()):
                response: HttpResponse = super().post(*args, **kwargs)
            return response

        def complete_auth(self, device: Any) -> None:
            _answered(self.request, self.waiting, _proof(device))

        def get_success_url(self) -> str:
            return self.waiting.next_url if self.waiting is not None else next_url(self.request)

    return {"begin": Begin.as_view(), "complete": Complete.as_view()}


@contextmanager
def _told(request: HttpRequest, user: Any) -> Iterator[None]:
    """Record a passkey that is wrong; a sign-in that is turned away at its end is told in words."""
    from django_otp_webauthn import exceptions

    try:
        yield
    except SignInRefused as refused:
        raise exceptions.NotVerified(detail=temporary.why(refused)) from None
    except exceptions.OTPWebAuthnApiError:
        awaiting.failed(request, user, LoginEvent.Reason.MFA_CODE_WRONG)
        raise


def _asked(request: HttpRequest, waiting: Pending | None) -> Any:
    """Return whom a passkey is asked of: whose password was right just now, or who is signed in."""
    if waiting is not None:
        return waiting.user
    return request.user if request.user.is_authenticated else None


def _answered(request: HttpRequest, waiting: Pending | None, proof: Proof) -> None:
    """Finish the sign-in, or note that the person has shown again who they are."""
    if waiting is not None:
        second_factor.complete(request, waiting, proof)
        return
    reauthentication.confirmed(request)
    second_factor.prove(request, proof)


def _adding() -> dict[str, View]:
    """Return the library's views that add a passkey: for somebody who showed just now who they are."""
    from django_otp_webauthn import exceptions, views

    class Adding:
        request: HttpRequest

        def check_can_register(self) -> None:
            if not second_factor.is_passed(self.request) or not reauthentication.is_recent(self.request):
                raise exceptions.NotVerified(detail=_("Confirm first that it is you: load the page again."))

    class Begin(Adding, views.BeginCredentialRegistrationView):  # type: ignore[misc]
        pass

    class Complete(Adding, views.CompleteCredentialRegistrationView):  # type: ignore[misc]
        def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
            had_none = not own_methods.of(self.request.user)
            response: HttpResponse = super().post(*args, **kwargs)
            device = views.WebAuthnCredential.objects.get(pk=json.loads(response.content)["id"])
            own_methods.added(self.request, _proof(device), had_none=had_none)
            return response

    return {"register-begin": Begin.as_view(), "register-complete": Complete.as_view()}


def _proof(device: Any) -> Proof:
    from .django_otp import DjangoOTPAdapter

    return Proof(DjangoOTPAdapter(), device)
