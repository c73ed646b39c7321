"""`create_organization` (`repair_members` is with the profiles)."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from django_org_members.models import Organization

pytestmark = pytest.mark.django_db


def create(*arguments):
    output = io.StringIO()
    call_command("create_organization", *arguments, stdout=output)
    return output.getvalue()


def test_an_organization_is_made(make_user):
    owner = make_user(email="olive@example.com")
    assert "Created Acme Inc. (acme-inc), owned by olive@example.com." in create(
        "Acme Inc.", "--owner", "olive@example.com"
    )
    assert Organization.objects.get(slug="acme-inc").owner == owner


def test_a_new_owner_gets_an_account_and_a_link(mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        create("Acme", "--slug", "acme", "--owner", "olive@example.com", "--owner-name", "Olive Owner")
    assert Organization.objects.get().memberships.get().display_name == "Olive Owner"
    assert mailoutbox[0].to == ["olive@example.com"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Acme", "--owner", "nobody"], "owner_email"),
        (["Acme", "--owner", "o@example.com", "--slug", "a b"], "slug"),
        (["", "--owner", "o@example.com"], "name"),
        (["Acme"], "--owner"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(arguments, words):
    with pytest.raises(CommandError, match=words):
        create(*arguments)
    assert not Organization.objects.exists()
