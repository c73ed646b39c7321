"""The ordinary admin, with the package's sign-in that asks for a token where the user has a device."""

from django.contrib.admin.apps import AdminConfig


class ExampleAdminConfig(AdminConfig):
    """Replaces `django.contrib.admin` in INSTALLED_APPS."""

    default_site = "django_org_members.admin.sites.StaffAdminSite"
