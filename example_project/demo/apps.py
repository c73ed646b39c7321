"""The demo app."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Seeds and serves the example project."""

    name = "demo"
    default_auto_field = "django.db.models.BigAutoField"
