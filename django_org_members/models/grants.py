"""Permissions granted on one organization to a user or a group, as django-guardian stores them.

Foreign keys to the organization instead of guardian's generic ones: a deleted organization takes its grants along, and
one join answers. guardian's `assign_perm`, `remove_perm` and `get_objects_for_user` find these tables by themselves.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase


class OrganizationUserGrant(UserObjectPermissionBase):
    """One permission on one organization, for one user."""

    content_object = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="user_grants",
    )

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = _("user grant")
        verbose_name_plural = _("user grants")


class OrganizationGroupGrant(GroupObjectPermissionBase):
    """One permission on one organization, for the members of one group."""

    content_object = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="group_grants",
    )

    class Meta(GroupObjectPermissionBase.Meta):
        verbose_name = _("group grant")
        verbose_name_plural = _("group grants")
