"""Second factors: the adapters against the apps that are installed."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured

from ..accounts.mfa.registry import BUILT_IN
from ..conf import import_dotted, settings
from .messages import caution, error

_APP_OF = {path: app for app, path in BUILT_IN.items()}
_OTHER_APPS = ("mfa", "django_mfa", "trench", "deux", "kagi", "u2f")
"""Labels of apps of second factors that no adapter of this package knows: django-mfa2, django-trench and others."""


def adapters() -> Iterator[CheckMessage]:
    """Each adapter must be there, and so must its app."""
    for path in settings.MFA_ADAPTERS or ():
        app = _APP_OF.get(path)
        if app is not None and not apps.is_installed(app):
            hint = f'Add "{app}" to INSTALLED_APPS, or take the adapter out of MFA_ADAPTERS.'
            yield error("E013", f"MFA_ADAPTERS names {path!r}, but its app {app} is not installed.", hint)
            continue
        try:
            import_dotted(path, setting="MFA_ADAPTERS")
        except ImproperlyConfigured as problem:
            yield error("E013", str(problem), "Correct the path, or take it out of MFA_ADAPTERS.")


def unserved() -> Iterator[CheckMessage]:
    """Second factors that no adapter serves would not be asked for, and outlive Reset MFA."""
    named = settings.MFA_ADAPTERS
    left_out = [app for app, path in BUILT_IN.items() if named is not None and path not in named]
    for app in left_out:
        if apps.is_installed(app):
            hint = f'Add "{BUILT_IN[app]}" to MFA_ADAPTERS, or take {app} out of INSTALLED_APPS.'
            yield caution("W006", _unserved(app), hint)
    if named is None or set(named) <= set(_APP_OF):  # an adapter of the project's own may serve any
        installed = {config.name for config in apps.get_app_configs()}
        for app in _OTHER_APPS:
            if app in installed:
                hint = "Write an adapter, a class of a few methods, and name it in MFA_ADAPTERS."
                yield caution("W006", _unserved(app), hint)


def plugins() -> Iterator[CheckMessage]:
    """django-otp itself has no device: its plugins have."""
    if apps.is_installed("django_otp"):
        import_path = "django_otp.plugins.otp_totp"
        if not any(_is_device(model) for model in apps.get_models()):
            hint = f'Add "{import_path}" and "django_otp.plugins.otp_static" to INSTALLED_APPS.'
            yield caution("W007", "django_otp is installed without a plugin: nobody can have a second factor.", hint)


def _is_device(model: type) -> bool:
    return any(base.__module__ == "django_otp.models" and base.__name__ == "Device" for base in model.__mro__)


def _unserved(app: str) -> str:
    return f"No MFA adapter serves {app}: its second factors are not asked for, and Reset MFA leaves them."
