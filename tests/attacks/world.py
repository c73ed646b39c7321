"""Where the attacks take place: Mallory, who may do a good deal in Acme, wants what she has not."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_org_members import actions, joining
from django_org_members.models import (
    Invitation,
    Membership,
    Organization,
    OrganizationGroupGrant,
    OrganizationUserGrant,
    Role,
)
from django_org_members.policy import authority_of

VIEW, RESET, OWN = (f"org_members.{name}" for name in ("view_members", "reset_member_password", "transfer_ownership"))
DEPUTY = ("view_members", "invite_member", "create_member", "set_member_role", "view_roles", "manage_roles")
"""What Mallory may do in Acme."""


class World:
    """People, roles and what Mallory sends. `snapshot()` is everything that gives somebody a right."""

    def __init__(self, *, make_organization, make_role, make_member, make_user, sign_in):
        self.acme = make_organization(name="Acme", owner=make_user(full_name="Olivia Owens"))
        self.deputy = make_role(self.acme, *DEPUTY, name="Deputy")
        self.senior = make_role(self.acme, *DEPUTY, "reset_member_password", "remove_member", name="Senior")
        self.helper = make_role(self.acme, "view_members", name="Helper")
        self.mallory = make_member(self.acme, role=self.deputy, email="mallory@example.com", is_staff=False)
        self.eve = make_member(self.acme, role=self.helper, email="eve@example.com")
        self.ada = make_member(self.acme, role="admin", email="ada@example.com")
        self.globex = make_organization(name="Globex")
        self.foreign_role = make_role(self.globex, "view_members", name="Foreign")
        self.foreign_member = make_member(
            self.globex, role=self.foreign_role, email="victim@globex.example", full_name="Victoria Vale"
        )
        self.foreign_invitation = self.invite("guest@globex.example", self.foreign_role, by=self.globex.owner)
        self.evil = make_organization(name="Evil Corp", owner=self.mallory.user)
        self.evil_role = make_role(self.evil, "view_members", "reset_member_password", name="Evil")
        self.evil_member = make_member(self.evil, role=self.evil_role, user=self.eve.user)
        Organization.objects.update(mfa_required_since=timezone.now())
        self.make_user = make_user
        self.client = sign_in(Client(), self.mallory.user)

    # What Mallory sends

    def url(self, name: str, *, of: Organization | None = None, site: str = "org", **ids: Any) -> str:
        organization = of or self.acme
        return reverse(f"{site}:org_members_{name}", kwargs={"organization_id": organization.pk, **ids})

    def get(self, name: str, **ids: Any) -> Any:
        return self.client.get(self.url(name, **ids))

    def post(self, name: str, data: dict[str, Any] | None = None, **ids: Any) -> Any:
        return self.client.post(self.url(name, **ids), data or {})

    def act(self, action: str, member: Membership, data: dict[str, Any] | None = None, **ids: Any) -> Any:
        return self.post("member_action", data, member_id=member.pk, action=action, **ids)

    def bulk(self, action: str, members: list[Membership], **data: Any) -> Any:
        ids = [member.pk for member in members]
        form = {"action": action, ACTION_CHECKBOX_NAME: ids, "confirmed": "1", **data}
        return self.post("organization_members", form)

    def matrix(self, role: Role, *names: str, of: Organization | None = None) -> Any:
        """Tick these boxes of the role, seen and confirmed, with the fingerprint that a real form would carry."""
        from django_org_members import roles
        from django_org_members.policy import Judge

        stamp = roles.fingerprint(Judge(self.ada.user, role.organization or self.acme), role)
        form = {"role": [f"{role.pk}:{stamp}"], "grant": [f"{role.pk}:{name}" for name in names], "confirmed": "1"}
        return self.post("organization_roles", form, of=of)

    def edit(self, role: Role, *names: str, **fields: Any) -> Any:
        from django_org_members import roles
        from django_org_members.policy import Judge

        stamp = roles.fingerprint(Judge(self.ada.user, role.organization or self.acme), role)
        form = {"name": role.name, "color": role.color, "permissions": list(names), "seen": stamp, "confirmed": "1"}
        return self.post("role_edit", form | fields, role_id=role.pk)

    def invite(self, email: str, role: Role, *, by: Any = None) -> Invitation:
        by = by or self.mallory.user
        return joining.invite(actor=by, organization=role.organization or self.acme, email=email, role=role)

    def accept(self, invitation: Invitation) -> None:
        """Open the link as an accomplice with the invited address, and join."""
        client = Client()
        client.force_login(
            self.make_user(email=invitation.email), backend="django_org_members.policy.backend.MembersBackend"
        )
        client.post(reverse("org_members:invitation", args=[invitation.derive_token()]))

    def do(self, name: str, member: Membership, **params: Any) -> None:
        """What the Owner of Acme does meanwhile."""
        assert actions.perform(name, actor=self.acme.owner, members=[member], **params).done

    # What must not change

    def snapshot(self) -> dict[str, Any]:
        """Return every right there is, and what gives one."""
        user_model = get_user_model()
        return {
            "authority": {
                (organization.name, user.pk): authority_of(user, organization)
                for organization in Organization.objects.all()
                for user in user_model._default_manager.filter(pk__in=self.people)
            },
            "members": set(Membership.objects.values_list("organization", "user", "role", "is_active")),
            "security": set(Organization.objects.values_list("pk", "mfa_required_since", "mfa_grace")),
            "exempt": set(Membership.objects.values_list("pk", "mfa_exempt_until")),
            "roles": set(Role.objects.values_list("pk", "organization", "name", "permissions")),
            "owners": set(Organization.objects.values_list("pk", "owner")),
            "invited": set(Invitation.objects.pending().values_list("organization", "email", "role")),
            "grants": set(OrganizationUserGrant.objects.values_list("user", "permission", "content_object"))
            | set(OrganizationGroupGrant.objects.values_list("group", "permission", "content_object")),
            "flags": {
                (user.pk, user.is_active, user.is_staff, user.is_superuser, user.password)
                for user in user_model._default_manager.filter(pk__in=self.people)
            },
        }

    @property
    def people(self) -> list[Any]:
        members = (self.mallory, self.eve, self.ada, self.foreign_member)
        return [*(member.user_id for member in members), self.acme.owner_id, self.globex.owner_id]
