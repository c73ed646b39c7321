"""The ordinary admin, with a sign-in that asks for a token where the user has a second factor.

Not below `admin`: that package registers its pages on the site, and so must be imported after the site is made.
"""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Put `"django_org_members.sites.StaffAdminConfig"` in INSTALLED_APPS in place of `"django.contrib.admin"`."""

    default_site = "django_org_members.sites.staff.StaffAdminSite"
