"""The form that overrides a span of a rotation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...form_errors import FocusMixin
from ...models import Membership, Rotation
from ...models.memberships import MembershipQuerySet
from ...models.text import normalized_email
from ...numbers import LARGEST_ID, whole_number
from .local_times import LocalTimeField
from .weeks import viewer_zone

if TYPE_CHECKING:
    from ..shell import OrgSettings

NOBODY = "nobody"
MOST_LISTED, MOST_FOUND = 50, 10
Choices = list[tuple[str, Any]]


class OverrideForm(FocusMixin, forms.Form):
    """Which rotation, who, from when until when.

    The person is chosen from those of the rotations, or found by a typed name or address. `cleaned_data["member"]` is a
    membership, or None for nobody.
    """

    rotation = forms.ChoiceField(label=_("Rotation"))
    who = forms.CharField(label=_("Who takes it"), required=False, widget=forms.Select)
    somebody = forms.CharField(
        label=_("Or somebody else"),
        required=False,
        max_length=254,
        help_text=_("Any active member, by name or e-mail address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    begins = LocalTimeField(label=_("From"))
    ends = LocalTimeField(label=_("Until"))

    def __init__(self, *args: Any, org: OrgSettings, rotation: Rotation, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.org = org
        self.rotations = {str(each.pk): each for each in Rotation.objects.filter(organization=org.organization)}
        self.found: list[Membership] = []
        """Whom the typed name may mean, where it means several."""
        rotations = self.fields["rotation"]
        assert isinstance(rotations, forms.ChoiceField)
        rotations.choices = [(pk, each.name) for pk, each in self.rotations.items()]
        self._listed = self._in_rotations(rotation)
        self._set_people()
        self.fields["who"].widget.attrs["autofocus"] = True
        self.fields["ends"].help_text = _("In the time zone %(zone)s.") % {"zone": viewer_zone()}
        for name in ("begins", "ends"):
            self._field(name).exactly = self.initial.get(name)

    @property
    def active(self) -> MembershipQuerySet:
        """Who can be chosen."""
        members: MembershipQuerySet = Membership.objects.active().filter(organization=self.org.organization)
        return members.select_related("user")

    @property
    def times(self) -> tuple[datetime, datetime] | None:
        """The span, as far as one is written."""
        if self.is_bound:
            begins, ends = (getattr(self, "cleaned_data", {}).get(name) for name in ("begins", "ends"))
        else:
            begins, ends = (self.initial.get(name) for name in ("begins", "ends"))
        return (begins, ends) if begins and ends and begins < ends else None

    def clean_rotation(self) -> Rotation:
        """Return the rotation."""
        return self.rotations[self.cleaned_data["rotation"]]

    def clean_ends(self) -> datetime:
        """Refuse a span that ends before it begins: the service would, but only once all the rest is right."""
        begins, ends = self.cleaned_data.get("begins"), self.cleaned_data["ends"]
        if begins and ends <= begins:
            raise ValidationError(_("This is not after “From”."), code="order")
        return ends  # type: ignore[no-any-return]

    def clean(self) -> dict[str, Any]:
        """Find the person."""
        data = self.cleaned_data
        who, typed = data.get("who", ""), data.get("somebody", "").strip()
        if who and typed:
            self.add_error("somebody", ValidationError(_("Choose a person above, or name another, not both.")))
        elif typed:
            data["member"] = self._find(typed)
        elif who == NOBODY:
            data["member"] = None
        elif who:
            data["member"] = self._chosen(who)
        else:
            self.add_error("who", ValidationError(_("Choose who takes it, or that nobody does."), code="required"))
        return data

    def _chosen(self, who: str) -> Membership | None:
        pk = whole_number(who, largest=LARGEST_ID)
        member = self.active.filter(pk=pk).first() if pk is not None else None
        if member is None:
            self.add_error("who", ValidationError(_("There is no such active member."), code="missing"))
        else:
            self._set_people(*self.found, member)
        return member

    def _find(self, typed: str) -> Membership | None:
        matching = self.active.matching(typed)
        address = normalized_email(typed)
        found = list(matching.order_by("display_name", "pk")[: MOST_FOUND + 1])
        found = [each for each in found if "@" in address and normalized_email(each.email) == address] or found
        if len(found) == 1:
            return found[0]
        if not found:
            self.add_error("somebody", ValidationError(_("No active member has this name or address."), code="nobody"))
        elif len(found) > MOST_FOUND:
            self.add_error("somebody", ValidationError(_("Many members match. Write more of the name."), code="many"))
        else:
            self.found = found
            self._set_people(*found)
            self.data = {**dict(self.data.items()), self.add_prefix("somebody"): ""}
            self.add_error("who", ValidationError(_("Several people match. Choose one under “Found”."), code="several"))
        return None

    def _in_rotations(self, chosen: Rotation) -> list[tuple[Any, list[Membership]]]:
        """Return the groups of people: of the chosen rotation in order, then of the others by name."""
        places = self.active.filter(rotation_places__rotation__organization=self.org.organization)
        order = ("rotation_places__layer", "rotation_places__position")
        own = _distinct(places.filter(rotation_places__rotation=chosen).order_by(*order))
        others = _distinct(places.exclude(pk__in=[each.pk for each in own]).order_by("display_name", "pk").distinct())
        return [
            (gettext("In %(rotation)s") % {"rotation": chosen.name}, own),
            (gettext("In other rotations"), others),
        ]

    def _set_people(self, *found: Membership) -> None:
        listed = {each.pk for _label, people in self._listed for each in people}
        more = [each for each in found if each.pk not in listed or each in self.found]
        groups: Choices = [("", _("Choose…")), (NOBODY, _("Nobody: leave it open"))]
        for label, people in ((gettext("Found"), more), *self._listed):
            if people:
                groups.append((label, [(str(each.pk), _told_apart(each)) for each in people]))
        widget = self.fields["who"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = groups

    def _field(self, name: str) -> LocalTimeField:
        field = self.fields[name]
        assert isinstance(field, LocalTimeField)
        return field


def _distinct(members: Iterable[Membership]) -> list[Membership]:
    return list({each.pk: each for each in members}.values())[:MOST_LISTED]


def _told_apart(member: Membership) -> str:
    """Two people may have one name."""
    return f"{member} ({member.email})" if member.email and str(member) != member.email else str(member)
