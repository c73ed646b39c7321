"""Nothing inline: no page of ours needs more than `default-src 'self'`. Chromium looks at each page in tests/browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

import django_org_members
from django_org_members import actions

PACKAGE = Path(django_org_members.__file__).parent
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "email" not in path.parts]


class Inline(HTMLParser):
    """Collects what such a policy refuses."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            is_script = (value or "").strip().lower().startswith("javascript:")
            if name == "style" or name.startswith("on") or is_script:
                self.found.append(f"<{tag} {name}={value!r}>")


def inline(html):
    parser = Inline()
    parser.feed(html)
    return parser.found


def test_what_is_inline_is_found():
    bad = '<p style="color:red"><a onclick="x()" href=" javascript:y()"><script>z()</script><style></style>'
    assert len(inline(bad)) == 5
    assert inline('<script src="/x.js"></script><link rel="stylesheet" href="/x.css">') == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(PACKAGE / "templates").as_posix())
def test_no_template_has_inline_script_or_style(path):
    text = re.sub(r"{%.*?%}|{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert inline(text) == []


@pytest.mark.django_db
def test_no_page_that_is_served_has_any(make_organization, make_member, sign_in, client):
    acme = make_organization()
    mira = make_member(acme)
    sign_in(client, acme.owner)
    names = {
        "organization_members": {},
        "organization_roles": {},
        "organization_audit": {},
        "role_create": {},
        "member_invite": {},
        "member_create": {},
        "member_profile": {"member_id": mira.pk},
        "member_security": {"member_id": mira.pk},
        "member_activity": {"member_id": mira.pk},
    }
    urls = [
        reverse(f"org:org_members_{name}", kwargs={"organization_id": acme.pk, **ids}) for name, ids in names.items()
    ]
    urls += [
        reverse(
            "org:org_members_member_action",
            kwargs={"organization_id": acme.pk, "member_id": mira.pk, "action": action.name},
        )
        for action in actions.all_actions()
    ]
    urls += [reverse("org_members:change_password"), reverse("org_members:confirm_identity"), reverse("org:login")]
    for url in urls:
        response = client.get(url, follow=True)
        assert response.status_code == 200, url
        assert inline(response.content.decode()) == [], url
        if getattr(settings, "SECURE_CSP", None):
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
