"""Sign-in activity."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LoginEvent(models.Model):
    """Something that happened to a user's sign-in, once. `user` is empty where the name typed is nobody's."""

    class Action(models.TextChoices):
        SIGNED_IN = "signed_in", _("Signed in")
        SIGNED_OUT = "signed_out", _("Signed out")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        PASSWORD_RESET = "password_reset", _("Password reset")
        RESET_LINK_SENT = "reset_link_sent", _("Reset link sent")
        MFA_ENROLLED = "mfa_enrolled", _("MFA set up")
        MFA_METHOD_ADDED = "mfa_method_added", _("MFA method added")
        MFA_METHOD_REMOVED = "mfa_method_removed", _("MFA method removed")
        BACKUP_CODES_MADE = "backup_codes_made", _("New backup codes")
        MFA_RESET = "mfa_reset", _("MFA reset")
        SESSION_ENDED = "session_ended", _("One session ended")
        SESSIONS_ENDED = "sessions_ended", _("Signed out everywhere")

    class Reason(models.TextChoices):
        NONE = "", ""
        WRONG_PASSWORD = "wrong_password", _("Wrong password")
        DISABLED = "disabled", _("Access disabled")
        TEMPORARY_PASSWORD_EXPIRED = "temporary_password_expired", _("Temporary password expired")
        TEMPORARY_PASSWORD_USED = "temporary_password_used", _("Temporary password already used")
        MFA_CODE_MISSING = "mfa_code_missing", _("Second factor missing")
        MFA_CODE_WRONG = "mfa_code_wrong", _("Wrong MFA code")
        LOCKED = "locked", _("Locked after too many attempts")
        UNKNOWN_USER = "unknown_user", _("Unknown user")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="org_members_logins",
        null=True,
        db_index=False,
    )
    action = models.CharField(_("action"), max_length=20, choices=Action.choices)
    succeeded = models.BooleanField(_("success"), default=True)
    reason = models.CharField(_("failure reason"), max_length=40, choices=Reason.choices, blank=True)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("client"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("login event")
        verbose_name_plural = _("login events")
        ordering = ("-created_at", "-pk")
        indexes = (
            models.Index(fields=("user", "-created_at", "-id"), name="org_members_logins"),
            # Not by time alone: a planner would walk that for somebody's newest, through everybody's.
            models.Index(fields=("succeeded", "created_at", "id"), name="org_members_logins_result"),
            models.Index(fields=("ip_address", "created_at", "id"), name="org_members_logins_address"),
        )

    def __str__(self) -> str:
        return self.get_action_display()
