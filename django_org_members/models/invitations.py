"""Invitations to join an organization."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .roles import Role


def new_nonce() -> str:
    """Return the random part of a new token."""
    return get_random_string(32)


def hashed(token: str) -> str:
    """Return the only form in which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations by their state."""

    def pending(self) -> InvitationQuerySet:
        """Neither accepted nor revoked; expired ones are among them."""
        return self.filter(is_pending=True)

    def open(self, at: datetime) -> InvitationQuerySet:
        """Pending ones that can still be accepted."""
        return self.pending().filter(expires_at__gt=at)

    def with_token(self, token: str) -> InvitationQuerySet:
        """The one that the token belongs to, if any."""
        return self.filter(token_hash=hashed(token))


class Invitation(models.Model):
    """An offer to join, sent to one e-mail address.

    The token is derived from `SECRET_KEY`, the row and its nonce, so the link can be shown again to a manager, while
    the database holds only the token's hash: a stolen dump accepts nothing.
    """

    organization = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="invitations",
        db_index=False,
    )
    email = models.CharField(_("email"), max_length=254)
    # Empty only where the role was deleted after the invitation was answered; the audit trail has its name.
    role = models.ForeignKey(
        "org_members.Role", verbose_name=_("role"), on_delete=models.RESTRICT, related_name="invitations", null=True
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("invited by"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
    )
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("accepted by"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        editable=False,
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    # True or NULL, never False: NULLs do not collide in a unique constraint, on any of the databases.
    is_pending = models.BooleanField(_("pending"), null=True, default=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "email", "is_pending"), name="org_members_one_pending_invitation"
            ),
            models.CheckConstraint(
                # Each part is false rather than unknown for a NULL: a check lets the unknown pass.
                condition=Q(is_pending__isnull=False, is_pending=True, accepted_at=None, revoked_at=None)
                | Q(is_pending=None, accepted_at__isnull=False, revoked_at=None)
                | Q(is_pending=None, accepted_at=None, revoked_at__isnull=False),
                name="org_members_invitation_state",
            ),
            models.CheckConstraint(
                condition=Q(is_pending=None) | Q(role__isnull=False), name="org_members_pending_has_role"
            ),
        )
        indexes = (models.Index(fields=("organization", "is_pending", "sent_at"), name="org_members_pending"),)

    def __str__(self) -> str:
        return self.email

    @property
    def offered_role(self) -> Role:
        """The role of a pending invitation, which always has one."""
        assert self.role is not None
        return self.role

    def derive_token(self) -> str:
        """Return the token that the present SECRET_KEY gives this saved row: 192 bits in 32 characters.

        Short enough for the link to stay on one line of a plain-text e-mail.
        """
        mac = salted_hmac("django_org_members.invitation", f"{self.pk}:{self.nonce}", algorithm="sha256")
        return urlsafe_b64encode(mac.digest()[:24]).decode()

    def is_expired(self, at: datetime) -> bool:
        """Whether it is too late to accept."""
        return at >= self.expires_at
