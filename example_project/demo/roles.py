"""The custom roles of the two organizations."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Permission

from django_org_members.models import Organization, Role


@dataclass(frozen=True)
class CustomRole:
    """A role and the codenames of its permissions."""

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
        "Reads the members list and the sign-in activity, and changes nothing.",
        ("view_members", "view_member_activity"),
    ),
    CustomRole("Engineer", Role.Color.INDIGO, "Builds and runs the product; manages nobody here."),
    CustomRole("Contractor", Role.Color.ORANGE, "Works with us for a while, from another company."),
)
GLOBEX = (
    CustomRole(
        "Team Lead",
        Role.Color.PINK,
        "Looks after a team and keeps its contact details right.",
        ("view_members", "edit_member_profile"),
    ),
    CustomRole("Field Crew", Role.Color.AMBER, "Out with customers, on shifts."),
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


def _permissions(codenames: tuple[str, ...]) -> list[Permission]:
    return list(Permission.objects.filter(content_type__app_label="org_members", codename__in=codenames))
