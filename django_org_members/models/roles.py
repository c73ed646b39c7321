"""Roles: a named set of permissions that a member holds in one organization."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import Q
from django.db.models.deletion import Collector
from django.utils.translation import gettext_lazy as _


def cascade(collector: Collector, field: Any, sub_objs: Any, using: str) -> None:
    """`on_delete` CASCADE that never sets NULL first.

    Django does so for a nullable key where the database checks constraints at once (MariaDB), and for a moment the
    role would be neither built in nor anybody's.
    """
    collector.collect(
        sub_objs,
        source=field.remote_field.model,
        source_attr=field.name,
        nullable=False,
        fail_on_restricted=False,
    )


class RoleQuerySet(models.QuerySet["Role"]):
    """Roles, and the built-in ones by name."""

    def of(self, organization_id: int) -> RoleQuerySet:
        """The roles that members of an organization can have: the built-in ones first, then its own as they were made."""
        return self.filter(Q(organization=None) | Q(organization=organization_id)).order_by("pk")

    def owner(self) -> Role:
        """The built-in role Owner."""
        return self.get(key=Role.Key.OWNER)

    def admin(self) -> Role:
        """The built-in role Admin."""
        return self.get(key=Role.Key.ADMIN)

    def member(self) -> Role:
        """The built-in role Member."""
        return self.get(key=Role.Key.MEMBER)


class Role(models.Model):
    """A built-in role (no organization, a `key`, a fixed permission set) or one organization's custom role."""

    class Key(models.TextChoices):
        OWNER = "owner", _("Owner")
        ADMIN = "admin", _("Admin")
        MEMBER = "member", _("Member")

    class Color(models.TextChoices):
        """Names of a palette whose contrast is right in light and dark; pages turn them into CSS classes."""

        GRAY = "gray", _("Gray")
        RED = "red", _("Red")
        ORANGE = "orange", _("Orange")
        AMBER = "amber", _("Amber")
        GREEN = "green", _("Green")
        TEAL = "teal", _("Teal")
        BLUE = "blue", _("Blue")
        INDIGO = "indigo", _("Indigo")
        VIOLET = "violet", _("Violet")
        PINK = "pink", _("Pink")

    organization = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=cascade,
        related_name="roles",
        null=True,
        blank=True,
        editable=False,
    )
    key = models.CharField(
        _("key"), max_length=10, choices=Key.choices, unique=True, null=True, blank=True, editable=False
    )
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=255, blank=True)
    color = models.CharField(_("color"), max_length=10, choices=Color.choices, default=Color.GRAY)
    permissions = models.ManyToManyField(
        Permission, verbose_name=_("permissions"), blank=True, related_name="organization_roles"
    )

    objects = RoleQuerySet.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("organization", "name"), name="org_members_role_name"),
            models.CheckConstraint(
                condition=Q(organization=None, key__isnull=False) | Q(organization__isnull=False, key=None),
                name="org_members_role_builtin_or_custom",
            ),
        )

    def __str__(self) -> str:
        return str(self.label)

    @property
    def label(self) -> str:
        """The role's name for people: translated for the built-in ones."""
        return str(Role.Key(self.key).label) if self.key else self.name

    @property
    def is_owner(self) -> bool:
        """Whether this is the built-in role Owner."""
        return self.key == Role.Key.OWNER

    @property
    def words(self) -> str:
        """What the role is for: its description, translated for the built-in ones."""
        return str(_BUILT_IN_WORDS[self.key]) if self.key else self.description


_BUILT_IN_WORDS = {
    Role.Key.OWNER.value: _("Holds every permission, and the organization itself."),
    Role.Key.ADMIN.value: _("Manages the people of the organization."),
    Role.Key.MEMBER.value: _("Belongs to the organization and manages nobody."),
}
