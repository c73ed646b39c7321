"""The demo: seeds, repairs, serves, and everybody signs in."""

from __future__ import annotations

import re
import socket
import sqlite3
from contextlib import closing

import pytest

from .browser import Browser
from .conftest import ROOT, Project, free_port

PASSWORD = "demo-pass-2026"
COUNTED = (
    "auth.User",
    "org_members.Organization",
    "org_members.Membership",
    "org_members.Role",
    "org_members.Invitation",
    "org_members.LoginEvent",
    "org_members.AuditEvent",
    "org_members.OrganizationUserGrant",
    "tickets.Ticket",
    "otp_totp.TOTPDevice",
    "otp_static.StaticToken",
)

pytestmark = pytest.mark.example


def test_its_extra_brings_what_its_pages_offer():
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 reads no TOML.")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {"django-org-members[agents,calendars,holidays,otp,qr]"} <= set(extras["demo"])


def query(project, sql):
    with closing(sqlite3.connect(project.folder / "db.sqlite3")) as connection:
        return connection.execute(sql).fetchall()


def test_prints_where_to_go_and_whom_to_sign_in_as(project):
    for words in (
        f"{project.url}/org/",
        f"{project.url}/admin/",
        f"{project.url}/tickets/",
        PASSWORD,
        "staff@example.com",
        "owner@acme.example",
        "admin@acme.example",
        "member@acme.example",
        "helpdesk@acme.example",
        "agent@acme.example",
        "Acme: 60 members",
        "Globex: 12 members",
    ):
        assert words in project.first_output


def test_running_it_again_adds_nothing(project):
    before = project.count(*COUNTED)
    mails = len(list((project.folder / "emails").iterdir()))
    project.run("demo", "--no-serve")
    assert project.count(*COUNTED) == before
    assert len(list((project.folder / "emails").iterdir())) == mails


def test_has_everything_worth_looking_at(project):
    members = "SELECT count(*) FROM org_members_membership m JOIN auth_user u ON u.id = m.user_id WHERE "
    shared = "SELECT count(*) FROM (SELECT 1 FROM org_members_membership GROUP BY user_id HAVING count(*) > 1)"
    wanted = {
        "members shared": shared,
        "disabled": members + "NOT m.is_active",
        "never signed in": members + "u.last_login IS NULL",
        "SSO only": members + "u.password LIKE '!%'",
        "with TOTP": "SELECT count(*) FROM otp_totp_totpdevice",
        "backup codes": "SELECT count(*) FROM otp_static_statictoken",
        "custom roles": "SELECT count(*) FROM org_members_role WHERE organization_id IS NOT NULL AND description <> ''",
        "expired": "SELECT count(*) FROM org_members_invitation WHERE is_pending AND expires_at < datetime('now')",
        "pending": "SELECT count(*) FROM org_members_invitation WHERE is_pending AND expires_at > datetime('now')",
        "failures": "SELECT count(*) FROM org_members_loginevent WHERE NOT succeeded AND reason <> ''",
        "open tickets": "SELECT count(*) FROM tickets_ticket WHERE status = 'open'",
        "closed tickets": "SELECT count(*) FROM tickets_ticket WHERE status = 'closed'",
        "grants": "SELECT count(*) FROM org_members_organizationusergrant",
        "required": "SELECT count(*) FROM org_members_organization WHERE mfa_required_since IS NOT NULL",
        "schedules": members + "m.schedule_id IS NOT NULL",
        "on call": "SELECT count(*) FROM org_members_rotationplace",
        "overrides": "SELECT count(*) FROM org_members_override WHERE ends_at > datetime('now')",
        "time off": "SELECT count(*) FROM org_members_timeoff WHERE ends_at > datetime('now')",
        "closures": "SELECT count(*) FROM org_members_closure WHERE ends_on > date('now')",
        "exempt": members + "m.mfa_exempt_until > datetime('now')",
    }
    found = {name: query(project, sql)[0][0] for name, sql in wanted.items()}
    assert all(found.values()), found
    assert found["never signed in"] == 1
    assert query(project, "SELECT slug, member_count FROM org_members_organization ORDER BY slug") == [
        ("acme", 60),
        ("globex", 12),
    ]


def test_a_missing_member_comes_back(project):
    project.run("shell", "--command", "from django.contrib.auth.models import User; "
                "User.objects.get(email='winnie.chan@acme.example').delete()")  # fmt: skip
    assert query(project, "SELECT member_count FROM org_members_organization WHERE slug = 'acme'") == [(59,)]
    assert "Acme: 60 members" in project.run("demo", "--no-serve").stdout


def test_names_and_copies_agree(project):
    assert project.run("repair_members", "--check", check=False).returncode == 0


@pytest.mark.parametrize(
    ("site", "name", "is_let_in"),
    [
        ("/admin/", "staff@example.com", True),
        ("/org/", "owner@acme.example", True),
        ("/org/", "admin@acme.example", True),
        ("/org/", "helpdesk@acme.example", True),
        ("/org/", "member@acme.example", False),
        ("/org/", "agent@acme.example", False),
        ("/admin/", "support@example.com", True),
        ("/admin/", "owner@acme.example", False),
    ],
)
def test_who_signs_in_where(server, site, name, is_let_in):
    browser = Browser(server.url)
    _, address, page, _ = browser.sign_in(site, name, PASSWORD)
    assert ("/login/" not in address) == is_let_in
    assert ("errornote" not in page) == is_let_in
    if is_let_in:
        assert browser.get(site)[0] == 200


def test_a_wrong_password_does_not(server):
    _, address, _, _ = Browser(server.url).sign_in("/org/", "owner@acme.example", "wrong")
    assert "/login/" in address


def test_a_backup_code_is_asked_for_and_works_once(server):
    name, code = re.search(r"(\S+@acme\.example) .* asked for a token: (\w+) works once", server.first_output).groups()
    for is_new in (True, False):
        browser = Browser(server.url)
        _, address, page, _ = browser.sign_in("/org/", name, PASSWORD)
        assert address.endswith("/login/token/")
        _, address, page, _ = browser.post("/org/login/token/", token=code)
        assert ("/login/" not in address) == is_new
        assert ("This code is not right" in page) != is_new


def test_the_front_page_has_a_strict_policy_and_its_styles(server):
    status, _, page, headers = Browser(server.url).get("/")
    assert status == 200
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        assert Browser(server.url).get(path)[0] == 200, path


def test_a_seeded_invitation_opens_from_its_e_mail(server):
    mail = next((server.folder / "emails").glob("*noemi.kovacs*.txt")).read_text(encoding="utf-8")
    link = re.search(re.escape(server.url) + r"(/\S+)", mail).group(1)
    assert Browser(server.url).get(link)[0] == 200


@pytest.mark.parametrize("members", ["59", "1000001", "many", "-1"])
def test_a_wrong_number_of_members_is_explained(project, members):
    done = project.run("demo", "--no-serve", f"--members={members}", check=False)
    assert done.returncode != 0
    assert "give a number from 60 to 1,000,000" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_explained(project):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        done = project.run("demo", "--port", str(listener.getsockname()[1]), check=False)
    assert done.returncode != 0
    assert "is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_with_other_people_is_left_alone(tmp_path):
    other = Project(tmp_path, free_port())
    other.run("migrate", "--verbosity", "0")
    other.run("shell", "--command", "from django.contrib.auth.models import User; User.objects.create(username='x')")
    for option in ("--no-serve", "--reset"):
        done = other.run("demo", "--no-serve", option, check=False)
        assert done.returncode != 0
        assert "left alone" in done.stderr
    assert query(other, "SELECT username FROM auth_user") == [("x",)]


def test_reset_starts_over_and_more_members_can_be_added(tmp_path):
    demo = Project(tmp_path, free_port())
    assert "Acme: 300 members" in demo.run("demo", "--no-serve", "--members", "300").stdout
    assert "Acme: 500 members" in demo.run("demo", "--no-serve", "--members", "500").stdout
    first = demo.count(*COUNTED)
    assert "Acme: 60 members" in demo.run("demo", "--no-serve", "--reset").stdout
    assert demo.count("auth.User")["auth.User"] == first["auth.User"] - 440
