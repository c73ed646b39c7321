"""Each e-mail, by what it is about. Every function returns how many left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ..accounts.adapter import get_adapter, known_as
from ..models import Invitation, Membership, Organization
from . import links, mail
from .seats import SeatNews, Step

_LISTED = 50
"""How many changes of seats one e-mail lists."""


def invitation(sent: Invitation, actor: Any) -> int:
    """To the invited address: who invites, to what, as what, until when, and the link."""
    subject = format_lazy(_("You are invited to join {organization}"), organization=sent.organization.name)
    context = {
        "organization": sent.organization,
        "inviter": _name(actor),
        "role": sent.role,
        "expires_at": sent.expires_at,
        "url": links.invitation_url(sent),
    }
    return mail.send([mail.compose("invitation", sent.email, subject, context)])


def added(member: Membership, actor: Any) -> int:
    """To a person whose existing account was made a member, or the Owner of a new organization."""
    organization = member.organization
    subject = format_lazy(_("You are now a member of {organization}"), organization=organization.name)
    context = {"organization": organization, "inviter": _name(actor), "role": member.role, "url": links.sign_in()}
    return mail.send([mail.compose("added", member.email, subject, context)])


def owner_account_created(owner: Any, organization: Organization) -> int:
    """To the Owner of a new organization, whose account is new too: the link to set a password."""
    subject = format_lazy(_("Set your password for {organization}"), organization=organization.name)
    context = {"organization": organization, "name": _name(owner), "url": links.set_password_url(owner)}
    return mail.send([mail.compose("owner_account_created", _email(owner), subject, context)])


def ownership_transferred(organization: Organization, before: Any, after: Any, actor: Any, reason: str) -> int:
    """To the old and the new Owner: who transferred the ownership, and why, where a reason was given."""
    more = {"actor": _name(actor), "before": _name(before), "after": _name(after), "reason": reason}
    gained = format_lazy(_("You are now the Owner of {organization}"), organization=organization.name)
    lost = format_lazy(_("You are no longer the Owner of {organization}"), organization=organization.name)
    return mail.send(
        mail.compose(name, _email(user), subject, _about(user, organization) | more)
        for name, user, subject in (("ownership_gained", after, gained), ("ownership_lost", before, lost))
    )


def password_reset(users: Iterable[Any], organization: Organization) -> int:
    """To people whose password was reset. The new one is not in it."""
    subject = format_lazy(_("Your password was reset by {organization}"), organization=organization.name)
    return mail.send(_to_each("password_reset", users, subject, organization))


def reset_link(users: Iterable[Any], organization: Organization) -> int:
    """To people who are to set a new password: to each a link of their own."""
    subject = format_lazy(_("Set a new password for {organization}"), organization=organization.name)
    more = {"expires_at": links.expiry()}
    return mail.send(
        mail.compose(
            "reset_link",
            _email(user),
            subject,
            _about(user, organization) | more | {"url": links.set_password_url(user)},
        )
        for user in users
    )


def account_created(member: Membership, actor: Any) -> int:
    """To a person for whom an account was made: the link to set a password."""
    organization, user = member.organization, member.user
    subject = format_lazy(_("Set your password for {organization}"), organization=organization.name)
    context = {
        "organization": organization,
        "name": _name(user),
        "inviter": _name(actor),
        "role": member.role,
        "expires_at": links.expiry(),
        "url": links.set_password_url(user),
    }
    return mail.send([mail.compose("account_created", _email(user), subject, context)])


def password_changed(user: Any) -> int:
    """To a person whose password was changed on a page for that, or by a link."""
    subject = _("Your password was changed")
    return mail.send(
        [mail.compose("password_changed", _email(user), subject, {"name": _name(user), "url": links.sign_in()})]
    )


def mfa_reset(users: Iterable[Any], organization: Organization) -> int:
    """To people whose second factors were removed."""
    subject = format_lazy(
        _("Your multi-factor authentication was reset by {organization}"), organization=organization.name
    )
    return mail.send(_to_each("mfa_reset", users, subject, organization))


def mfa_reminder(whom: Iterable[tuple[Any, datetime | None]], organization: Organization) -> int:
    """To people who have no MFA yet, though the organization requires it: until when they have time, and where to go."""
    subject = format_lazy(_("Set up multi-factor authentication for {organization}"), organization=organization.name)
    now, url = timezone.now(), links.enrol_mfa()
    return mail.send(
        mail.compose(
            "mfa_reminder",
            _email(user),
            subject,
            _about(user, organization) | {"url": url, "due_at": due_at, "is_over": due_at is None or due_at <= now},
        )
        for user, due_at in whom
    )


_MFA_CHANGES = {
    "enrolled": _("Multi-factor authentication was turned on for your account. Every other session was ended."),
    "added": _("A method of multi-factor authentication was added to your account."),
    "removed": _("A method of multi-factor authentication was removed from your account."),
    "codes": _("New backup codes were made for your account. The old ones no longer work."),
}


def mfa_changed(user: Any, change: str) -> int:
    """To a person whose own second factors changed, by themselves or by somebody in their session."""
    context = {"name": _name(user), "what": _MFA_CHANGES[change], "url": links.own_mfa()}
    return mail.send(
        [mail.compose("mfa_changed", _email(user), _("Your multi-factor authentication changed"), context)]
    )


def email_changed(user: Any, before: str, after: str, organization: Organization) -> int:
    """To both addresses of a person whose e-mail address was changed."""
    subject = format_lazy(_("Your e-mail address was changed by {organization}"), organization=organization.name)
    context = _about(user, organization) | {"before": before, "after": after}
    return mail.send(mail.compose("email_changed", address, subject, context) for address in (before, after))


def seats_changed(managers: Iterable[Any], organization: Organization, news: SeatNews) -> int:
    """To Owner and Admins: what the seats were changed to, by whom, and what it was prorated at, where that is known."""
    subject: Any = _("The seats of {organization} have changed")
    if news.seen is not None:
        subject = _("The seats of {organization} were changed in Stripe")
    elif news.made is not None and news.made.before is not None:
        subject = _("The seats of {organization}: from {before} to {after}")
    return mail.send(_about_seats("seats_changed", managers, organization, subject, news.made, {"news": news}))


def seats_digest(managers: Iterable[Any], organization: Organization, steps: Sequence[Step]) -> int:
    """To Owner and Admins: every change of the seats since the last such e-mail, the newest of many."""
    whole = Step(steps[0].before, steps[-1].after, steps[-1].at)
    more = {"whole": whole, "steps": steps[-_LISTED:], "left_out": max(len(steps) - _LISTED, 0)}
    subject: Any = _("The seats of {organization} have changed")
    if whole.before not in (None, whole.after):
        subject = _("The seats of {organization}: from {before} to {after}")
    return mail.send(_about_seats("seats_digest", managers, organization, subject, whole, more))


def seats_parked(managers: Iterable[Any], organization: Organization, error: str) -> int:
    """To Owner and Admins: the seats no longer follow the members, and why, in words."""
    subject = _("The seats of {organization} no longer follow its members")
    return mail.send(_about_seats("seats_parked", managers, organization, subject, None, {"error": error}))


def _about_seats(
    name: str,
    managers: Iterable[Any],
    organization: Organization,
    subject: Any,
    step: Step | None,
    more: dict[str, Any],
) -> list[EmailMessage]:
    numbers = {"before": step.before, "after": step.after} if step is not None else {}
    words = format_lazy(subject, organization=organization.name, **numbers)
    more = {**more, "url": links.billing(organization.pk)}
    return [mail.compose(name, _email(user), words, _about(user, organization) | more) for user in managers]


def _to_each(name: str, users: Iterable[Any], subject: Any, organization: Organization) -> list[EmailMessage]:
    return [mail.compose(name, _email(user), subject, _about(user, organization)) for user in users]


def _about(user: Any, organization: Organization) -> dict[str, Any]:
    return {"name": _name(user), "organization": organization, "url": links.sign_in()}


def _name(user: Any) -> str:
    return known_as(user) if user is not None else ""


def _email(user: Any) -> str:
    return get_adapter().email(user)
