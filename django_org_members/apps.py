"""Wires the package into a project: receivers, system checks and database triggers."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class OrgMembersConfig(AppConfig):
    """The app `org_members`."""

    name = "django_org_members"
    label = "org_members"
    verbose_name = _("Org Settings")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect everything, once the models are there."""
        from . import actions, checks  # noqa: F401  # they register
        from .accounts import receivers
        from .audit import receivers as audit_receivers
        from .availability import receivers as availability_receivers
        from .billing import receivers as billing_receivers
        from .models import setup
        from .notifications import account_receivers

        receivers.connect()
        account_receivers.connect()
        audit_receivers.connect()
        availability_receivers.connect()
        billing_receivers.connect()

        pre_migrate.connect(setup.before_migrate, sender=self, dispatch_uid="org_members.before_migrate")
        post_migrate.connect(setup.after_migrate, sender=self, dispatch_uid="org_members.after_migrate")
