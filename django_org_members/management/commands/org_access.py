"""`manage.py org_access EMAIL [--organization SLUG] [--format text|json]`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...access import Source, access_of
from ...access.places import Access
from ...accounts.adapter import get_adapter
from ...models import Organization
from ...policy.registry import groups


class Command(BaseCommand):
    """Prints where a person may act."""

    help = (
        "Print where the person with this e-mail address has permissions: in which organizations, which, and from "
        "where each comes (role, grant on the organization, model permission, superuser). Changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the address, the organization and the format."""
        parser.add_argument("email", help="the person's e-mail address; all accounts that have it are printed")
        parser.add_argument("--organization", metavar="SLUG", help="only in this organization")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="for people, or for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look the person up and print."""
        users = get_adapter().find_by_email(options["email"]) if options["email"].strip() else []
        if not users:
            raise CommandError(f"No account has the address {options['email']}.")
        organization = _organization(options["organization"])
        found = [access_of(user, organization=organization) for user in sorted(users, key=lambda user: str(user.pk))]
        if options["format"] == "json":
            self.stdout.write(json.dumps([_as_data(access) for access in found], indent=2, ensure_ascii=False))
            return
        for access in found:
            self.stdout.writelines(f"{line}\n" for line in _as_text(access))


def _organization(slug: str | None) -> Organization | None:
    if slug is None:
        return None
    try:
        return Organization.objects.get(slug=slug)
    except Organization.DoesNotExist:
        raise CommandError(f"There is no organization with the slug {slug}.") from None


def _as_text(access: Access) -> Iterator[str]:
    adapter, user = get_adapter(), access.user
    yield f"{adapter.full_name(user) or user.get_username()} <{adapter.email(user)}>"
    if not user.is_active:
        yield "  Deactivated: may do nothing."
    elif not (access.everywhere or access.places):
        yield "  May do nothing."
    if access.everywhere:
        yield "  Every organization"
        yield from _sources(access.everywhere)
    for place in access.places:
        yield f"  {place.organization.name} ({place.organization.slug})"
        yield from _sources(place.sources)


def _sources(sources: tuple[Source, ...]) -> Iterator[str]:
    for source in sources:
        yield f"    {source}"
        for group in groups():
            for each in group.permissions:
                if each.name in source.permissions:
                    yield f"      {each.name}: {each.words}"


def _as_data(access: Access) -> dict[str, Any]:
    adapter, user = get_adapter(), access.user
    return {
        "id": str(user.pk),
        "name": adapter.full_name(user),
        "email": adapter.email(user),
        "is_active": bool(user.is_active),
        "every_organization": [_source(source) for source in access.everywhere],
        "organizations": [
            {
                "slug": place.organization.slug,
                "name": place.organization.name,
                "sources": [_source(source) for source in place.sources],
            }
            for place in access.places
        ],
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "kind": source.kind.value,
        "role": source.role.name if source.role else None,
        "group": source.group.name if source.group else None,
        "permissions": sorted(source.permissions),
    }
