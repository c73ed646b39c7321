"""The pages of the audit log that are measured."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from django_org_members.admin.audit import cursors
from django_org_members.admin.audit.page import SHOWN
from django_org_members.audit.reading import Cursor
from django_org_members.models import AuditEvent

from .events import RARE_VERB


@dataclass(frozen=True)
class AuditCase:
    """One page of the log of a subject, as both lists are asked for it."""

    name: str
    place: float = 0
    """Where between the newest page (0) and the oldest (1)."""
    verb: str = ""
    person: str = ""
    """The attribute of the subject that is the key of a user."""
    search: str = ""
    """The attribute of the subject that is searched for."""

    @property
    def first(self):
        """What to compare with, where the small organization has fewer rows on this page."""
        return FIRST

    def ours(self, subject):
        """Return the address of the page in Org Settings."""
        organization = subject.organization
        path = reverse("org:org_members_organization_audit", kwargs={"organization_id": organization.pk})
        fields = self._fields(subject, verb="verb", person="user")
        if self.place == 1:
            fields[cursors.AFTER] = cursors.OLDEST
        elif self.place:
            event = self._events(organization)[int(subject.events * self.place)]
            fields[cursors.BEFORE] = cursors.written(Cursor.of(event))
        return f"{path}?{urlencode(fields)}"

    def stock(self, subject):
        """Return the address of the page in the stock ModelAdmin, narrowed to the same organization."""
        fields = self._fields(subject, verb="verb__exact", person="actor__id__exact")
        fields["organization__id__exact"] = subject.organization.pk
        if self.place:
            fields["p"] = max(1, round(-(-subject.events // SHOWN) * self.place))
        return f"{reverse('stock:org_members_auditevent_changelist')}?{urlencode(fields)}"

    def _fields(self, subject, *, verb, person):
        fields = {verb: self.verb} if self.verb else {}
        if self.person:
            fields[person] = getattr(subject, self.person)
        return fields | ({"q": getattr(subject, self.search)} if self.search else {})

    @staticmethod
    def _events(organization):
        return AuditEvent.objects.filter(organization=organization).order_by("-created_at", "-id")


FIRST = AuditCase("audit log, newest page")
CASES = (
    FIRST,
    AuditCase("audit log, middle page", place=0.5),
    AuditCase("audit log, oldest page", place=1),
    AuditCase("audit log, one action", verb=AuditEvent.Verb.ROLE_CHANGED),
    AuditCase("audit log, rare action", verb=RARE_VERB),
    AuditCase("audit log, busy person", person="manager"),
    AuditCase("audit log, busy person's rare action", person="manager", verb=RARE_VERB),
    AuditCase("audit log, rare search", search="target"),
    AuditCase("audit log, common search", search="everybody"),
)
