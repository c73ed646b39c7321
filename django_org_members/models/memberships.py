"""Memberships: one user in one organization."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .text import folded, is_storable, search_words

if TYPE_CHECKING:
    from .organizations import Organization


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships; the narrowing and the plain state changes that several callers need."""

    def active(self) -> MembershipQuerySet:
        """Those whose access is not disabled."""
        return self.filter(is_active=True)

    def disabled(self) -> MembershipQuerySet:
        """Those whose access is disabled."""
        return self.filter(is_active=False)

    def matching(self, words: str) -> MembershipQuerySet:
        """Those whose name or e-mail contains every one of the words, whatever the case; the first `MOST_WORDS` count.

        Nobody, where a database could not store the words: PostgreSQL refuses even to be asked.
        """
        if not is_storable(words):
            return self.none()
        matched = self
        for word in search_words(words):
            matched = matched.filter(search_text__contains=word)
        return matched

    def disable(self, *, at: datetime, by: models.Model | None) -> int:
        """Mark as disabled; returns how many rows changed."""
        return self.filter(is_active=True).update(is_active=False, disabled_at=at, disabled_by=by)

    def enable(self) -> int:
        """Mark as active again; returns how many rows changed."""
        return self.filter(is_active=False).update(is_active=True, disabled_at=None, disabled_by=None)


class Membership(models.Model):
    """A member: one user in one organization, with one role.

    `display_name` and `email` are copies of the user's, and `sort_name` and `search_text` their folded forms: lists
    of a million members order and search on this one table. Signals keep them true; `repair_members` mends what
    `.update()` or raw SQL on the user changed.
    """

    NAME_LENGTH = 255
    EMAIL_LENGTH = 254

    organization = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="memberships",
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.ForeignKey(
        "org_members.Role", verbose_name=_("role"), on_delete=models.RESTRICT, related_name="memberships"
    )
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    is_active = models.BooleanField(_("active"), default=True, editable=False)
    disabled_at = models.DateTimeField(_("disabled at"), null=True, editable=False)
    disabled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("disabled by"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        editable=False,
    )
    schedule = models.ForeignKey(
        "org_members.Schedule",
        verbose_name=_("schedule"),
        on_delete=models.SET_NULL,
        related_name="members",
        null=True,
        editable=False,
        help_text=_("The member's own working hours; empty: the organization's default."),
    )
    mfa_exempt_until = models.DateTimeField(
        _("exempt from MFA until"),
        null=True,
        editable=False,
        help_text=_("Until then the member need not set MFA up, where the organization requires it."),
    )
    display_name = models.CharField(_("name"), max_length=NAME_LENGTH, blank=True, editable=False)
    email = models.CharField(_("email"), max_length=EMAIL_LENGTH, blank=True, editable=False)
    sort_name = models.CharField(max_length=NAME_LENGTH, blank=True, editable=False)
    search_text = models.CharField(max_length=NAME_LENGTH + EMAIL_LENGTH + 1, blank=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = (
            models.UniqueConstraint(fields=("organization", "user"), name="org_members_one_membership"),
            models.CheckConstraint(
                condition=Q(is_active=True, disabled_at=None) | Q(is_active=False, disabled_at__isnull=False),
                name="org_members_disabled_since",
            ),
        )
        # Each order of the members list has its index. `is_active` is the last column of those that do not begin
        # with it: a list that the toggle narrows then walks the index alone, without visiting the rows it skips.
        indexes = (
            models.Index(fields=("organization", "sort_name", "id", "is_active"), name="org_members_by_name"),
            models.Index(fields=("organization", "role", "sort_name", "id", "is_active"), name="org_members_by_role"),
            models.Index(fields=("organization", "-is_active", "sort_name", "id"), name="org_members_by_status"),
            models.Index(fields=("organization", "joined_at", "id", "is_active"), name="org_members_by_joined"),
            models.Index(fields=("organization", "id"), name="org_members_in_batches"),
            models.Index(fields=("organization", "schedule", "sort_name", "id"), name="org_members_by_schedule"),
            models.Index(fields=("organization", "email"), name="org_members_by_email"),
        )

    def __str__(self) -> str:
        return self.display_name or self.email or str(self.user_id)

    @property
    def is_disabled(self) -> bool:
        """Whether an Owner or Admin ended this member's access."""
        return not self.is_active

    def mfa_due_at(self, organization: Organization) -> datetime | None:
        """Return from when on the organization, which is the member's, requires MFA of this member; None if it does not.

        The same as `sign_in_states` computes in SQL, of one membership.
        """
        if organization.mfa_required_since is None:
            return None
        after_grace = max(organization.mfa_required_since, self.joined_at) + organization.mfa_grace
        return max(after_grace, self.mfa_exempt_until or after_grace)

    def copy_profile(self, *, display_name: str, email: str) -> bool:
        """Take over the user's name and e-mail, capped to the columns; returns whether anything changed."""
        before = (self.display_name, self.email, self.sort_name, self.search_text)
        self.display_name = display_name[: self.NAME_LENGTH]
        self.email = email[: self.EMAIL_LENGTH]
        self.sort_name = folded(self.display_name or self.email)[: self.NAME_LENGTH]
        self.search_text = f"{folded(self.display_name)} {folded(self.email)}"[
            : self.NAME_LENGTH + self.EMAIL_LENGTH + 1
        ]
        return before != (self.display_name, self.email, self.sort_name, self.search_text)
