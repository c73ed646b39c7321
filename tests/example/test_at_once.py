"""Changes take effect at once: what one process changes, the very next request to another one sees.

Two real servers of the example project on one database; people are signed in at both, with cookies of their own.
"""

from __future__ import annotations

import re

import pytest

from .browser import Browser
from .conftest import Project, free_port, stopped
from .test_demo import PASSWORD, query

pytestmark = pytest.mark.example
AGENT = "agent@acme.example"
SEE, CLOSE = "tickets.view_ticket", "tickets.close_ticket"


@pytest.fixture(scope="module")
def other(server):
    """The second process."""
    second = Project(server.folder, free_port())
    process = second.start()
    yield second
    with process.stdout:
        assert stopped(process) == 0


@pytest.fixture
def acme(server):
    return Acme(server)


class Acme:
    """Org Settings of Acme at the first process, as its Owner works there."""

    def __init__(self, server):
        self.server = server
        self.owner = Browser(server.url)
        self.owner.sign_in("/org/", "owner@acme.example", PASSWORD)
        self.pk = self._find("SELECT id FROM org_members_organization WHERE slug = 'acme'")
        self.path = f"/org/org_members/organization/{self.pk}/"
        self.agent = self._find(
            "SELECT m.id FROM org_members_membership m JOIN auth_user u ON u.id = m.user_id "
            f"WHERE m.organization_id = {self.pk} AND u.email = '{AGENT}'"
        )
        self.ticket = self._find(
            f"SELECT max(id) FROM tickets_ticket WHERE organization_id = {self.pk} AND status = 'open'"
        )

    def _find(self, sql):
        return query(self.server, sql)[0][0]

    def role(self, name):
        """Return the pk of a role: a built-in one or Acme's own."""
        return self._find(
            f"SELECT id FROM org_members_role WHERE name = '{name}' AND coalesce(organization_id, {self.pk}) = {self.pk}"
        )

    def act(self, action, **fields):
        """Do something to the agent."""
        status, _, page, _ = self.owner.post(f"{self.path}members/{self.agent}/{action}/", **fields)
        assert status == 200
        assert 'class="success"' in page, page

    def set_role(self, name):
        self.act("set-role", role=self.role(name))

    def set_permissions(self, name, *permissions):
        """Edit a role, and confirm what the page says will change."""
        pk = self.role(name)
        path = f"{self.path}roles/{pk}/"
        status, _, page, _ = self.owner.get(path)
        assert status == 200
        kept = query(self.server, f"SELECT name, description, color FROM org_members_role WHERE id = {pk}")[0]
        fields = dict(zip(("name", "description", "color"), kept))
        fields["seen"] = re.search(r'name="seen" value="([^"]*)"', page).group(1)
        status, _, page, _ = self.owner.post(path, **fields, permissions=permissions, confirmed="1")
        assert status == 200
        assert 'class="success"' in page, page


class Agent:
    """The agent, signed in at one process."""

    def __init__(self, project, acme):
        self.browser = Browser(project.url)
        self.acme = acme
        self.sign_in()

    def sign_in(self):
        _, address, _, _ = self.browser.sign_in("/org/", AGENT, PASSWORD, to="/tickets/")
        assert address == f"{self.browser.base_url}/tickets/"

    def rights(self):
        """Return what one request to a ticket's page tells of the rights."""
        path = f"/tickets/{self.acme.ticket}/"
        status, address, page, _ = self.browser.get(path)
        if "/login/" in address:
            return "signed out"
        if status == 404:
            return set()
        assert status == 200
        return {SEE, CLOSE} if f'action="{path}close/"' in page else {SEE}

    def close(self):
        """Try to close the ticket; returns the status."""
        return self.browser.post("/tickets/", to=f"/tickets/{self.acme.ticket}/close/")[0]

    def manages(self):
        """Whether Org Settings lets the agent in."""
        return "/login/" not in self.browser.get("/org/")[1]


@pytest.fixture
def here(server, acme):
    return Agent(server, acme)


@pytest.fixture
def there(other, acme):
    return Agent(other, acme)


def test_another_role_counts_at_once_in_every_process(acme, here, there):
    assert there.rights() == {SEE, CLOSE}
    acme.set_role("Member")
    assert there.rights() == set()
    assert there.close() == 404
    assert here.rights() == set()
    acme.set_role("Admin")
    assert there.rights() == {SEE, CLOSE}
    assert there.manages()
    acme.set_role("Support Agent")
    assert not there.manages()
    assert there.rights() == here.rights() == {SEE, CLOSE}


def test_another_permission_of_the_role_counts_at_once_in_every_process(acme, here, there):
    assert there.rights() == {SEE, CLOSE}
    acme.set_permissions("Support Agent", SEE)
    assert there.close() == 403, "the server refuses what the page of a moment ago offered"
    assert there.rights() == here.rights() == {SEE}
    acme.set_permissions("Support Agent")
    assert there.rights() == here.rights() == set()
    acme.set_permissions("Support Agent", SEE, CLOSE)
    assert there.rights() == here.rights() == {SEE, CLOSE}


def test_disabled_access_ends_at_once_in_every_process(acme, here, there):
    assert there.rights() == {SEE, CLOSE}
    acme.act("disable")
    assert there.rights() == here.rights() == "signed out"
    acme.act("enable")
    assert there.rights() == "signed out", "the old session does not come back"
    there.sign_in()
    assert there.rights() == {SEE, CLOSE}
