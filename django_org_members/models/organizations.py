"""Organizations and their one Owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .schedules import ZONE_LENGTH, validate_zone

DEFAULT_MFA_GRACE = timedelta(days=7)
COUNTERS = ("member_count", "active_member_count")


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Organizations."""

    def locked(self, pk: Any) -> Organization:
        """Lock one: the first lock of everything that changes its people. Must be called in a transaction.

        Not its key, where the database knows the difference: rows that refer to it can be added meanwhile.
        """
        no_key = connections[self.db].features.has_select_for_no_key_update
        return self.select_for_update(no_key=no_key).get(pk=pk)


class Organization(models.Model):  # type: ignore[django-manager-missing]  # guardian has no types
    """A customer's organization: the people in it, their roles and their invitations.

    Saving a new one makes its Owner's membership too, so an organization never lacks its Owner. The two counters are
    kept by database triggers (see `triggers`), exact also after raw SQL and bulk operations; nothing else writes them.
    """

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(
        _("slug"),
        max_length=80,
        unique=True,
        help_text=_("Short name for addresses: letters, digits and hyphens."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        related_name="owned_organizations",
        editable=False,
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    mfa_required_since = models.DateTimeField(
        _("MFA required since"),
        null=True,
        editable=False,
        help_text=_("When the organization began to require MFA of its members; empty if it does not."),
    )
    mfa_grace = models.DurationField(
        _("grace period"),
        default=DEFAULT_MFA_GRACE,
        editable=False,
        help_text=_("How long each member has to set MFA up: from that time, or from joining."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=ZONE_LENGTH,
        blank=True,
        editable=False,
        validators=[validate_zone],
        help_text=_("In which its closures are days; empty: the project's own."),
    )
    default_schedule = models.ForeignKey(
        "org_members.Schedule",
        verbose_name=_("default schedule"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        editable=False,
        help_text=_("The working hours of members without a schedule of their own."),
    )
    member_count = models.PositiveIntegerField(_("members"), default=0, editable=False)
    active_member_count = models.PositiveIntegerField(_("active members"), default=0, editable=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ("name", "pk")
        permissions = (
            ("view_members", _("See the organization's members")),
            ("invite_member", _("Invite people by e-mail and manage pending invitations")),
            ("create_member", _("Create accounts and add people directly")),
            ("edit_member_profile", _("Edit members' name, e-mail and phone")),
            ("set_member_role", _("Change members' roles")),
            ("disable_member", _("Disable and enable members' access")),
            ("remove_member", _("Remove members")),
            ("reset_member_mfa", _("Reset members' multi-factor authentication")),
            ("reset_member_password", _("Reset members' passwords")),
            ("sign_out_member", _("Sign members out everywhere")),
            ("view_member_activity", _("See members' sign-in activity")),
            ("view_roles", _("See the roles and what each lets people do")),
            ("manage_roles", _("Create, edit and delete custom roles")),
            ("view_audit_log", _("Read and export the audit log")),
            ("manage_security", _("Set what signing in requires of the members")),
            ("manage_availability", _("Edit working hours, time off and on-call rotations")),
            ("manage_billing", _("Manage the subscription and its seats")),
            ("transfer_ownership", _("Transfer the ownership of the organization")),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its closures are days."""
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a new organization gets its Owner's membership in the same transaction.

        The counters are never saved: what this object holds of them may be old.
        """
        is_new = self._state.adding
        if (
            not is_new
            and self.pk is not None
            and kwargs.get("update_fields") is None
            and not kwargs.get("force_insert")
        ):
            kwargs["update_fields"] = self._columns_to_save()
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)
            if is_new:
                self._add_owner()

    def _columns_to_save(self) -> set[str]:
        left_out = {*COUNTERS, *self.get_deferred_fields()}
        fields = self._meta.concrete_fields
        return {field.name for field in fields if not field.primary_key and field.attname not in left_out}

    def _add_owner(self) -> None:
        from .memberships import Membership
        from .roles import Role

        Membership.objects.using(self._state.db).get_or_create(
            organization=self,
            user_id=self.owner_id,
            defaults={"role": Role.objects.using(self._state.db).owner()},
        )
        self.refresh_from_db(fields=COUNTERS)
