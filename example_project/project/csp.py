"""A strict Content-Security-Policy: Django's own middleware from 6.0, a few lines for 5.2."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

try:
    from django.middleware.csp import ContentSecurityPolicyMiddleware
except ImportError:  # Django 5.2

    class ContentSecurityPolicyMiddleware:  # type: ignore[no-redef]
        """Send `settings.SECURE_CSP` with every response that has no policy of its own."""

        def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
            self.get_response = get_response
            self.policy = "; ".join(
                " ".join([directive, *sources]) for directive, sources in settings.SECURE_CSP.items()
            )

        def __call__(self, request: HttpRequest) -> HttpResponse:
            response = self.get_response(request)
            response.headers.setdefault("Content-Security-Policy", self.policy)
            return response


__all__ = ["ContentSecurityPolicyMiddleware"]
