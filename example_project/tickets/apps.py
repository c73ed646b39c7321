"""The tickets app."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Tickets of organizations."""

    name = "tickets"
    default_auto_field = "django.db.models.BigAutoField"
