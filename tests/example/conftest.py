"""Runs the example project as a newcomer does: as processes of their own, with data in a temporary folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANAGE = ROOT / "example_project" / "manage.py"


class Project:
    """The example project with its data in one folder."""

    def __init__(self, folder, port):
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        inherited = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
        self.environment = inherited | {"DEMO_DIR": str(folder), "PYTHONIOENCODING": "utf-8"}

    def run(self, *arguments, check=True):
        """Run a management command to its end."""
        return subprocess.run(
            [sys.executable, str(MANAGE), *arguments],
            env=self.environment,
            check=check,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
        )

    def start(self):
        """Start `demo` and return the process once it answers."""
        process = started(
            [sys.executable, str(MANAGE), "demo", "--port", str(self.port)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        _wait_for(self.url, process)
        return process

    def count(self, *models):
        """Return how many rows each of these models has, by its label."""
        script = (
            "import json; from django.apps import apps; "
            f"print(json.dumps({{m: apps.get_model(m)._base_manager.count() for m in {models!r}}}))"
        )
        return json.loads(self.run("shell", "--verbosity", "0", "--command", script).stdout)


def started(arguments, **how):
    """Start a process that Ctrl-C ends, also where the tests run in the background of a shell, which ignores it there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(arguments, **how)
    finally:
        signal.signal(signal.SIGINT, before)


def stopped(process):
    """End a process as Ctrl-C does; returns its exit code."""
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=30)


_UNWANTED = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "DEBUG", "PYTHONWARNINGS"}


def _wait_for(url, process):
    for _ in range(600):
        if process.poll() is not None:
            pytest.fail(f"The server stopped: {process.stdout.read()}")
        try:
            urlopen(url, timeout=5).close()
            return
        except URLError:
            time.sleep(0.2)
    process.kill()
    pytest.fail("The server does not answer.")


def free_port():
    """Return a port on which nothing listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """The example project, seeded once for all tests here."""
    seeded = Project(tmp_path_factory.mktemp("demo"), free_port())
    seeded.first_output = seeded.run("demo", "--no-serve", "--port", str(seeded.port)).stdout
    return seeded


@pytest.fixture(scope="session")
def server(project):
    """The example project, answering requests."""
    process = project.start()
    yield project
    with process.stdout:
        assert stopped(process) == 0
