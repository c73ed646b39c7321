"""System checks name what is missing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission
from django.core.checks import run_checks
from django.utils.translation import gettext_lazy

from django_org_members import checks
from django_org_members.policy.backend import MembersBackend

OTP = "django_otp.middleware.OTPMiddleware"
REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "checks.md"


def found():
    messages = [*checks.check_settings(None), *checks.check_urls(None)]
    assert all(message.hint for message in messages)
    return {message.id for message in messages}


@pytest.mark.django_db
def test_the_project_of_the_tests_is_in_order():
    assert found() == set()
    assert not [
        message for message in run_checks() if message.id.startswith("org_members") and not message.is_silenced()
    ]


def middleware(*names):
    others = [name for name in django_settings.MIDDLEWARE if name not in (checks.MIDDLEWARE, OTP)]
    place = others.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1
    return [*others[:place], *names, *others[place:]]


def org_members(**changes):
    return {"ORG_MEMBERS": {"BASE_URL": "https://example.com", **changes}}


VIEW = "tickets_app.view_ticket"


def of_tickets(*permissions, label="Tickets"):
    return org_members(PERMISSIONS=[(label, permissions)])


class Elsewhere:
    """A router that reads from a replica, which lags behind."""

    def db_for_read(self, model, **hints):
        return "replica"


class Subclass(MembersBackend):
    """A project's own."""


MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.mark.parametrize(
    ("wrong", "id_"),
    [
        (lambda: {"AUTHENTICATION_BACKENDS": [MODEL_BACKEND]}, "E001"),
        (lambda: {"MIDDLEWARE": middleware(OTP)}, "E002"),
        (lambda: {"MIDDLEWARE": [checks.MIDDLEWARE, *middleware(OTP)]}, "E003"),
        (lambda: {"ROOT_URLCONF": "tests.benchmarks.stock"}, "E004"),
        (lambda: {"AUTHENTICATION_BACKENDS": [checks.BACKEND, MODEL_BACKEND]}, "E005"),
        (lambda: {"ORG_MEMBERS": {}}, "E007"),
        (lambda: {"MIDDLEWARE": middleware(OTP, checks.MIDDLEWARE)}, "W001"),
        (lambda: {"DATABASE_ROUTERS": ["tests.test_checks.Elsewhere"]}, "E008"),
        (lambda: org_members(TRUSTED_PROXIES="10.0.0.0/8"), "E009"),
        (lambda: org_members(TRUSTED_PROXIES=["proxy.local"]), "E009"),
        (lambda: org_members(TRUSTED_PROXIES=[10]), "E009"),
        (lambda: org_members(TRUSTED_PROXIES=None), "E009"),
        (lambda: {"AUTHENTICATION_BACKENDS": ["no.such.Backend"]}, "E001"),
        (lambda: {"AUTHENTICATION_BACKENDS": [f"{__name__}.middleware"]}, "E001"),
        (lambda: org_members(PERMISSIONS=None), "E010"),
        (lambda: org_members(PERMISSIONS=5), "E010"),
        (lambda: org_members(PERMISSIONS="tickets_app.view_ticket"), "E010"),
        (lambda: org_members(PERMISSIONS={"Tickets": "tickets_app.view_ticket"}), "E010"),
        (lambda: org_members(PERMISSIONS=["tickets_app.view_ticket"]), "E010"),
        (lambda: org_members(PERMISSIONS=[("tickets_app.view_ticket", "See")]), "E010"),
        (lambda: org_members(PERMISSIONS=[("Tickets", ("tickets_app.view_ticket", "See"))]), "E010"),
        (lambda: org_members(PERMISSIONS=[("Tickets", ["tickets_app.view_ticket"])]), "E010"),
        (lambda: of_tickets((VIEW, "See", "twice")), "E010"),
        (lambda: of_tickets((VIEW, "")), "E010"),
        (lambda: of_tickets((VIEW, "  ")), "E010"),
        (lambda: of_tickets((VIEW, gettext_lazy(" "))), "E010"),
        (lambda: of_tickets((VIEW, None)), "E010"),
        (lambda: of_tickets((VIEW, "See"), (VIEW, "See again")), "E010"),
        (lambda: of_tickets(("org_members.view_members", "See the members")), "E010"),
        (lambda: of_tickets(("view_ticket", "See")), "E010"),
        (lambda: of_tickets((".view_ticket", "See")), "E010"),
        (lambda: of_tickets(("tickets_app.", "See")), "E010"),
        (lambda: of_tickets(("tickets app.view_ticket", "See")), "E010"),
        (lambda: of_tickets(("tickets_app.view ticket", "See")), "E010"),
        (lambda: of_tickets((VIEW + " ", "See")), "E010"),
        (lambda: of_tickets(("", "See")), "E010"),
        (lambda: of_tickets((None, "See")), "E010"),
        (lambda: of_tickets((VIEW, "See"), label=""), "E010"),
        (lambda: of_tickets((VIEW, "See"), label=None), "E010"),
        (lambda: org_members(AUTHENTICATION_AGE=timedelta(0)), "E011"),
        (lambda: org_members(BASE_ULR="x"), "W002"),
        (lambda: org_members(SHARED_ACCOUNTS="any_member"), "W003"),
        (lambda: org_members(SHARED_ACCOUNTS="sole_membership"), "W003"),
    ],
)
def test_what_is_wrong_is_found(settings, wrong, id_):
    for name, value in wrong().items():
        setattr(settings, name, value)
    if id_ == "E004":
        settings.ROOT_URLCONF = "tests.no_urls"
    assert found() == {f"org_members.{id_}"}


def test_a_project_may_subclass_the_backend(settings):
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.Subclass"]
    assert found() == set()


def test_proxies_as_the_reference_says_are_right(settings):
    for name, value in org_members(TRUSTED_PROXIES=["10.0.0.0/8", "192.0.2.1", "::1", "unix"]).items():
        setattr(settings, name, value)
    assert found() == set()


@pytest.mark.parametrize("kind", [list, tuple])
def test_permissions_in_the_shape_of_choices_are_right(settings, kind):
    """With words that are translated when they are shown, too."""
    tickets = kind([(VIEW, gettext_lazy("See")), ("tickets_app.close_ticket", "Close")])
    everything = kind([(gettext_lazy("Tickets"), tickets), ("None yet", kind())])
    settings.ORG_MEMBERS = org_members(PERMISSIONS=everything)["ORG_MEMBERS"]
    assert found() == set()


@pytest.mark.django_db
def test_a_permission_that_django_does_not_have_is_found_in_the_database(settings):
    names = (VIEW, "tickets_app.close_ticket", "auth.add_group", "tickets_app.veiw_ticket", "tickets.view_ticket")
    settings.ORG_MEMBERS = of_tickets(*[(name, "See") for name in names])["ORG_MEMBERS"]

    def missing():
        assert found() == set(), "what needs no database says nothing"
        messages = checks.check_database(None, databases=["default"])
        assert {message.id for message in messages} <= {"org_members.W005"}
        return [message.msg.split("'")[1] for message in messages], messages

    assert missing()[0] == ["tickets_app.veiw_ticket", "tickets.view_ticket"]
    assert all("Meta.permissions" in message.hint for message in missing()[1])
    Permission.objects.filter(codename__in=["close_ticket", "view_ticket"]).delete()
    assert missing()[0] == [name for name in names if name != "auth.add_group"]
    assert ["migrate" in message.hint for message in missing()[1]] == [True, True, False, False]
    assert checks.check_database(None, databases=[]) == []


@pytest.mark.django_db
def test_wrong_settings_do_not_break_the_check_of_the_database(settings):
    settings.ORG_MEMBERS = org_members(PERMISSIONS=[VIEW])["ORG_MEMBERS"]
    assert checks.check_database(None, databases=["default"]) == []
    assert found() == {"org_members.E010"}


def test_an_app_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr("django.apps.apps.is_installed", lambda app: app != "guardian")
    assert "org_members.E006" in found()


def test_every_check_is_documented():
    text = REFERENCE.read_text(encoding="utf-8")
    source = Path(checks.__file__).read_text(encoding="utf-8")
    ids = {line.split('id="')[1].split('"')[0] for line in source.splitlines() if 'id="' in line}
    assert len(ids) == 16
    assert all(f"`{one}`" in text for one in ids)
