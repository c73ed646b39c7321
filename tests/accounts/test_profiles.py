"""The copies of name and e-mail on memberships."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils import timezone

from django_org_members.accounts import passwords
from django_org_members.models import Account, Membership, Organization

pytestmark = pytest.mark.django_db
FIELD = "name" if any(field.name == "name" for field in get_user_model()._meta.get_fields()) else "first_name"


def repair(*arguments):
    output = io.StringIO()
    call_command("repair_members", *arguments, stdout=output)
    return output.getvalue()


def test_saving_a_user_changes_every_membership(make_member, make_organization):
    one = make_member(make_organization(), full_name="Ada")
    other = make_member(make_organization(), user=one.user)
    setattr(one.user, FIELD, "Grace")
    one.user.email = "GRACE@example.com"
    one.user.save()
    for member in Membership.objects.filter(pk__in=[one.pk, other.pk]):
        assert member.display_name.startswith("Grace")
        assert member.email == "GRACE@example.com"
        assert "grace@example.com" in member.search_text


def test_a_save_that_leaves_name_and_address_alone_asks_nothing(make_member, make_organization):
    user = make_member(make_organization()).user
    with CaptureQueriesContext(connection) as queries:
        user.save(update_fields=["last_login"])
    assert not [query for query in queries if "org_members_membership" in query["sql"]]


def test_what_went_past_the_signals_is_found_and_mended(make_member, make_organization):
    member = make_member(make_organization(), full_name="Ada Lovelace")
    get_user_model()._default_manager.filter(pk=member.user.pk).update(**{FIELD: "Grace"})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE org_members_organization SET member_count = 99")

    with pytest.raises(SystemExit) as exit_:
        repair("--check")
    assert exit_.value.code == 1
    assert Membership.objects.get(pk=member.pk).display_name == "Ada Lovelace", "checking changes nothing"

    output = repair()
    assert "display_name" in output
    assert "member_count" in output
    assert "99" in output
    assert Membership.objects.get(pk=member.pk).display_name.startswith("Grace")
    assert Organization.objects.get().member_count == 2
    assert "Everything is as it should be." in repair("--check")


def test_it_walks_in_batches(make_organization, monkeypatch):
    from django_org_members.accounts import profiles

    make_organization(members=7)
    Membership.objects.update(display_name="?")
    monkeypatch.setattr(profiles, "_BATCH", 3)
    assert "mended" in repair()
    assert not Membership.objects.filter(display_name="?").exists()


def test_saving_through_a_proxy_of_the_user_model_is_noticed(make_member, make_organization):
    member = make_member(make_organization())
    account, _ = Account.objects.get_or_create(user=member.user)
    passwords.set_temporary(member.user, account, now=timezone.now())
    model = get_user_model()
    meta = type("Meta", (), {"proxy": True, "app_label": model._meta.app_label})
    with isolate_apps(model._meta.app_config.name):
        proxy = type("Colleague", (model,), {"__module__": __name__, "Meta": meta})
        colleague = proxy.objects.get(pk=member.user_id)
    colleague.email = "new@example.com"
    colleague.set_password("a-password-of-my-own-26")
    colleague.save()
    assert Membership.objects.get(pk=member.pk).email == "new@example.com"
    account.refresh_from_db()
    assert not account.must_change_password
