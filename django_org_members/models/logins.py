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
        MFA_ENROLLED = "mfa_enrolled", _("MFA set up")
        SESSIONS_ENDED = "sessions_ended", _("Signed out everywhere")

    class Reason(models.TextChoices):
        NONE = "", ""
        WRONG_PASSWORD = "wrong_password", _("Wrong password")
        DISABLED = "disabled", _("Access disabled")
        TEMPORARY_PASSWORD_EXPIRED = "temporary_password_expired", _("Temporary password expired")
        MFA_CODE_WRONG = "mfa_code_wrong", _("Wrong MFA code")
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
        indexes = (models.Index(fields=("user", "-created_at", "-id"), name="org_members_logins"),)

    def __str__(self) -> str:
        return self.get_action_display()
