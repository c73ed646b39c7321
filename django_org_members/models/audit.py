"""The audit trail: who did what to whom."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Contains
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .text import folded, search_words

NAME_LENGTH, EMAIL_LENGTH = 255, 254
_TRIGRAM = re.compile(r"\w{3}")
ALL_ORGANIZATIONS = -1
"""The `organization_id` of an event that concerns all organizations: one row for a million of them. No organization
has this number, and not zero: MySQL takes none for a key."""


class AppendOnly(TypeError):
    """Someone tried to change or delete an audit event."""


def _contains(word: str) -> Any:
    """Return the condition. A trigram index finds no word without three letters, and PostgreSQL would go through all of it."""
    if _TRIGRAM.search(word):
        return Q(search_text__contains=word)
    return Contains(Coalesce("search_text", Value(""), output_field=models.TextField()), word)


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    """Events can be added and read; nothing else."""

    def matching(self, words: str) -> AuditQuerySet:
        """Those with every one of the words in a name or an address, of who did it or to whom; whatever the case."""
        matched = self
        for word in search_words(words):
            matched = matched.filter(_contains(word))
        return matched

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnly("Audit events are append-only.")

    def delete(self) -> NoReturn:
        """Refused."""
        raise AppendOnly("Audit events are append-only.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnly("Audit events are append-only.")


class AuditEvent(models.Model):
    """One thing done to one member, invitation, role or organization, with a snapshot of who was meant.

    The links have no database constraint and are never nulled: deleting an account or an organization leaves its
    trail as it was written. Never holds a secret. A trigger refuses updates and deletions by raw SQL, too.
    """

    class Verb(models.TextChoices):
        ORGANIZATION_CREATED = "organization_created", _("Organization created")
        ORGANIZATION_CHANGED = "organization_changed", _("Organization edited")
        ORGANIZATION_DELETED = "organization_deleted", _("Organization deleted")
        MEMBER_CREATED = "member_created", _("User created")
        MEMBER_ADDED = "member_added", _("Existing user added")
        MEMBER_JOINED = "member_joined", _("Invitation accepted")
        MEMBER_DISABLED = "member_disabled", _("Access disabled")
        MEMBER_ENABLED = "member_enabled", _("Access enabled")
        MEMBER_REMOVED = "member_removed", _("Member removed")
        ACCOUNT_DELETED = "account_deleted", _("Account deleted")
        OWNERSHIP_TRANSFERRED = "ownership_transferred", _("Ownership transferred")
        ROLE_CHANGED = "role_changed", _("Role changed")
        PROFILE_CHANGED = "profile_changed", _("Profile edited")
        MFA_RESET = "mfa_reset", _("MFA reset")
        PASSWORD_RESET = "password_reset", _("Password reset")
        RESET_LINK_SENT = "reset_link_sent", _("Reset link sent")
        SESSION_ENDED = "session_ended", _("One session ended")
        SESSIONS_ENDED = "sessions_ended", _("Signed out everywhere")
        SECURITY_CHANGED = "security_changed", _("Rules of signing in changed")
        MFA_EXEMPTION_CHANGED = "mfa_exemption_changed", _("Exemption from MFA changed")
        MFA_REMINDED = "mfa_reminded", _("Reminded to set MFA up")
        INVITATION_SENT = "invitation_sent", _("Invitation sent")
        INVITATION_RESENT = "invitation_resent", _("Invitation sent again")
        INVITATION_LINK_COPIED = "invitation_link_copied", _("Invitation link shown")
        INVITATION_REVOKED = "invitation_revoked", _("Invitation revoked")
        INVITATION_ROLE_CHANGED = "invitation_role_changed", _("Role of an invitation changed")
        ROLE_CREATED = "role_created", _("Role created")
        ROLE_EDITED = "role_edited", _("Role edited")
        ROLE_DELETED = "role_deleted", _("Role deleted")
        ACCESS_GRANTED = "access_granted", _("Permissions granted")
        ACCESS_REVOKED = "access_revoked", _("Permissions taken back")
        SCHEDULE_CREATED = "schedule_created", _("Schedule created")
        SCHEDULE_EDITED = "schedule_edited", _("Schedule edited")
        SCHEDULE_DELETED = "schedule_deleted", _("Schedule deleted")
        SCHEDULE_CHANGED = "schedule_changed", _("Schedule assigned")
        WORKING_TIME_CHANGED = "working_time_changed", _("Time zone or default schedule changed")
        TIME_OFF_ADDED = "time_off_added", _("Time off added")
        TIME_OFF_CANCELLED = "time_off_cancelled", _("Time off cancelled")
        CLOSURES_ADDED = "closures_added", _("Closures added")
        CLOSURE_REMOVED = "closure_removed", _("Closure removed")
        ROTATION_CREATED = "rotation_created", _("Rotation created")
        ROTATION_EDITED = "rotation_edited", _("Rotation edited")
        ROTATION_DELETED = "rotation_deleted", _("Rotation deleted")
        OVERRIDE_ADDED = "override_added", _("Override added")
        OVERRIDE_REMOVED = "override_removed", _("Override removed")
        CALENDAR_ADDED = "calendar_added", _("Calendar imported")
        CALENDAR_EDITED = "calendar_edited", _("Imported calendar edited")
        CALENDAR_REMOVED = "calendar_removed", _("Imported calendar removed")
        FEED_CREATED = "feed_created", _("Calendar address made")
        FEED_REVOKED = "feed_revoked", _("Calendar address revoked")
        SUBSCRIPTION_LINKED = "subscription_linked", _("Subscription linked")
        SUBSCRIPTION_UNLINKED = "subscription_unlinked", _("Subscription unlinked")
        LOG_PRUNED = "log_pruned", _("Old events deleted")

    organization = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.DO_NOTHING,
        related_name="audit_events",
        db_constraint=False,
        db_index=False,
    )
    # No choices on the column: a project's own actions bring their own verbs.
    verb = models.CharField(_("action"), max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("actor"),
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        null=True,
    )
    actor_name = models.CharField(_("actor's name"), max_length=NAME_LENGTH, blank=True)
    actor_email = models.CharField(_("actor's email"), max_length=EMAIL_LENGTH, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        null=True,
    )
    name = models.CharField(
        _("name"), max_length=NAME_LENGTH, blank=True, help_text=_("Of the person, role or organization that is meant.")
    )
    email = models.CharField(_("email"), max_length=EMAIL_LENGTH, blank=True)
    details = models.JSONField(
        _("details"),
        default=dict,
        blank=True,
        help_text=_("What changed: {field: [before, after]}, or {field: value}."),
    )
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, editable=False)
    client = models.CharField(
        _("client"), max_length=255, blank=True, editable=False, help_text=_("The browser, or the management command.")
    )
    search_text = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(_("time"), default=timezone.now, editable=False)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ("-created_at", "-pk")
        indexes = (
            models.Index(fields=("organization", "-created_at", "-id"), name="org_members_audit"),
            models.Index(fields=("organization", "user", "-created_at", "-id"), name="org_members_audit_whom"),
            models.Index(fields=("organization", "actor", "-created_at", "-id"), name="org_members_audit_who"),
            models.Index(fields=("organization", "verb", "-created_at", "-id"), name="org_members_audit_verb"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.email}"

    @staticmethod
    def searched(*texts: str) -> str:
        """Return what a search looks through, made of names and addresses."""
        return folded(" ".join(filter(None, texts)))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append; a saved event cannot be saved again."""
        if not self._state.adding:
            raise AppendOnly("Audit events are append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnly("Audit events are append-only.")
