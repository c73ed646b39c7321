"""Stripe, as a real server: each test has an account of its own in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from django_org_members.billing.linking import Link, link

from .account import Account, free_port
from .previews import PreviewServer
from .proxy import Proxy

SERVER = Path(__file__).with_name("world_server.py")


@pytest.fixture(scope="session")
def world_url():
    """The address of `seahaven-stripe-world`, started as a process by the interpreter that has it."""
    pytest.importorskip("stripe", reason="Stripe's library is not installed.")
    python = os.environ.get("STRIPE_WORLD_PYTHON") or sys.executable
    has_it = "import importlib.util, sys; sys.exit(importlib.util.find_spec('seahaven_stripe_world') is None)"
    if subprocess.run([python, "-c", has_it], check=False, capture_output=True).returncode:
        (pytest.fail if "CI" in os.environ else pytest.skip)(
            "A Stripe server: install seahaven-stripe-world, and name its interpreter in STRIPE_WORLD_PYTHON."
        )
    port = free_port()
    options = ["--port", str(port), "--max-instances", "0", "--reset-options", '{"startup": {"livemode": false}}']
    with subprocess.Popen(
        [python, str(SERVER), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait_for(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait_for(server, port):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, "the Stripe server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the Stripe server does not listen")


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def account(world_url, settings):
    """A fresh account at Stripe, which the settings point to."""
    account = Account(f"{world_url}/worlds/{uuid.uuid4().hex}")
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_API_KEY": "sk_test_1", "STRIPE_API_BASE": account.url}
    yield account
    account.close()


@pytest.fixture
def linked(account, acme):
    """Acme's `Subscription`, linked to one at Stripe: `linked(quantity=5)`, or `linked(made=…)` to one that is there."""

    def make(organization=acme, *, quantity=1, made=None, **more):
        made = made or account.subscribe(quantity, **more)
        return link(actor=organization.owner, organization=organization, wanted=Link(made["customer"], made["id"]))

    return make


@pytest.fixture
def previews(account, settings, monkeypatch):
    """Put a server that knows previews in front of the account: `previews(rest=1333, is_silent=False, …)`."""
    servers = []

    def make(**how):
        seconds = 1.0 if how.get("is_silent") else 20.0  # in time, or not, however busy the machine is
        monkeypatch.setattr("django_org_members.billing.stripe.PREVIEW_SECONDS", seconds)
        servers.append(PreviewServer(account.url, **how))
        settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_API_BASE": servers[-1].url}
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def proxy(account, settings):
    """The faults between us and Stripe; the settings point to it."""
    proxy = Proxy(account.url)
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_API_BASE": proxy.url}
    yield proxy
    proxy.close()


@pytest.fixture
def impatient(monkeypatch):
    """Stripe is waited for two seconds: what answers does so in less, on a busy machine, too."""
    monkeypatch.setattr("django_org_members.billing.stripe.READ_SECONDS", 2.0)
