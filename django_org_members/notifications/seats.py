"""What the e-mails about seats say of people and money: put into words when a template asks, in the e-mail's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_TURNING = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_FROM_THE_RIGHT = frozenset({"R", "AL", "AN"})


@dataclass(frozen=True)
class Deed:
    """Something that people did to the members."""

    words: StrOrPromise
    """A sentence with `{who}` and `{count}`."""
    who: tuple[StrOrPromise, ...]
    """Their names."""
    count: int

    @property
    def text(self) -> str:
        """The sentence for plain text: on one line, each name kept together."""
        who = ", ".join(_isolated(_plain(name)) for name in self.who)
        return str(self.words).format(who=who, count=formats.localize(self.count))

    @property
    def html(self) -> SafeString:
        """The sentence for a page."""
        who = format_html_join(", ", "<bdi>{}</bdi>", ((_plain(name),) for name in self.who))
        return format_html(str(self.words), who=who, count=formats.localize(self.count))


@dataclass(frozen=True)
class Step:
    """The quantity went from one number to another."""

    before: int | None
    """None where it is not known."""
    after: int
    at: datetime


@dataclass(frozen=True)
class SeatNews:
    """What there is to tell of one settled change."""

    seen: Step | None = None
    """What somebody changed in Stripe."""
    made: Step | None = None
    """What the sync changed."""
    why: str = ""
    """Of what was made: a `SeatChange.Reason`."""
    wanted: int | None = None
    """How many seats the members take."""
    deeds: tuple[Deed, ...] = ()
    more: int = 0
    """How many more people did something."""
    prorated: int | None = None
    """More than 0: Stripe adds it for the rest of the period; less: it gives it back. None: not told."""
    in_words: Callable[[], str] = str
    """Returns the amount, with its currency and without its sign."""

    @property
    def amount(self) -> str:
        """The amount in words."""
        return self.in_words()

    @property
    def last(self) -> Step | None:
        """What the quantity came to."""
        return self.made or self.seen


def _plain(name: StrOrPromise) -> str:
    """Return a name on one line that turns nothing round; where names come in, others are refused."""
    spaced = "".join(" " if unicodedata.category(each) == "Cc" else each for each in str(name))
    return " ".join(spaced.translate(_TURNING).split())


def _isolated(name: str) -> str:
    """Keep a name together in plain text, as `<bdi>` does in a page, where directions meet."""
    if not (get_language_bidi() or any(unicodedata.bidirectional(each) in _FROM_THE_RIGHT for each in name)):
        return name
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"
