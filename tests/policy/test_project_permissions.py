"""A project's own permissions, held on organizations and asked about on the project's objects."""

from __future__ import annotations

from itertools import product

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members.models import Organization, OrganizationGroupGrant, OrganizationUserGrant
from django_org_members.policy import authority_of, managed_organizations, organizations_with, registry
from tests.tickets_app.models import Domain, Note, Rate, Ticket, Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]
VIEW, CLOSE, ADD = "tickets_app.view_ticket", "tickets_app.close_ticket", "tickets_app.add_ticket"
UNREGISTERED = "tickets_app.delete_ticket"
REGISTERED = {VIEW, CLOSE, ADD}


@pytest.fixture(autouse=True)
def registered(settings):
    tickets = [(VIEW, "See the tickets"), (CLOSE, "Close tickets"), (ADD, "Write tickets")]
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "PERMISSIONS": [("Tickets", tickets)]}


@pytest.fixture
def acme(make_organization):
    return make_organization()


@pytest.fixture
def globex(make_organization):
    return make_organization()


@pytest.fixture
def make_agent(make_role, make_member):
    """Make a member whose custom role holds these permissions: `make_agent(organization, VIEW, …, disabled=False)`."""

    def make(organization, *names, **kwargs):
        role = make_role(organization)
        role.permissions.set([row(name) for name in names])
        return make_member(organization, role=role, **kwargs)

    return make


def row(name):
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def grant(name, to, organization):
    """Write the row itself: guardian's `assign_perm` grants an organization's own permissions only."""
    model, field = (OrganizationGroupGrant, "group") if isinstance(to, Group) else (OrganizationUserGrant, "user")
    model.objects.bulk_create([model(**{field: to}, permission=row(name), content_object=organization)])


def ticket_of(organization):
    return Ticket.objects.create(organization=organization, title="The lift is stuck")


def fresh(user):
    """The user as the next request has it."""
    return get_user_model()._default_manager.get(pk=user.pk)


def queries_of(ask):
    with CaptureQueriesContext(connection) as queries:
        ask()
    return len(queries)


# From where they come


def test_a_custom_role_holds_it_in_its_organization(acme, globex, make_agent):
    user = make_agent(acme, VIEW).user
    assert user.has_perm(VIEW, ticket_of(acme))
    assert user.has_perm(VIEW, acme), "the organization itself may be asked about"
    assert not user.has_perm(CLOSE, ticket_of(acme))
    assert not user.has_perm(VIEW, ticket_of(globex))
    assert not user.has_perm(VIEW), "it is no model permission"


@pytest.mark.parametrize(("role", "holds"), [("admin", True), ("member", False)])
def test_of_the_built_in_roles(acme, globex, make_member, role, holds):
    user = make_member(acme, role=role).user
    for name in REGISTERED:
        assert user.has_perm(name, ticket_of(acme)) is holds
        assert not user.has_perm(name, ticket_of(globex))


def test_the_owner_holds_all_of_them(acme, globex):
    assert all(acme.owner.has_perm(name, ticket_of(acme)) for name in REGISTERED)
    assert not any(acme.owner.has_perm(name, ticket_of(globex)) for name in REGISTERED)


def test_a_disabled_member_holds_none(acme, make_agent, make_member):
    for member in (make_agent(acme, VIEW, disabled=True), make_member(acme, role="admin", disabled=True)):
        assert not member.user.has_perm(VIEW, ticket_of(acme))


@pytest.mark.parametrize("to", ["user", "group"])
def test_a_grant_on_the_organization_gives_it(acme, globex, make_user, to):
    user, group = make_user(), Group.objects.create(name="Support")
    user.groups.add(group)
    grant(VIEW, user if to == "user" else group, acme)
    assert fresh(user).has_perm(VIEW, ticket_of(acme))
    assert not fresh(user).has_perm(CLOSE, ticket_of(acme))
    assert not fresh(user).has_perm(VIEW, ticket_of(globex))


def test_a_model_permission_counts_in_every_organization(acme, globex, make_user):
    user = make_user()
    user.user_permissions.add(row(VIEW))
    assert all(fresh(user).has_perm(VIEW, ticket_of(each)) for each in (acme, globex))
    assert not fresh(user).has_perm(CLOSE, ticket_of(acme))


def test_a_superuser_has_all_and_nobody_who_is_inactive_or_unknown_any(acme, make_user, make_agent):
    ticket = ticket_of(acme)
    superuser, agent = make_user(is_superuser=True), make_agent(acme, VIEW).user
    assert superuser.has_perm(VIEW, ticket)
    assert superuser.has_perm(UNREGISTERED, ticket)
    assert not AnonymousUser().has_perm(VIEW, ticket)
    for user in (superuser, agent):
        user.is_active = False
        user.save()
        assert not fresh(user).has_perm(VIEW, ticket)


# What is asked about


def test_an_object_may_lead_to_its_organization_by_any_attribute(acme, globex, make_agent):
    user = make_agent(acme, VIEW).user

    def objects_of(organization):
        note = Note.objects.create(ticket=ticket_of(organization))
        domain = Domain.objects.create(organization=organization, name="example.com")
        workspace = Workspace.objects.create(organization=organization)
        # As they come from the database, where the organization is not loaded yet.
        return [type(each)._default_manager.get(pk=each.pk) for each in (note, domain, workspace)]

    assert [user.has_perm(VIEW, each) for each in objects_of(acme)] == [True] * 3
    assert [user.has_perm(VIEW, each) for each in objects_of(globex)] == [False] * 3
    assert user.get_all_permissions(objects_of_note(acme)) == {VIEW}


def objects_of_note(organization):
    return Note(ticket=ticket_of(organization))


def test_an_unsaved_object_belongs_to_where_it_will_be(acme, globex, make_agent):
    user = make_agent(acme, ADD).user
    assert user.has_perm(ADD, Ticket(organization=acme))
    assert user.has_perm(ADD, Ticket(organization_id=acme.pk))
    assert not user.has_perm(ADD, Ticket(organization=globex))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Ticket.objects.create(organization=None, title="Nobody's"),
        lambda: Ticket(title="Not said yet"),
        lambda: Ticket(organization=Organization(name="Not saved yet")),
        lambda: Organization(name="Not saved yet"),
        lambda: Note(),
        lambda: Domain(),
        lambda: Workspace(),
        lambda: Rate(organization="Acme"),
        lambda: Ticket,
        lambda: object(),
    ],
)
def test_what_belongs_to_no_organization_is_nobodys(acme, make_user, make_agent, make):
    """As Django answers for objects: neither a role nor a model permission reaches it; a superuser does."""
    everywhere, agent, superuser = make_user(), make_agent(acme, VIEW).user, make_user(is_superuser=True)
    everywhere.user_permissions.add(row(VIEW))
    for user in (acme.owner, everywhere, agent):
        assert not user.has_perm(VIEW, make())
        assert user.get_all_permissions(make()) == set()
    assert superuser.has_perm(VIEW, make())


def test_what_is_not_registered_is_nobodys_but_a_superusers(acme, make_agent, make_user):
    """Even where the database holds it: what no page shows is not in force."""
    agent, everywhere = make_agent(acme, VIEW, UNREGISTERED).user, make_user()
    everywhere.user_permissions.add(row(UNREGISTERED))
    grant(UNREGISTERED, everywhere, acme)
    ticket = ticket_of(acme)
    for user in (acme.owner, agent, everywhere):
        assert not user.has_perm(UNREGISTERED, ticket)
        assert not organizations_with(user, UNREGISTERED).exists()
    assert everywhere.has_perm(UNREGISTERED), "the model permission itself is Django's, as ever"


def test_what_is_registered_no_more_is_in_force_no_more(acme, make_agent, settings):
    agent, ticket = make_agent(acme, VIEW).user, ticket_of(acme)
    assert fresh(agent).has_perm(VIEW, ticket)
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "PERMISSIONS": ()}
    assert not fresh(agent).has_perm(VIEW, ticket)
    assert not organizations_with(agent, VIEW).exists()


def test_all_permissions_on_an_object(acme, globex, make_agent, make_user):
    ticket = ticket_of(acme)
    assert make_agent(acme, VIEW, CLOSE, "org_members.view_members").user.get_all_permissions(ticket) == {
        VIEW,
        CLOSE,
        "org_members.view_members",
    }
    assert acme.owner.get_all_permissions(ticket) >= REGISTERED
    assert acme.owner.get_all_permissions(ticket_of(globex)) == set()
    assert make_user(is_superuser=True).get_all_permissions(ticket) >= REGISTERED


def test_async_code_is_answered_the_same(acme, globex, make_agent):
    user, here, there = make_agent(acme, VIEW).user, ticket_of(acme), ticket_of(globex)

    async def ask():
        return (
            await user.ahas_perm(VIEW, here),
            await user.ahas_perm(VIEW, there),
            await user.aget_all_permissions(here),
        )

    assert async_to_sync(ask)() == (True, False, {VIEW})


def test_a_name_may_be_a_member_of_an_enumeration(acme, make_agent, settings):
    """As the package's own are: on no Python does its place in the settings make it another name."""
    from django.db.models import TextChoices

    class Own(TextChoices):
        VIEW = VIEW, "See"

    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "PERMISSIONS": [("Tickets", [(Own.VIEW, Own.VIEW.label)])]}
    assert make_agent(acme, VIEW).user.has_perm(Own.VIEW, acme)
    (described,) = registry.groups()[-1].permissions
    assert (f"{described.name}", str(described.words)) == (VIEW, "See")


# Org Settings


def test_a_role_with_nothing_else_does_not_open_org_settings(acme, make_agent, client, sign_in):
    user = make_agent(acme, *REGISTERED).user
    authority = authority_of(user, acme)
    assert authority
    assert not authority.manages
    assert not managed_organizations(user).exists()
    response = sign_in(client, user).get(f"/org/org_members/organization/{acme.pk}/members/")
    assert response.status_code == 302
    assert response.url.startswith("/org/login/")


def test_nobody_gives_away_one_that_they_lack(acme, make_agent, make_member, make_role):
    from django_org_members import actions

    people_manager = make_agent(acme, "org_members.view_members", "org_members.set_member_role").user
    closer = make_agent(acme, CLOSE).role
    outcome = actions.perform("set-role", actor=people_manager, members=[make_member(acme)], role=closer)
    assert [verdict.code for _, verdict in outcome.refused] == ["exceeds"]


# What it costs


def test_a_hundred_tickets_cost_what_one_does(acme, make_agent):
    grantee = make_agent(acme, VIEW).user
    grant(CLOSE, grantee, acme)
    for _ in range(100):
        ticket_of(acme)

    def ask(tickets):
        user = fresh(grantee)
        answers = []
        queries = queries_of(lambda: answers.extend(user.has_perm(VIEW, each) for each in tickets))
        assert answers == [True] * len(tickets)
        return queries

    one, all_of_them = Ticket.objects.all()[:1], Ticket.objects.all()
    assert ask(list(one)) == ask(list(all_of_them)) == 2


def test_notes_with_their_tickets_cost_no_more(acme, make_agent):
    user = make_agent(acme, VIEW).user
    for _ in range(10):
        Note.objects.create(ticket=ticket_of(acme))
    notes = list(Note.objects.select_related("ticket__organization"))
    assert queries_of(lambda: [user.has_perm(VIEW, each) for each in notes]) <= 3


def test_a_list_costs_one_query(acme, globex, make_agent):
    user = make_agent(acme, VIEW).user
    ours = ticket_of(acme)
    ticket_of(globex)
    seen = []
    ask = Ticket.objects.filter(organization__in=organizations_with(user, VIEW))
    assert queries_of(lambda: seen.extend(ask)) == 1
    assert seen == [ours]


# The list and the single answer agree, whatever a person has

ROLES = ("none", "member", "admin", "owner", "agent", "other custom", "disabled admin", "disabled agent")
SOURCES = ("none", "user", "group")
WORLD = list(product(ROLES, SOURCES, SOURCES, (True, False), (True, False)))


@pytest.fixture
def make_person(acme, make_user, make_member, make_organization, make_role):
    """Make somebody of the world; returns the user and the organizations in which VIEW is expected."""
    roles = {"agent": make_role(acme), "other custom": make_role(acme)}
    roles["agent"].permissions.set([row(VIEW), row("org_members.view_members")])
    roles["other custom"].permissions.set([row(CLOSE), row(UNREGISTERED)])
    granted, allowed = Group.objects.create(name="granted"), Group.objects.create(name="allowed")
    grant(VIEW, granted, acme)
    allowed.permissions.add(row(VIEW))

    def join(user, role):
        if role == "owner":
            return make_organization(owner=user)
        if role != "none":
            kind, is_disabled = role.removeprefix("disabled "), role.startswith("disabled ")
            make_member(acme, user=user, role=roles.get(kind, kind), disabled=is_disabled)
        return acme

    def make(role, granted_by, model_permission, is_active, is_superuser):
        user = make_user(is_superuser=is_superuser)
        home = join(user, role)
        {"none": set, "user": lambda: grant(VIEW, user, acme), "group": lambda: user.groups.add(granted)}[granted_by]()
        if model_permission == "user":
            user.user_permissions.add(row(VIEW))
        elif model_permission == "group":
            user.groups.add(allowed)
        get_user_model()._default_manager.filter(pk=user.pk).update(is_active=is_active)
        expected = {home} if role in ("admin", "owner", "agent") else set()
        expected |= {acme} if granted_by != "none" else set()
        everywhere = model_permission != "none" or is_superuser
        return fresh(user), home, expected, everywhere

    return make


def test_the_list_agrees_with_has_perm_for_everybody(acme, globex, make_person):
    names = (VIEW, CLOSE, UNREGISTERED, "org_members.view_members", "org_members.transfer_ownership")
    for case in WORLD:
        user, home, expected, everywhere = make_person(*case)
        places = {acme, globex, home}
        is_active = case[3]
        wanted = (places if everywhere else expected) if is_active else set()
        assert {each for each in places if user.has_perm(VIEW, each)} == wanted, case
        for name in names:
            found = set(organizations_with(user, name).filter(pk__in=[each.pk for each in places]))
            assert found == {each for each in places if user.has_perm(name, each)}, (case, name)
            if not user.is_superuser:
                assert found == {each for each in places if name in user.get_all_permissions(Ticket(organization=each))}


def test_the_list_is_one_query_for_everybody(make_person):
    for case in [one for one in WORLD if one[1] == one[2] == "user"]:
        user, *_ = make_person(*case)
        assert queries_of(lambda user=user: list(organizations_with(user, VIEW))) <= 1, case
    assert list(organizations_with(AnonymousUser(), VIEW)) == []


# Settings that are wrong


@pytest.mark.parametrize("wrong", [None, "tickets.view_ticket", [VIEW], [("Tickets", VIEW)], [("Tickets", [VIEW])], 1])
def test_wrong_settings_are_said_to_be_wrong(acme, settings, wrong):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "PERMISSIONS": wrong}
    with pytest.raises(ImproperlyConfigured, match="PERMISSIONS"):
        acme.owner.has_perm(VIEW, acme)
