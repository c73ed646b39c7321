"""One person at a browser, with or without JavaScript. Finds things by their words, as people do."""

from __future__ import annotations

import re
from importlib import import_module

from django.conf import settings

from django_org_members.accounts import reauthentication
from tests.conftest import PASSWORD

HARMLESS = re.compile(r"status of (4\d\d|204)")
"""The console's way to say that the server refused, which tests ask for on purpose."""


def settled(page):
    """Wait until everything is there: as "networkidle", but without half a second in which nothing must happen."""
    page.wait_for_load_state()
    for _ in range(200):
        page.wait_for_timeout(15)  # a frame; and what a script asks for now is known then
        if not page.om_requests:
            return
    page.wait_for_load_state("networkidle")


class Person:
    def __init__(self, page, *, has_js):
        self.page = page
        self.has_js = has_js
        page.om_problems = []
        page.om_requests = set()
        """Those that are not answered yet."""
        page.on("request", lambda request: page.om_requests.add(request))
        for end in ("requestfinished", "requestfailed"):
            page.on(end, lambda request: page.om_requests.discard(request))
        page.on("console", self._console)
        page.on("pageerror", lambda error: page.om_problems.append(str(error)))

    def _console(self, message):
        if message.type in ("error", "warning") and not HARMLESS.search(message.text):
            self.page.om_problems.append(message.text)

    # Going places

    def sign_in(self, email, *, password=PASSWORD, site="/org/"):
        """In any language: by the names of the fields."""
        self.page.goto(site)
        self.page.locator("[name=username]").fill(email)
        self.page.locator("[name=password]").fill(password)
        self.page.locator("#login-form [type=submit]").click()
        self.page.wait_for_load_state()
        return self

    @property
    def pane(self):
        """What a click on a member, an action or a form opened: a dialog over the list, or the page itself."""
        return self.page.get_by_role("dialog") if self.has_js else self.page.locator(".om-pane")

    def open_member(self, name, tab=None):
        self.page.get_by_role("table", name="Members").get_by_role("link", name=name).click()
        self.pane.get_by_role("heading", name=name).wait_for()
        if tab:
            self.pane.get_by_role("link", name=tab, exact=True).click()
            self.pane.locator(f'[aria-current="page"]:text-is("{tab}")').wait_for()
        return self.pane

    def open_menu(self, name):
        self.page.get_by_role("button", name=f"Actions for {name}").click()
        return self.page.locator(".om-menu:popover-open")

    def choose(self, name, entry):
        """Choose an entry of the menu of somebody's row."""
        self.open_menu(name).get_by_text(entry, exact=True).click()
        self.page.wait_for_load_state()

    def confirm(self, label):
        """Press the button of the form that is open, and wait for what comes of it."""
        self.pane.get_by_role("button", name=label, exact=True).click()

    def grow_old(self):
        """Move the last sign-in of the session to the past."""
        (key,) = [each["value"] for each in self.page.context.cookies() if each["name"] == settings.SESSION_COOKIE_NAME]
        session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        session[reauthentication.SESSION_KEY] = {**session[reauthentication.SESSION_KEY], "at": 0}
        session.save()

    # Looking

    def told(self, words):
        """Wait for a message of the page."""
        self.page.locator(".messagelist").get_by_text(words).wait_for()

    def row(self, name):
        return self.page.get_by_role("row", name=name)

    def names(self):
        return self.page.locator(".om-member__name").all_inner_texts()

    def is_refused(self):
        """Whether somebody who is signed in is told that this is not for them."""
        return "not authorized" in self.page.locator("body").inner_text()
