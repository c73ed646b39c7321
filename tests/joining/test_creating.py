"""Create User, and organizations with their Owner."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from django_org_members import actions, joining, signals
from django_org_members.exceptions import Refused
from django_org_members.models import Account, AuditEvent, Invitation, LoginEvent, Membership, Organization, Role

from .conftest import WRONG_ADDRESSES

pytestmark = pytest.mark.django_db


@pytest.fixture
def create(acme, admin_user):
    """Create a member: `create(email=…, role=…)` returns `Created`."""

    def make(**more):
        wanted = {"full_name": "Grace Hopper", "email": "grace@example.com", "role": Role.objects.member()}
        return joining.create_member(**({"actor": admin_user, "organization": acme} | wanted | more))

    return make


def test_a_new_account_gets_a_temporary_password(create, acme, admin_user, caught, rf):
    received = caught(signals.members_added)
    created = create()
    member, password = created.membership, created.temporary_password
    assert (member.display_name, member.email, member.organization) == ("Grace Hopper", "grace@example.com", acme)
    account = Account.objects.get(user=member.user)
    assert account.provisioned_by == acme
    assert account.must_change_password
    assert authenticate(rf.get("/"), username=member.user.get_username(), password=password) == member.user
    assert (received[0]["how"], received[0]["members"], received[0]["actor"]) == ("created", [member], admin_user)
    assert AuditEvent.objects.get(verb="member_created").details == {"role": "Member"}


def test_the_password_is_kept_nowhere(create, mailoutbox, caplog, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        created = create()
    kept = [repr(created), caplog.text, *(str(mail.message()) for mail in mailoutbox)]
    for model in (AuditEvent, LoginEvent, Account, Membership, Invitation, get_user_model()):
        kept += [str(row) for row in model._default_manager.values()]
    assert not any(created.temporary_password in text for text in kept)


def test_an_active_account_elsewhere_is_added_as_it_is(
    create, make_user, mailoutbox, django_capture_on_commit_callbacks
):
    somebody = make_user(email="grace@example.com", full_name="Amazing Grace")
    with django_capture_on_commit_callbacks(execute=True):
        created = create(email="GRACE@example.com")
    assert created.temporary_password is None
    assert created.membership.user == somebody
    assert created.membership.display_name == "Amazing Grace", "the name stays the person's own"
    assert Account.objects.get(user=somebody).provisioned_by is None
    assert AuditEvent.objects.filter(verb="member_added").exists()
    assert [mail.to for mail in mailoutbox] == [["grace@example.com"]]


@pytest.mark.parametrize(("email", "code"), WRONG_ADDRESSES)
def test_a_wrong_address_is_told(create, wrong_addressees, email, code):
    before = get_user_model()._default_manager.count()
    with pytest.raises(ValidationError) as raised:
        create(email=email)
    assert [error.code for error in raised.value.error_dict["email"]] == [code]
    assert get_user_model()._default_manager.count() == before


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_platform_staff_are_not_added_behind_their_backs(create, make_user, flag):
    """Their sign-in activity would be open to whoever knows an address."""
    make_user(email="grace@example.com", **{flag: True})
    with pytest.raises(ValidationError) as raised:
        create()
    assert [error.code for error in raised.value.error_dict["email"]] == ["platform_staff"]
    assert create(actor=make_user(is_superuser=True)).temporary_password is None


@pytest.mark.parametrize("which", ["owner", "foreign", "exceeding"])
def test_a_role_that_may_not_be_given_is_told(create, acme, make_member, make_role, make_organization, which):
    actor = make_member(acme, role=make_role(acme, "create_member")).user
    role = {
        "owner": Role.objects.owner,
        "foreign": lambda: make_role(make_organization()),
        "exceeding": Role.objects.admin,
    }[which]()
    with pytest.raises(ValidationError) as raised:
        create(actor=actor, role=role)
    assert list(raised.value.error_dict) == ["role"]


def test_who_lacks_the_permission_is_refused(create, acme, make_member, make_role):
    with pytest.raises(Refused):
        create(actor=make_member(acme, role=make_role(acme, "invite_member")).user)


def test_a_pending_invitation_is_answered_by_it(create, invite, caught):
    sent = invite("grace@example.com")
    received = caught(signals.invitation_revoked)
    create()
    sent.refresh_from_db()
    assert sent.revoked_at is not None
    assert len(received) == 1


def test_the_error_of_a_receiver_undoes_everything(create):
    def fail(sender, **kwargs):
        raise RuntimeError("no")

    signals.members_added.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            create()
    finally:
        signals.members_added.disconnect(fail)
    assert not get_user_model()._default_manager.filter(email="grace@example.com").exists()


# Organizations


def test_an_organization_with_an_existing_owner(make_user, caught, mailoutbox, django_capture_on_commit_callbacks):
    owner = make_user(email="olive@example.com")
    received = caught(signals.members_added)
    with django_capture_on_commit_callbacks(execute=True):
        organization = joining.create_organization(name=" Initech ", slug="initech", owner_email="OLIVE@example.com")
    assert (organization.name, organization.owner) == ("Initech", owner)
    assert organization.memberships.get().role == Role.objects.owner()
    assert received[0]["how"] == "organization_created"
    assert AuditEvent.objects.get(verb="organization_created").user == owner
    assert [(mail.to, "Initech" in mail.subject) for mail in mailoutbox] == [([owner.email], True)]


def test_an_organization_with_a_new_owner(client, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        organization = joining.create_organization(
            name="Initech", slug="initech", owner_email="olive@example.com", owner_name="Olive Owner"
        )
    assert organization.memberships.get().display_name == "Olive Owner"
    assert Account.objects.get(user=organization.owner).provisioned_by == organization
    (mail,) = mailoutbox
    link = next(word for word in mail.body.split() if "/set/" in word).removeprefix("http://testserver")
    page = client.get(link, follow=True)
    assert page.context["validlink"]
    address = page.redirect_chain[-1][0]
    password = {"new_password1": "olives-own-password", "new_password2": "olives-own-password"}
    assert client.post(address, password).status_code == 302
    organization.owner.refresh_from_db()
    assert organization.owner.check_password("olives-own-password")
    assert not client.get(link, follow=True).context["validlink"], "it works once"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"name": ""}, "name"),
        ({"slug": "not a slug"}, "slug"),
        ({"slug": "taken"}, "slug"),
        ({"owner_email": "x"}, "owner_email"),
        ({"owner_email": "inactive@example.com"}, "owner_email"),
        ({"owner_name": "a\nb"}, "owner_name"),
    ],
)
def test_what_is_wrong_is_told_by_field(make_organization, make_user, fields, where):
    make_organization(slug="taken")
    make_user(email="inactive@example.com", is_active=False)
    before = get_user_model()._default_manager.count()
    wanted = {"name": "Initech", "slug": "initech", "owner_email": "olive@example.com"}
    with pytest.raises(ValidationError) as raised:
        joining.create_organization(**(wanted | fields))
    assert list(raised.value.error_dict) == [where]
    assert Organization.objects.count() == 1
    assert get_user_model()._default_manager.count() == before


def test_a_project_can_leave_existing_accounts_to_invitations(create, make_user, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "EXISTING_ACCOUNTS": "invite"}
    make_user(email="grace@example.com")
    with pytest.raises(ValidationError) as raised:
        create()
    assert [error.code for error in raised.value.error_dict["email"]] == ["account_exists"]
    assert not Membership.objects.filter(email="grace@example.com").exists()


@pytest.mark.parametrize("stored", ["grace@bücher.example", "grace@xn--bcher-kva.example"])
def test_an_address_is_found_however_its_domain_is_spelled(create, make_user, stored):
    user = make_user(email=stored)
    for typed in ("grace@bücher.example", "GRACE@XN--BCHER-KVA.example"):
        Membership.objects.filter(user=user).delete()
        assert create(email=typed).membership.user == user


def test_an_owner_whose_sign_in_had_ended_can_sign_in_again(make_organization, make_member):
    elsewhere = make_organization()
    member = make_member(elsewhere, email="olive@example.com")
    Account.objects.create(user=member.user, provisioned_by=elsewhere)
    actions.perform("disable", actor=elsewhere.owner, members=[member])
    organization = joining.create_organization(name="Initech", slug="initech", owner_email="olive@example.com")
    assert get_user_model().objects.get(pk=organization.owner_id).is_active


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "Acme\r\nBcc: x@example.com"}, "name"),
        ({"name": "Acme \u202egnp"}, "name"),
        ({"name": " "}, "name"),
        ({"owner_name": "Ada\nB"}, "owner_name"),
        ({"owner_email": "ada"}, "owner_email"),
        ({"slug": "a b"}, "slug"),
    ],
)
def test_what_is_wrong_with_an_organization_is_told_at_the_field(db, wrong, field):
    values = {"name": "Initech", "slug": "initech", "owner_email": "olive@example.com"} | wrong
    with pytest.raises(ValidationError) as raised:
        joining.create_organization(**values)
    assert list(raised.value.message_dict) == [field]
    assert not Organization.objects.exists()


def test_an_owner_whom_somebody_makes_meanwhile_is_told_at_the_field(db, monkeypatch):
    def taken(self, **fields):
        raise IntegrityError("unique")

    monkeypatch.setattr(get_user_model(), "save", taken)
    with pytest.raises(ValidationError) as raised:
        joining.create_organization(name="Initech", slug="initech", owner_email="olive@example.com")
    assert list(raised.value.message_dict) == ["owner_email"]
