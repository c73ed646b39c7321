"""What follows from requiring MFA, and from requiring it no more, in sentences."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...actions import Consequence
from ...moments import moment
from ...security import Outlook

if TYPE_CHECKING:
    from ..shell import OrgSettings


def require_consequences(org: OrgSettings, grace: timedelta, found: Outlook) -> list[Consequence]:
    """Return how many have no MFA, until when they have time, and what comes then."""
    since = org.organization.mfa_required_since or org.now
    due_at = since + grace
    if due_at <= org.now:
        time = _("Whoever has no MFA must set it up at the next request, before anything else.")
    else:
        words = _("Until {when} they have time. Whoever has no MFA then must set it up before anything else.")
        time = format_html(words, when=moment(due_at, with_time=True))
    days = ngettext(
        "Whoever joins later has %d day from joining.", "Whoever joins later has %d days from joining.", grace.days
    )
    later = days % grace.days if grace else _("Whoever joins later sets it up first of all.")
    counted = [Consequence(without_mfa(found), "users")] if found.without_mfa is not None else []
    return [
        *counted,
        Consequence(time, "clock"),
        Consequence(later, "user-plus"),
        Consequence(_("An exemption of a single member lasts until it ends."), "shield"),
    ]


def stop_consequences() -> list[Consequence]:
    """Return what becomes of those who have MFA, and of those who do not."""
    return [
        Consequence(_("Nobody has to set MFA up for this organization any more."), "shield"),
        Consequence(_("Nothing changes for those who have MFA: they are still asked for a token."), "key"),
        Consequence(_("If it is required again later, everybody has the grace period anew."), "clock"),
    ]


def without_mfa(found: Outlook) -> str:
    """Return how many active members have no MFA."""
    number = found.without_mfa or 0
    if found.is_limited:
        return _("More than {number} active members have no MFA.").format(number=formats.localize(number))
    if not number:
        return _("Every active member has MFA.")
    words = ngettext("{number} active member has no MFA yet.", "{number} active members have no MFA yet.", number)
    return words.format(number=formats.localize(number))
