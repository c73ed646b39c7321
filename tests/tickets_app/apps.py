from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tests.tickets_app"
    label = "tickets_app"
    default_auto_field = "django.db.models.BigAutoField"
