"""The custom roles of the two organizations."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Permission
from django.db.models import Q

from django_org_members.models import Organization, Role


@dataclass(frozen=True)
class CustomRole:
    """A role and its permissions: codenames of the package's own, and names of the project's."""

    name: str
    color: Role.Color
    description: str
    permissions: tuple[str, ...] = ()


ACME = (
    CustomRole(
        "Help Desk",
        Role.Color.TEAL,
        "First line of support: gets people back into their accounts.",
        ("view_members", "reset_member_mfa", "reset_member_password"),
    ),
    CustomRole(
        "Recruiter",
        Role.Color.GREEN,
        "Brings new colleagues in.",
        ("view_members", "invite_member", "create_member"),
    ),
    CustomRole(
        "Auditor",
        Role.Color.VIOLET,
        "Reads the members list, the sign-in activity, the roles and the audit log, and changes nothing.",
        ("view_members", "view_member_activity", "view_roles", "view_audit_log"),
    ),
    CustomRole(
        "Support Agent",
        Role.Color.BLUE,
        "Answers tickets; manages nobody here.",
        ("tickets.view_ticket", "tickets.close_ticket"),
    ),
    CustomRole("Engineer", Role.Color.INDIGO, "Builds and runs the product; manages nobody here."),
    CustomRole("Contractor", Role.Color.ORANGE, "Works with us for a while, from another company."),
)
GLOBEX = (
    CustomRole(
        "Team Lead",
        Role.Color.PINK,
        "Looks after a team, its contact details and its tickets.",
        (
            "view_members",
            "edit_member_profile",
            "tickets.view_ticket",
            "tickets.add_ticket",
            "tickets.change_ticket",
            "tickets.close_ticket",
        ),
    ),
    CustomRole(
        "Field Crew",
        Role.Color.AMBER,
        "Out with customers, on shifts.",
        ("tickets.view_ticket", "tickets.add_ticket"),
    ),
)


def get_or_create(organization: Organization, roles: tuple[CustomRole, ...]) -> dict[str, Role]:
    """Make the missing roles; returns every role that members of the organization can have, by name."""
    for wanted in roles:
        role, is_new = Role.objects.get_or_create(
            organization=organization,
            name=wanted.name,
            defaults={"color": wanted.color, "description": wanted.description},
        )
        if is_new:
            role.permissions.set(_permissions(wanted.permissions))
    return {role.name: role for role in Role.objects.of(organization.pk)}


def _permissions(names: tuple[str, ...]) -> list[Permission]:
    wanted = Q(pk__in=())
    for app, _, codename in (name.rpartition(".") for name in names):
        wanted |= Q(content_type__app_label=app or "org_members", codename=codename)
    return list(Permission.objects.filter(wanted))
