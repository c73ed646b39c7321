"""The reference names everything that there is to name."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import django_org_members
from django_org_members.policy import Permission

DOCS = Path(__file__).resolve().parents[1] / "docs"
PACKAGE = Path(django_org_members.__file__).parent
PUBLIC = ("access", "actions", "audit", "availability", "billing", "joining", "policy", "roles", "security")


def page(name):
    return (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8")


def documented(module):
    """Return the names that the page of the API tells of one module, or all where it takes whatever is exported."""
    text = page("api")
    path = re.escape(module.__name__)
    if re.search(rf"automodule:: {path}\n   :members:\n   :imported-members:", text):
        return set(module.__all__)
    return set(re.findall(rf"auto\w+:: {path}(?:\.\w+)*\.(\w+)\n", text))


@pytest.mark.parametrize("name", PUBLIC)
def test_what_a_package_exports_is_documented(name):
    module = import_module(f"django_org_members.{name}")
    exported = {each for each in module.__all__ if not isinstance(getattr(module, each), ModuleType)}
    assert exported - documented(module) == set()


@pytest.mark.parametrize("permission", Permission)
def test_each_permission_is_documented(permission):
    assert f"| `{permission}` |" in page("permissions")


def test_each_command_is_documented():
    commands = {path.stem for path in (PACKAGE / "management" / "commands").glob("[!_]*.py")}
    assert commands == set(re.findall(r"^## (\w+)$", page("commands"), re.MULTILINE))


def test_each_check_is_documented():
    source = "".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "checks").glob("*.py"))
    made = re.findall(r'(?:error|caution)\(\s*"([EW]\d{3})"', source)
    headings = re.findall(r"^### org_members\.([EW]\d{3})$", page("checks"), re.MULTILINE)
    assert sorted(set(made)) == sorted(headings)


def test_each_email_is_documented():
    folder = PACKAGE / "templates" / "org_members" / "email"
    templates = {path.stem for path in folder.glob("*.txt")}
    rows = re.findall(r"^\| (`.+?`) \|", (DOCS / "how-to" / "emails.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert templates == {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_each_page_is_in_the_index():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")} - {"index"}
    assert pages == set(re.findall(r"^(?:tutorial|tour|(?:how-to|reference|explanation)/[\w-]+)$", index, re.MULTILINE))
