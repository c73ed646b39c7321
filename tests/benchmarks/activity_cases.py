"""The pages of a member's sign-in activity that are measured."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from django_org_members import keyset
from django_org_members.admin.member.history import SHOWN
from django_org_members.keyset import Cursor
from django_org_members.models import LoginEvent


@dataclass(frozen=True)
class ActivityCase:
    """One page of the busy person's activity, as both lists are asked for it."""

    name: str
    place: float = 0
    """Where between the newest page (0) and the oldest (1)."""

    @property
    def first(self):
        """What to compare with, where the small organization has fewer rows on this page."""
        return FIRST

    def ours(self, subject):
        """Return the address of the page in Org Settings."""
        ids = {"organization_id": subject.organization.pk, "member_id": subject.busy.pk}
        path = reverse("org:org_members_member_activity", kwargs=ids)
        if self.place == 1:
            return f"{path}?{urlencode({keyset.AFTER: keyset.OLDEST})}"
        if not self.place:
            return path
        events = LoginEvent.objects.filter(user=subject.busy.user_id).order_by("-created_at", "-id")
        event = events[int(subject.logins * self.place)]
        return f"{path}?{urlencode({keyset.BEFORE: keyset.written(Cursor.of(event))})}"

    def stock(self, subject):
        """Return the address of the page in the stock ModelAdmin, narrowed to the same person."""
        fields = {"user__id__exact": subject.busy.user_id}
        if self.place:
            fields["p"] = max(1, round(-(-subject.logins // SHOWN) * self.place))
        return f"{reverse('stock:org_members_loginevent_changelist')}?{urlencode(fields)}"


FIRST = ActivityCase("activity, newest page")
CASES = (
    FIRST,
    ActivityCase("activity, middle page", place=0.5),
    ActivityCase("activity, nine tenths back", place=0.9),
    ActivityCase("activity, oldest page", place=1),
)
