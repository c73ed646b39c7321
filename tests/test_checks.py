"""System checks name what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import django
import pytest
from django.apps import AppConfig, apps
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission
from django.core.checks import run_checks
from django.utils.translation import gettext_lazy

from django_org_members import checks
from django_org_members.accounts.mfa.registry import BUILT_IN
from django_org_members.checks import mfa
from django_org_members.policy.backend import MembersBackend
from tests.otp import needs_otp

OTP = "django_otp.middleware.OTPMiddleware"
ROOT = Path(__file__).resolve().parents[1]


def found():
    return ids([*checks.check_settings(None), *checks.check_urls(None)])


def ids(messages):
    """Return the ids, each of a message whose hint leads to its place in the reference."""
    for message in messages:
        assert message.hint.endswith(f"checks.html#{message.id.lower().replace('.', '-').replace('_', '-')}")
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


ADAPTERS = [path for app, path in BUILT_IN.items() if apps.is_installed(app)]
"""Those of the apps that are installed, whichever settings the tests run with."""


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
        (lambda: org_members(ASK_AGAIN_FOR=["transfer-ownership", "reset_mfa"]), "E012"),
        (lambda: org_members(ASK_AGAIN_FOR="transfer-ownership"), "E012"),
        (lambda: org_members(ASK_AGAIN_FOR=None), "E012"),
        (lambda: org_members(MFA_ADAPTERS=[*ADAPTERS, "people.mfa.Missing"]), "E013"),
        (lambda: org_members(MFA_ENROLMENT_URL="no_such_page"), "E014"),
        (lambda: org_members(MFA_ENROLMENT_URL="/nowhere/"), "E014"),
        (lambda: org_members(CALENDAR_NETWORKS="10.20.30.40/32"), "E015"),
        (lambda: org_members(CALENDAR_NETWORKS=["10.20.30.0/24", "calendars.local"]), "E015"),
        (lambda: org_members(CALENDAR_NETWORKS=[10]), "E015"),
        (lambda: org_members(CALENDAR_NETWORKS=["unix"]), "E015"),
        (lambda: org_members(CALENDAR_NETWORKS=None), "E015"),
        (lambda: org_members(CALENDAR_REFRESH=15), "E016"),
        (lambda: org_members(CALENDAR_REFRESH=timedelta(minutes=-1)), "E016"),
        (lambda: org_members(CALENDAR_REFRESH=None), "E016"),
        (lambda: org_members(SEATS="membres"), "E018"),
        (lambda: org_members(SEATS="no.such.function"), "E018"),
        (lambda: org_members(SEATS=f"{__name__}.VIEW"), "E018"),
        (lambda: org_members(SEATS=None), "E018"),
        (lambda: org_members(SEATS=5), "E018"),
        (lambda: org_members(SEAT_PRORATION="prorate"), "E019"),
        (lambda: org_members(SEAT_PRORATION=None), "E019"),
        (lambda: org_members(SEAT_DRIFT="ignore"), "E019"),
        (lambda: org_members(SEAT_DRIFT=["repair"]), "E019"),
        (lambda: org_members(SEAT_EMAILS="weekly"), "E019"),
        (lambda: org_members(SEAT_EMAILS=False), "E019"),
        (lambda: org_members(BILLING_GATEWAY="no.such.Gateway"), "E020"),
        (lambda: org_members(BILLING_GATEWAY=f"{__name__}.VIEW"), "E020"),
        (lambda: org_members(BILLING_GATEWAY=f"{__name__}.Subclass"), "E020"),
        (lambda: org_members(BILLING_GATEWAY=None), "E020"),
        (lambda: org_members(SEAT_PRICES="price_1"), "E021"),
        (lambda: org_members(SEAT_PRICES=[1]), "E021"),
        (lambda: org_members(SEAT_PRICES=None), "E021"),
        (lambda: org_members(STRIPE_WEBHOOK_SECRETS="whsec_1"), "E021"),
        (lambda: org_members(STRIPE_WEBHOOK_SECRETS=[b"whsec_1"]), "E021"),
        (lambda: org_members(STRIPE_WEBHOOK_SECRETS=None), "E021"),
        (lambda: {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}, "W008"),
        (lambda: {"LOGIN_URL": "/accounts/login/"}, "W012"),
        (lambda: {"LOGIN_URL": "no_such_page"}, "W012"),
        (lambda: {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}, "W013"),
        (lambda: {"USE_X_FORWARDED_HOST": True}, "W013"),
        (lambda: {"USE_X_FORWARDED_PORT": True}, "W013"),
        (lambda: org_members(BASE_ULR="x"), "W002"),
        (lambda: org_members(SHARED_ACCOUNTS="any_member"), "W003"),
        (lambda: org_members(SHARED_ACCOUNTS="sole_membership"), "W003"),
    ],
)
def test_what_is_wrong_is_found(settings, wrong, id_):
    for name, value in wrong().items():
        setattr(settings, name, value)
    if id_ == "E004":
        settings.ROOT_URLCONF, settings.LOGIN_URL = "tests.no_urls", "https://id.example.com/"
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


# Second factors


def installed(monkeypatch, **answers):
    """Let apps seem installed or not: `installed(monkeypatch, django_otp=False)`."""
    real = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda app: answers.get(app.replace(".", "_"), real(app)))


@pytest.mark.parametrize("app", BUILT_IN)
def test_an_adapter_needs_its_app(settings, monkeypatch, app):
    installed(monkeypatch, **{name.replace(".", "_"): False for name in BUILT_IN})
    settings.ORG_MEMBERS = org_members(MFA_ADAPTERS=[BUILT_IN[app]])["ORG_MEMBERS"]
    assert found() == {"org_members.E013"}


@pytest.mark.parametrize("app", BUILT_IN)
def test_an_app_of_second_factors_needs_an_adapter(settings, monkeypatch, app):
    installed(monkeypatch, **{name.replace(".", "_"): name == app for name in BUILT_IN})
    settings.ORG_MEMBERS = org_members(MFA_ADAPTERS=[])["ORG_MEMBERS"]
    assert "org_members.W006" in found()
    settings.ORG_MEMBERS = org_members(MFA_ADAPTERS=[BUILT_IN[app]])["ORG_MEMBERS"]
    assert "org_members.W006" not in found()


def test_an_app_of_second_factors_that_is_not_known_needs_an_adapter_of_the_project_s_own(settings, monkeypatch):
    real = apps.get_app_configs
    monkeypatch.setattr(apps, "get_app_configs", lambda: [*real(), AppConfig("trench", __import__("tests"))])
    assert found() == {"org_members.W006"}
    own = f"{__name__}.Subclass"
    settings.ORG_MEMBERS = org_members(MFA_ADAPTERS=[*ADAPTERS, own])["ORG_MEMBERS"]
    assert found() == set()


@needs_otp
def test_django_otp_without_a_plugin_has_no_devices(monkeypatch):
    monkeypatch.setattr(apps, "get_models", list)
    assert "org_members.W007" in ids(list(mfa.plugins()))


@pytest.mark.parametrize("url", ["org_members:change_password", "/account/password/", "https://id.example.com/mfa/"])
def test_a_page_of_the_project_is_found_by_name_and_path(settings, url):
    settings.LOGIN_URL = url
    settings.ORG_MEMBERS = org_members(MFA_ENROLMENT_URL=url)["ORG_MEMBERS"]
    assert found() == set()


def test_proxies_that_are_named_are_enough(settings):
    settings.USE_X_FORWARDED_HOST = True
    settings.ORG_MEMBERS = org_members(TRUSTED_PROXIES=["10.0.0.0/8"])["ORG_MEMBERS"]
    assert found() == set()


# Seats


def seats_of(organization):
    return 5


class Biller:
    """Another one than Stripe."""

    fetch = set_quantity = preview = names = prorated = dashboard_url = event = None


@pytest.fixture
def library(monkeypatch):
    """Let Stripe's library seem installed, or not: `library(False)`."""
    return lambda there: monkeypatch.setattr("django_org_members.billing.stripe.stripe", object() if there else None)


def test_seats_as_the_reference_says_are_right(settings, library):
    library(there=True)
    chosen = {"SEAT_PRORATION": "none", "SEAT_DRIFT": "report", "SEAT_EMAILS": "daily", "SEAT_PRICES": ("price_1",)}
    keys = {"STRIPE_API_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRETS": ["whsec_1", "whsec_2"]}
    for counted in ("members", "active", f"{__name__}.seats_of"):
        settings.ORG_MEMBERS = org_members(SEATS=counted, **chosen, **keys)["ORG_MEMBERS"]
        assert found() == set()


def test_a_key_of_stripe_needs_its_library(settings, library):
    library(there=False)
    settings.ORG_MEMBERS = org_members(STRIPE_API_KEY="sk_test_1")["ORG_MEMBERS"]
    assert found() == {"org_members.E017"}
    settings.ORG_MEMBERS = org_members(STRIPE_API_KEY="sk_test_1", BILLING_GATEWAY=f"{__name__}.Biller")["ORG_MEMBERS"]
    assert found() == set(), "another biller needs no library of Stripe's"
    settings.ORG_MEMBERS = org_members()["ORG_MEMBERS"]
    assert found() == set(), "nor does who has no subscriptions"


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
def test_a_live_key_where_one_develops_is_found(settings, library, key):
    library(there=True)
    settings.ORG_MEMBERS = org_members(STRIPE_API_KEY=key)["ORG_MEMBERS"]
    assert found() == set()
    settings.DEBUG = True
    assert found() == {"org_members.W016"}
    settings.ORG_MEMBERS = org_members(STRIPE_API_KEY="sk_test_1")["ORG_MEMBERS"]
    assert found() == set()


def test_no_message_tells_a_secret(settings):
    settings.ORG_MEMBERS = org_members(STRIPE_API_KEY=5, STRIPE_WEBHOOK_SECRETS="whsec_1")["ORG_MEMBERS"]
    assert not [message for message in checks.check_settings(None) if "whsec_1" in f"{message.msg} {message.hint}"]


# In deployment

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def use_mail(settings, backend):
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": backend}}
    else:
        settings.EMAIL_BACKEND = backend


@pytest.fixture
def deployed(settings):
    """What `check --deploy` finds in a project that sends its mail."""
    use_mail(settings, SMTP)
    return lambda: ids(checks.check_deployment(None))


def test_a_project_that_sends_its_mail_is_in_order(deployed, settings):
    assert deployed() == set()
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    assert deployed() == set()


@pytest.mark.parametrize("name", ["console", "dummy", "locmem", "filebased"])
def test_mail_that_is_not_sent_is_found(deployed, settings, name):
    use_mail(settings, f"django.core.mail.backends.{name}.EmailBackend")
    assert deployed() == {"org_members.W009"}


@pytest.mark.parametrize("address", ["webmaster@localhost", "Us <webmaster@localhost>"])
def test_a_sender_that_is_django_s_default_is_found(deployed, settings, address):
    settings.DEFAULT_FROM_EMAIL = address
    assert deployed() == {"org_members.W010"}


@pytest.mark.parametrize("value", ["None", False, None])
def test_a_cookie_for_other_sites_is_found(deployed, settings, value):
    settings.SESSION_COOKIE_SAMESITE = value
    assert deployed() == {"org_members.W011"}


@pytest.mark.parametrize("secrets", [[], [""], [" "], None])
def test_a_key_without_secrets_for_webhooks_is_found(deployed, settings, secrets):
    settings.ORG_MEMBERS = org_members(STRIPE_API_KEY="sk_live_1", STRIPE_WEBHOOK_SECRETS=secrets)["ORG_MEMBERS"]
    assert deployed() == {"org_members.W015"}
    settings.ORG_MEMBERS = org_members(STRIPE_API_KEY="sk_live_1", STRIPE_WEBHOOK_SECRETS=["whsec_1"])["ORG_MEMBERS"]
    assert deployed() == set()


@pytest.mark.django_db
def test_what_is_of_deployment_only_is_asked_then(settings):
    settings.DEFAULT_FROM_EMAIL = "webmaster@localhost"
    assert "org_members.W010" not in {message.id for message in run_checks()}
    assert "org_members.W010" in {message.id for message in run_checks(include_deployment_checks=True)}


@needs_otp
def test_the_example_project_is_in_order(tmp_path):
    """In a process of its own, deployment included: its mail is kept in files on purpose, and it is not behind https."""
    command = [sys.executable, "example_project/manage.py", "check", "--deploy"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE_"))}
    done = subprocess.run(
        command, cwd=ROOT, env=inherited | {"DEMO_DIR": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert "System check identified" in done.stdout + done.stderr
    assert "org_members." not in done.stdout + done.stderr
