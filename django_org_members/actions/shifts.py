"""On-call shifts that somebody leaves behind: who takes them over, in sentences, and the field that hands them over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..availability import AvailabilityProvider, Shift, get_provider
from ..availability.loading import instant
from ..form_errors import field_error
from ..models import Membership
from ..moments import moment
from ..policy import Judge, Permission
from ..scheduling import handing_over
from .base import MemberAction, MemberActionForm
from .consequences import SHOWN, Consequence, listed
from .run import Run

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

HAND_OVER = "hand_over_to"
"""The parameter of the actions after which somebody is on call no more."""


class HandOverForm(MemberActionForm):
    """To whom the shifts of the next two weeks go; without, each rotation decides.

    Offered for one member with such shifts, to those who may edit availability, where there is somebody to choose.
    """

    hand_over_to = forms.ModelChoiceField(
        label=gettext_lazy("Hand their shifts over to"),
        queryset=Membership.objects.none(),
        required=False,
        empty_label=gettext_lazy("Nobody in particular"),
        help_text=gettext_lazy("Writes an override for each on-call shift of the next two weeks."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields[HAND_OVER]
        assert isinstance(field, forms.ModelChoiceField)
        mates = _mates(self.judge, self.member)
        if mates is None:
            del self.fields[HAND_OVER]
        else:
            field.queryset = mates


class LeavesShifts(MemberAction):
    """An action after which a member is on call no more; it takes `hand_over_to`, a member or None, and nothing else."""

    form_class = HandOverForm

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Raise `TypeError` for anything else."""
        unknown = sorted(set(params) - {HAND_OVER})
        if unknown:
            raise TypeError(f"The action {self.name!r} has no parameter {', '.join(unknown)}.")
        super().check_params(params)


def _mates(judge: Judge, member: Membership | None) -> Any:
    if member is None or not judge.may(Permission.MANAGE_AVAILABILITY):
        return None
    rotations = {shift.rotation_id for shift in handing_over.shifts(judge.organization, [member], timezone.now())}
    mates = handing_over.mates(judge.organization, member, rotations - {None})
    return mates if mates.exists() else None


def hand_over(run: Run) -> None:
    """Do what the form asks for, before the members go. Raises `ValidationError` at its field."""
    to = run.params.get(HAND_OVER)
    if to is not None:
        verdict = run.judge.may(Permission.MANAGE_AVAILABILITY)
        if not verdict:
            raise field_error(HAND_OVER, verdict.reason, verdict.code)
        handing_over.hand_over(run.judge, run.members, to, run.now, field=HAND_OVER)


def left_behind(judge: Judge, members: list[Membership], *, removed: bool = False) -> Iterator[Consequence]:
    """The on-call shifts of the next two weeks, the present one first, and who takes each over, as far as is known."""
    now = instant(timezone.now())
    provider = get_provider(judge.organization)
    shifts = _ordered(provider, members, now)
    if not shifts:
        return
    after = provider.successors(shifts, now, removed=removed)
    yield Consequence(_counted(len(shifts), is_known=bool(after)), "phone", _items(members, shifts, now, after))
    if removed and handing_over.overrides(judge.organization, members, now).exists():
        yield Consequence(_("Overrides that name them are deleted: the rotation goes on below."), "refresh")


def ahead(judge: Judge, members: list[Membership]) -> Iterator[Consequence]:
    """The on-call shifts of the next two weeks."""
    now = instant(timezone.now())
    shifts = _ordered(get_provider(judge.organization), members, now)
    if shifts:
        words = ngettext(
            "{count} on-call shift within two weeks:", "{count} on-call shifts within two weeks:", len(shifts)
        )
        yield Consequence(words.format(count=formats.localize(len(shifts))), "info", _items(members, shifts, now, {}))


def _ordered(provider: AvailabilityProvider, members: list[Membership], now: datetime) -> list[Shift]:
    found = provider.shifts(members, now, now + handing_over.WITHIN)
    return sorted(found, key=lambda shift: (shift.begins_at, shift.member_id))


def _counted(count: int, *, is_known: bool) -> str:
    if is_known:
        words = ngettext(
            "{count} on-call shift within two weeks passes on:",
            "{count} on-call shifts within two weeks pass on:",
            count,
        )
    else:
        words = ngettext(
            "{count} on-call shift within two weeks is left uncovered.",
            "{count} on-call shifts within two weeks are left uncovered.",
            count,
        )
    return words.format(count=formats.localize(count))


def _items(
    members: list[Membership], shifts: list[Shift], now: datetime, after: Mapping[Shift, Sequence[int | None]]
) -> tuple[StrOrPromise, ...]:
    names = {member.pk: str(member) for member in members} if len(members) > 1 else {}
    shown = shifts[:SHOWN]
    pks = {pk for shift in shown for pk in after.get(shift, ()) if pk is not None}
    others = Membership.objects.in_bulk(pks) if pks else {}
    items = []
    for shift in shown:
        item = _shift(shift, names.get(shift.member_id, ""), now)
        if shift in after:
            who = format_html_join(", ", "{}", ((_who(others, pk),) for pk in after[shift]))
            item = format_html("{} → {}", item, who)
        items.append(item)
    return listed(items, len(shifts))


def _who(others: Mapping[int, Membership], pk: int | None) -> StrOrPromise:
    return _("left open") if pk is None or pk not in others else format_html("<bdi>{}</bdi>", str(others[pk]))


def _shift(shift: Shift, name: str, now: datetime) -> StrOrPromise:
    begins, ends = moment(shift.begins_at, with_time=True), moment(shift.ends_at, with_time=True)
    if shift.begins_at <= now:
        when = format_html(_("On call now, until {ends}"), ends=ends)
    else:
        when = format_html(_("{begins} – {ends}"), begins=begins, ends=ends)
    whose = format_html_join(", ", "<bdi>{}</bdi>", ((part,) for part in (name, shift.label) if part))
    return format_html("{}: {}", whose, when) if whose else when
