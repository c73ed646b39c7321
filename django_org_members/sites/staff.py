"""The ordinary admin site."""

from django.contrib.admin import AdminSite

from .sign_in import SignInMixin


class StaffAdminSite(SignInMixin, AdminSite):
    """Django's own site for staff, whose sign-in asks for a token where the user has a second factor."""
