"""The audit trail: who did what to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .memberships import Membership


class AppendOnly(TypeError):
    """Someone tried to change or delete an audit event."""


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    """Events can be added and read; nothing else."""

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
    """One thing done to one member, invitation or organization, with a snapshot of who was meant.

    The links have no database constraint and are never nulled: deleting an account or an organization leaves its
    trail as it was written. Never holds a secret.
    """

    class Verb(models.TextChoices):
        ORGANIZATION_CREATED = "organization_created", _("Organization created")
        MEMBER_CREATED = "member_created", _("User created")
        MEMBER_ADDED = "member_added", _("Existing user added")
        MEMBER_JOINED = "member_joined", _("Invitation accepted")
        MEMBER_DISABLED = "member_disabled", _("Access disabled")
        MEMBER_ENABLED = "member_enabled", _("Access enabled")
        MEMBER_REMOVED = "member_removed", _("Member removed")
        ROLE_CHANGED = "role_changed", _("Role changed")
        PROFILE_CHANGED = "profile_changed", _("Profile edited")
        MFA_RESET = "mfa_reset", _("MFA reset")
        PASSWORD_RESET = "password_reset", _("Password reset")
        SESSIONS_ENDED = "sessions_ended", _("Signed out everywhere")
        INVITATION_SENT = "invitation_sent", _("Invitation sent")
        INVITATION_RESENT = "invitation_resent", _("Invitation sent again")
        INVITATION_LINK_COPIED = "invitation_link_copied", _("Invitation link shown")
        INVITATION_REVOKED = "invitation_revoked", _("Invitation revoked")

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
    actor_name = models.CharField(_("actor's name"), max_length=255, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        null=True,
    )
    name = models.CharField(_("name"), max_length=255, blank=True)
    email = models.CharField(_("email"), max_length=254, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    created_at = models.DateTimeField(_("time"), default=timezone.now, editable=False)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ("-created_at", "-pk")
        indexes = (
            models.Index(fields=("organization", "-created_at", "-id"), name="org_members_audit"),
            models.Index(fields=("organization", "user", "-created_at"), name="org_members_audit_user"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.email}"

    @classmethod
    def about(cls, member: Membership, *, verb: str, actor: Any, **fields: Any) -> AuditEvent:
        """Return an unsaved event about a member; `actor` is a user, or None where nobody was signed in."""
        return cls(
            organization_id=member.organization_id,
            verb=verb,
            actor_id=getattr(actor, "pk", None),
            actor_name=str(actor or "")[:255],
            user_id=member.user_id,
            name=member.display_name,
            email=member.email,
            **fields,
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append; a saved event cannot be saved again."""
        if not self._state.adding:
            raise AppendOnly("Audit events are append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnly("Audit events are append-only.")
