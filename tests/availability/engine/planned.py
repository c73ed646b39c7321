"""The engine's plan of what the reference calls a world."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django_org_members.availability import documents
from django_org_members.availability.engine import Facts, Feed, Override, People, Place, Plan, Rotation
from django_org_members.availability.loading import days


def rotation_of(described, pk=0):
    """Return the engine's rotation."""
    zone = ZoneInfo(described.zone)
    return Rotation(
        layers=tuple(
            documents.layer(document, zone, [Place(*place) for place in places])
            for document, places in described.layers
        ),
        overrides=tuple(Override(*override, pk=number) for number, override in enumerate(described.overrides, 1)),
        when_away=described.when_away,
        pk=pk,
    )


def plan_of(world, since, until):
    """Return the engine's plan."""
    away = {member: tuple(spans) for member, spans in world.away.items()}
    return Plan(
        since=since,
        until=until,
        schedules={pk: documents.weekly_hours(hours, ZoneInfo(zone)) for pk, (zone, hours) in world.schedules.items()},
        default=world.default,
        rotations=tuple(rotation_of(each, pk) for pk, each in enumerate(world.rotations)),
        feeds=tuple(Feed(pk, f"Feed {pk}", tuple(shifts)) for pk, shifts in enumerate(world.feeds)),
        closures=tuple(days(first, last, ZoneInfo(world.zone)) for first, last in world.closures),
        people=People(frozenset(world.disabled), away),
        is_anybody_away=bool(away),
    )


def facts_of(world, member):
    """Return what is known of one member."""
    return Facts(member, member not in world.disabled, world.members[member], tuple(world.away.get(member, ())))
