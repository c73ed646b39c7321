"""Where permissions are granted: one organization, or all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from ...access.granting import may_grant
from ...models import Organization
from ..shell import breadcrumbs

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ..organizations import OrganizationAdmin
    from ..shell import OrgSettings


@dataclass(frozen=True)
class Scope:
    """One organization, inside its Org Settings; or all, where `org` is None."""

    model_admin: OrganizationAdmin
    org: OrgSettings | None = None

    @property
    def organization(self) -> Organization | None:
        """The organization, None for all."""
        return self.org.organization if self.org is not None else None

    def url(self, name: str, **ids: Any) -> str:
        """Return the address of one of the pages for this scope."""
        if self.org is not None:
            return self.org.url(f"organization_{name}", **ids)
        return reverse(f"{self.model_admin.admin_site.name}:org_members_everywhere_{name}", kwargs=ids)

    def require_superuser(self, request: HttpRequest) -> None:
        """Raise `Refused` (403) unless the actor may grant permissions."""
        may_grant(request.user).require()

    def context(
        self, request: HttpRequest, title: StrOrPromise, crumbs: Iterable[tuple[StrOrPromise, str]] = (), **more: Any
    ) -> dict[str, Any]:
        """Return the template context of a page."""
        more |= {"scope": self, "grants": may_grant(request.user), "grant_url": self.url("access_grant")}
        if self.org is not None:
            return self.org.context(request, tab="access", title=title, crumbs=crumbs, **more)
        return {
            **self.model_admin.admin_site.each_context(request),
            "opts": self.model_admin.opts,
            "title": title,
            **breadcrumbs([self.model_admin.list_crumb(), *crumbs]),
            **more,
        }

    def way_back(self) -> list[tuple[StrOrPromise, str]]:
        """Return the breadcrumb of the page that the others lead back to."""
        return [(_("Access") if self.org is not None else _("Access to all organizations"), self.url("access"))]
