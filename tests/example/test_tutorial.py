"""Every code block of the tutorial, run in the order in which it is read."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from .browser import Browser
from .conftest import _wait_for, free_port, started, stopped

pytestmark = pytest.mark.example
TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
_FENCE = re.compile(r"^```(.*?)$\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CAPTION = re.compile(r":caption: (\S+)\n\n")
PASSWORD = "my-first-password-26"


def blocks():
    """Return (kind, text) of each: "console", or the file that a Python block belongs to."""
    for kind, text in _FENCE.findall(TUTORIAL.read_text(encoding="utf-8")):
        caption = _CAPTION.match(text)
        yield (caption.group(1), text[caption.end() :]) if caption else (kind.strip(), text)


class Shell:
    """Follows the tutorial in an empty folder."""

    def __init__(self, folder):
        self.folder = folder
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE_"))}
        superuser = {"USERNAME": "staff", "EMAIL": "staff@example.com", "PASSWORD": PASSWORD}
        self.environment = inherited | {f"DJANGO_SUPERUSER_{name}": value for name, value in superuser.items()}
        self.server = None
        self.url = ""

    def run(self, command):
        """Do what the line says; returns what it printed."""
        words = shlex.split(command)
        if words[0] == "cd":
            self.folder /= words[1]
            return ""
        if words[1:4] == ["-m", "pip", "install"]:
            assert distribution(words[4].partition("[")[0]).version, "that is how this test's own environment was made"
            return ""
        if words[-1] == "runserver":
            return self.serve(words)
        if words[-1] == "createsuperuser":
            words.append("--noinput")
        done = subprocess.run(
            self._program(words),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def serve(self, words):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.server = started(
            [*self._program(words), "--noreload", str(port)],
            cwd=self.folder,
            env=self.environment | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for(f"{self.url}/org/login/", self.server)
        return ""

    def add(self, name, text):
        """Write a Python block: settings are added at the end, other files are replaced."""
        path = self.folder / name
        before = path.read_text(encoding="utf-8") if name.endswith("settings.py") else ""
        path.write_text(f"{before}\n{text}", encoding="utf-8")

    def _program(self, words):
        programs = {"python": [sys.executable], "django-admin": [sys.executable, "-m", "django"]}
        return [*programs[words[0]], *words[1:]]

    def stop(self):
        if self.server is not None:
            stopped(self.server)


@pytest.fixture
def shell(tmp_path):
    shell = Shell(tmp_path)
    yield shell
    shell.stop()


def test_the_tutorial_leads_to_a_working_org_settings(shell):
    printed = []
    for kind, text in blocks():
        if kind == "console":
            printed += [shell.run(line[2:]) for line in text.splitlines() if line.startswith("$ ")]
        else:
            assert kind.endswith(".py"), f"a block that no test runs: {kind}"
            shell.add(kind, text)
    output = "\n".join(printed)

    link = re.search(r"http://127\.0\.0\.1:8000(/account/set/\S+)", output).group(1)
    browser = Browser(shell.url)
    _, address, page, _ = browser.get(link)
    assert "Set your password" in page
    browser.post(address.removeprefix(shell.url), new_password1=PASSWORD, new_password2=PASSWORD)

    _, address, page, _ = browser.sign_in("/org/", "owner@acme.example", PASSWORD)
    assert address.endswith("/members/")
    assert "Olive Owner" in page
    for words in ("Invite User", "Create User", "Pending Invitations"):
        assert words in page

    _, address, page, _ = Browser(shell.url).sign_in("/admin/", "staff", PASSWORD)
    assert "/login/" not in address
    assert "Organizations" in page
