"""Small marks that lists and details share: avatars, and badges for role, availability and status.

Colours are classes of the palette in tokens.css; no style is inline, so a strict Content-Security-Policy passes.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zlib import crc32

from django.utils.html import format_html
from django.utils.translation import gettext

from ..accounts.adapter import get_adapter
from ..availability import Availability
from ..models import Membership, Role
from ..moments import soon

if TYPE_CHECKING:
    from django.utils.safestring import SafeString
    from django_stubs_ext import StrOrPromise

_COLORS = [color.value for color in Role.Color if color != Role.Color.GRAY]
_AVAILABILITY = {
    Availability.AVAILABLE: ("green", ""),
    Availability.ON_CALL: ("violet", ""),
    Availability.UNAVAILABLE: ("gray", " om-badge__dot--hollow"),
}


def initials(name: str) -> str:
    """Return the first letters of the first and the last word, in capitals; a question mark for no letters."""
    words = name.partition("@")[0].replace(".", " ").split()
    letters = [letter for word in words for letter in [next(filter(str.isalnum, word), "")] if letter]
    return "".join([letters[0], *letters[1:][-1:]]).upper() if letters else "?"


def color_of(key: object) -> str:
    """Return the palette colour that always goes with this key."""
    return _COLORS[crc32(str(key).encode()) % len(_COLORS)]


def avatar(member: Membership, *, large: bool = False) -> SafeString:
    """Return the member's picture, where the user adapter has one, or the initials in the person's steady colour."""
    size = " om-avatar--large" if large else ""
    url = get_adapter().avatar_url(member.user)
    if url:
        return format_html('<img class="om-avatar{}" src="{}" alt="" loading="lazy">', size, url)
    return format_html(
        '<span class="om-avatar om-color-{}{}" aria-hidden="true">{}</span>',
        member_color(member),
        size,
        initials(str(member)),
    )


def member_color(member: Membership) -> str:
    """Return the person's steady colour, the avatar's."""
    return color_of(member.user_id)


def badge(text: StrOrPromise, color: str, *, title: StrOrPromise = "") -> SafeString:
    """Return a badge of plain text."""
    return format_html(
        '<span class="om-badge om-color-{}"{}><span class="om-badge__text">{}</span></span>',
        color,
        format_html(' title="{}"', title) if title else "",
        text,
    )


def role_badge(role: Role) -> SafeString:
    """Return the role's badge in the role's colour; its name may be written in another direction than the page."""
    return format_html("<bdi>{}</bdi>", badge(role.label, role.color, title=role.words))


def status_badge(member: Membership) -> SafeString:
    """Return Active or Disabled."""
    return badge(gettext("Active"), "green") if member.is_active else badge(gettext("Disabled"), "red")


def availability_badge(availability: str, until: datetime | None = None, now: datetime | None = None) -> SafeString:
    """Return Available, On-call or Unavailable, told by word and shape as well as by colour, and until when, if known."""
    state = Availability(availability)
    color, hollow = _AVAILABILITY[state]
    shown = format_html(
        '<span class="om-badge om-badge--plain om-color-{}">'
        '<span class="om-badge__dot{}" aria-hidden="true"></span><span class="om-badge__text">{}</span></span>',
        color,
        hollow,
        state.label,
    )
    if until is None or now is None:
        return shown
    # Translators: below the word Available or Unavailable: "until 18:00", "until Mon 9:00"
    words = format_html(gettext("until {time}"), time=soon(until, now))
    return format_html('<span class="om-state">{} <span class="om-until">{}</span></span>', shown, words)
