"""A project with the strictest policy that pages of one origin can have: Django's own middleware, a few lines on 5.2."""

import django

from .base import *
from .base import MIDDLEWARE

SECURE_CSP = {
    "default-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
_DJANGOS, _OURS = "django.middleware.csp.ContentSecurityPolicyMiddleware", "tests.browser.policy.StrictPolicyMiddleware"
MIDDLEWARE = [_DJANGOS if django.VERSION >= (6, 0) else _OURS, *MIDDLEWARE]
