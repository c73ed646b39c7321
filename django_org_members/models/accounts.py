"""Accounts: what this package knows about a user's sign-in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections, models
from django.utils.translation import gettext_lazy as _

from .logins import LoginEvent


class AccountQuerySet(models.QuerySet["Account"]):
    """Accounts, made when they are first needed."""

    def locked(self, user_ids: Iterable[Any]) -> dict[Any, Account]:
        """Lock the accounts of these users, making the missing ones; returns them by user id.

        Rows are locked in primary key order, after the organization and its memberships. Everything that touches a
        sign-in takes this lock, and so does joining an organization: a reset here and a joining elsewhere queue up.
        Must be called in a transaction.
        """
        ids = sorted(set(user_ids))
        accounts = self._locked(ids)
        missing = [user_id for user_id in ids if user_id not in accounts]
        if missing:
            # The users first: on MariaDB two that insert the same account share locks that both then want alone.
            no_key = connections[self.db].features.has_select_for_no_key_update
            users = get_user_model()._default_manager.filter(pk__in=missing).order_by("pk")
            present = list(users.select_for_update(no_key=no_key).values_list("pk", flat=True))
            self.bulk_create([Account(user_id=user_id) for user_id in present], ignore_conflicts=True)
            accounts |= self._locked(present)
        return accounts

    def _locked(self, user_ids: list[Any]) -> dict[Any, Account]:
        rows = self.filter(user_id__in=user_ids).order_by("pk").select_for_update()
        return {account.user_id: account for account in rows}


class Account(models.Model):
    """The state of one user's sign-in; a user without a row has the defaults."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="org_members_account",
    )
    session_epoch = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Sessions stamped with a lower number have ended.")
    )
    provisioned_by = models.ForeignKey(
        "org_members.Organization",
        verbose_name=_("provisioned by"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        editable=False,
        help_text=_("The organization that made this account, by Create User or by an accepted invitation."),
    )
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    must_change_password = models.BooleanField(default=False, editable=False)
    temporary_password_expires_at = models.DateTimeField(null=True, editable=False)
    temporary_password_used_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When the temporary password signed in: it does so once.")
    )
    mfa_enrolment_required = models.BooleanField(default=False, editable=False)
    sign_in_ended_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("When this package turned the user's is_active off; empty if it did not."),
    )

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return str(self.user_id)

    @property
    def has_temporary_password(self) -> bool:
        """Whether the present password is one that somebody else was shown."""
        return self.must_change_password and self.temporary_password_expires_at is not None

    def temporary_password_refusal(self, at: datetime) -> LoginEvent.Reason:
        """Return why the temporary password signs nobody in, `Reason.NONE` where it does or there is none."""
        if self.temporary_password_expired(at):
            return LoginEvent.Reason.TEMPORARY_PASSWORD_EXPIRED
        if self.has_temporary_password and self.temporary_password_used_at is not None:
            return LoginEvent.Reason.TEMPORARY_PASSWORD_USED
        return LoginEvent.Reason.NONE

    def temporary_password_expired(self, at: datetime) -> bool:
        """Whether the temporary password no longer signs in."""
        return (
            self.must_change_password
            and self.temporary_password_expires_at is not None
            and at >= self.temporary_password_expires_at
        )
