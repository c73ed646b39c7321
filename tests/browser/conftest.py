"""A real Chromium, driven by what a person sees. Skips, with a reason, where there is none."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from django_org_members.models import Account, LoginEvent, Membership
from tests.billing.conftest import account, previews, world_url  # noqa: F401

from .people import PEOPLE
from .person import Person, settled

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items):
    """Everything here drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed.")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("No Chromium: install Debian's package chromium, or set CHROMIUM to the program.")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in this thread
    with playwright.sync_playwright() as driver:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def site(live_server, settings):
    """The address of a server with both admin sites; links in e-mails lead to it."""
    settings.ORG_MEMBERS = {"BASE_URL": live_server.url}
    settings.MIDDLEWARE = ["tests.browser.policy.StrictPolicyMiddleware", *settings.MIDDLEWARE]
    return live_server.url


@pytest.fixture
def scheme():
    """The colours that people prefer, unless a test says otherwise."""
    return "light"


@pytest.fixture
def browse(chromium, site, scheme):
    """Let somebody browse: `browse(scheme="light", js=True, width=1280, height=860, locale="en-US")`."""
    contexts = []

    def make(*, scheme=scheme, js=True, width=1280, height=860, locale="en-US", touch=False):
        context = chromium.new_context(
            base_url=site,
            color_scheme=scheme,
            java_script_enabled=js,
            viewport={"width": width, "height": height},
            locale=locale,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
            has_touch=touch,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Person(context.new_page(), has_js=js)

    yield make
    problems = [problem for context in contexts for problem in context.pages[0].om_problems]
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def acme(db, make_user, make_organization, make_role, make_member):
    """Acme with a dozen people whom its screenshots show."""
    owner = make_user(full_name="Olivia Marchetti", email="owner@acme.example")
    organization = make_organization(name="Acme", slug="acme", owner=owner)
    help_desk = ("view_members", "reset_member_mfa", "reset_member_password")
    roles = {
        "Help Desk": make_role(
            organization, *help_desk, name="Help Desk", color="teal", description="First line of support."
        ),
        "Engineer": make_role(
            organization, name="Engineer", color="indigo", description="Builds and runs the product."
        ),
    }
    for number, (name, email, role, disabled) in enumerate(PEOPLE):
        member = make_member(organization, role=roles.get(role, role), full_name=name, email=email, disabled=disabled)
        Account.objects.update_or_create(user=member.user, defaults={"provisioned_by": organization})
        joined = timezone.now() - timedelta(days=31 * number + 3)
        Membership.objects.filter(pk=member.pk).update(joined_at=joined)
        LoginEvent.objects.create(
            user=member.user, action=LoginEvent.Action.SIGNED_IN, ip_address="192.0.2.17", user_agent="Firefox"
        )
    return organization


@pytest.fixture
def member_of(acme):
    """Find a member of Acme by name: `member_of("Hana Sato")`."""
    return lambda name: Membership.objects.select_related("user").get(organization=acme, display_name=name)


@pytest.fixture
def shoot(tmp_path):
    """Take a screenshot: into the folder SCREENSHOTS, to be used in the documentation, or a temporary one."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def take(page, name, *, full=False):
        settled(page)
        path = folder / f"{name}.png"
        page.screenshot(path=path, full_page=full, animations="disabled", caret="hide")
        assert path.stat().st_size > 5000
        return path

    return take
