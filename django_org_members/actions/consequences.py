"""What follows from an action, in sentences: computed for those whom it would change, and said before it is done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import invitations
from ..models import Membership
from ..policy import Judge, Permission
from .run import ending

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHOWN = 3
"""How many addresses or shifts are listed, before the number of the others."""


@dataclass(frozen=True)
class Consequence:
    """One thing that follows."""

    words: StrOrPromise
    """A sentence. A name in it is put into `<bdi>` by `format_html`."""
    icon: str = "dot"
    """A symbol of the icon sprite."""
    items: Sequence[StrOrPromise] = ()
    """What the sentence counts: listed below it."""


ANY_INVITATIONS = Consequence(gettext_lazy("Pending invitations that they sent are revoked."), "mail")


# What they began or are due to do.


def invitations_revoked(judge: Judge, members: list[Membership]) -> Iterator[Consequence]:
    """How many pending invitations they sent; the addresses for those who may see them. One query or two."""
    sent = invitations.sent_by(judge.organization, [member.user for member in members])
    addresses = list(sent.order_by("-sent_at", "-pk").values_list("email", flat=True)[: SHOWN + 1])
    if not addresses:
        return
    count = len(addresses) if len(addresses) <= SHOWN else sent.count()
    if len(members) == 1:
        words = ngettext(
            "{count} pending invitation that <bdi>{name}</bdi> sent is revoked.",
            "{count} pending invitations that <bdi>{name}</bdi> sent are revoked.",
            count,
        )
    else:
        words = ngettext(
            "{count} pending invitation that they sent is revoked.",
            "{count} pending invitations that they sent are revoked.",
            count,
        )
    shown = listed([format_html("<bdi>{}</bdi>", one) for one in addresses], count)
    is_seen = judge.may(Permission.INVITE_MEMBER)
    words = format_html(words, count=formats.localize(count), name=str(members[0]))
    yield Consequence(words, "mail", shown if is_seen else ())


# The account behind.


def sign_in_ends(members: list[Membership], ended: Collection[Any]) -> Iterator[Consequence]:
    """Who cannot sign in at all any more (`ended`: user pks), who still can, and who could not before."""
    ending_for = [member for member in members if member.user_id in ended]
    if ending_for:
        whole = _("Signing in ends altogether. Enabling access restores it.")
        part = _("Signing in ends altogether for {who}. Enabling access restores it.")
        yield Consequence(_of(ending_for, members, whole, part), "key")
    yield from accounts_stay([member for member in members if member.user_id not in ended], among=members)


def accounts_stay(members: list[Membership], among: list[Membership] | None = None) -> Iterator[Consequence]:
    """Who can sign in as before, and who could not before. `members` are some of those whom it all is `among`."""
    everybody = members if among is None else among
    able = [member for member in members if member.user.is_active]
    unable = [member for member in members if not member.user.is_active]
    if able:
        whole = ngettext(
            "The account stays, and can still sign in.", "The accounts stay, and can still sign in.", len(able)
        )
        yield Consequence(_of(able, everybody, whole, _("The accounts of {who} stay, and can still sign in.")), "key")
    if unable:
        whole = ngettext("The account stays deactivated.", "The accounts stay deactivated.", len(unable))
        yield Consequence(_of(unable, everybody, whole, _("The accounts of {who} stay deactivated.")), "key")


def sessions_end(judge: Judge, members: list[Membership], ended: Collection[Any] = ()) -> Iterator[Consequence]:
    """Whose sessions end, and whose go on elsewhere: no other organization is named."""
    over = ending(judge, members, ended)
    pks = {member.pk for member in over}
    going_on = [member for member in members if member.pk not in pks]
    if over:
        words = _of(over, members, _("All sessions end."), _("All sessions end for {who}."))
        yield Consequence(words, "sign-out")
    if going_on:
        whole = _("Sessions go on, and other organizations are not affected.")
        part = _("Sessions go on for {who}, and their other organizations are not affected.")
        yield Consequence(_of(going_on, members, whole, part), "sign-out")


def _of(some: list[Membership], members: list[Membership], whole: str, part: str) -> str:
    """Return the sentence about all of them, or that about as many as there are."""
    count = len(some)
    if count == len(members):
        return whole
    return part.format(who=ngettext("{count} of them", "{count} of them", count).format(count=formats.localize(count)))


def listed(items: list[Any], count: int) -> tuple[StrOrPromise, ...]:
    """Return the first of `count` items, and how many more there are."""
    more = count - SHOWN
    others = (
        [ngettext("and {count} more", "and {count} more", more).format(count=formats.localize(more))]
        if more > 0
        else []
    )
    return (*items[:SHOWN], *others)
