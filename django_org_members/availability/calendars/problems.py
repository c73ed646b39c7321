"""Why a calendar could not be read, in words that a manager understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_WORDS: dict[str, StrOrPromise] = {
    "missing": _("Calendars cannot be read here: django-org-members[calendars] is not installed on the server."),
    "address": _("This is no address of a calendar. It begins with https:// or webcal://."),
    "credentials": _("The address must not hold a user name and a password."),
    "port": _("Calendars are read from the ports 80 and 443 only."),
    "network": _("This address leads into a local network, which calendars are not read from."),
    "unknown_host": _("There is no server of this name. Check the address."),
    "unreachable": _("The calendar's server does not answer."),
    "tls": _("The calendar's server has no valid certificate."),
    "slow": _("The calendar's server takes too long."),
    "redirects": _("The address leads on and on, and never to a calendar."),
    "refused": _("The calendar's server refuses the address (%(detail)s). Make a new one there, and enter it here."),
    "gone": _("There is no calendar at this address any more (%(detail)s). Make a new one there, and enter it here."),
    "status": _("The calendar's server failed (%(detail)s)."),
    "answer": _("The calendar's server sent something that cannot be read."),
    "size": _("The calendar is larger than 5 MB."),
    "no_calendar": _("This is no calendar in the iCalendar format (.ics)."),
    "broken": _("The calendar is damaged, and cannot be read."),
    "events": _("The calendar has more than 10,000 events."),
    "shifts": _("The calendar has more than 5,000 shifts in the next 180 days."),
    "repeats": _("An event in the calendar repeats in a way that is not supported, such as every minute."),
}


class CalendarProblem(Exception):
    """A calendar that cannot be read. It is stored as its code, and told in the language of whoever looks."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail

    @property
    def stored(self) -> str:
        """The form in which it is kept."""
        return f"{self.code} {self.detail}".strip()


def in_words(stored: str) -> str:
    """Return what is told of a problem that was stored; nothing for none."""
    code, _space, detail = stored.partition(" ")
    words = _WORDS.get(code)
    return str(words) % {"detail": detail} if words is not None else stored
