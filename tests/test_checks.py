"""System checks name what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.checks import run_checks

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


def test_an_app_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr("django.apps.apps.is_installed", lambda app: app != "guardian")
    assert "org_members.E006" in found()


def test_every_check_is_documented():
    text = REFERENCE.read_text(encoding="utf-8")
    source = Path(checks.__file__).read_text(encoding="utf-8")
    ids = {line.split('id="')[1].split('"')[0] for line in source.splitlines() if 'id="' in line}
    assert len(ids) == 13
    assert all(f"`{one}`" in text for one in ids)
