"""Platform staff: a superuser, and one who looks after a single customer with permissions granted by django-guardian."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import Permission
from guardian.shortcuts import assign_perm

from django_org_members.models import Organization, OrganizationUserGrant

from .cast import STAFF, SUPPORT
from .people import get_or_create_user

GRANTED = ("view_members", "view_member_activity", "edit_member_profile", "disable_member", "reset_member_mfa")


def add_superuser(*, now: datetime) -> None:
    """Make the platform's superuser."""
    get_or_create_user(STAFF, since=now - timedelta(days=900), is_staff=True, is_superuser=True)


def add_support(organization: Organization, *, now: datetime) -> None:
    """Make a staff user who is no member anywhere and may do a few things in this one organization."""
    user = get_or_create_user(SUPPORT, since=now - timedelta(days=400), is_staff=True)
    for codename in GRANTED:
        assign_perm(f"org_members.{codename}", user, organization)
    # `assign_perm` gives an organization's own permissions only, so this grant is written as it is stored.
    see = Permission.objects.get(content_type__app_label="tickets", codename="view_ticket")
    grant = OrganizationUserGrant(user=user, content_object=organization, permission=see)
    OrganizationUserGrant.objects.bulk_create([grant], ignore_conflicts=True)
