from __future__ import annotations

from datetime import datetime, timedelta, timezone
from random import Random

import pytest

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
VERBS = ("role_changed", "member_disabled", "ticket_closed")


@pytest.fixture
def acme(make_organization, make_user):
    return make_organization(name="Acme", owner=make_user(full_name="Olivia Owens", email="owner@acme.example"))


@pytest.fixture
def people(make_user):
    names = ("Ada Lovelace", "Grace Hopper", "Alan Turing")
    return [make_user(full_name=name, email=f"{name.split()[0].lower()}@example.com") for name in names]


@pytest.fixture
def trail(acme, people, make_organization, happened):
    """90 events of three people, of which many share a moment, and as many of another organization."""
    random = Random(7)
    told = [
        {
            "verb": random.choice(VERBS),
            "actor": random.choice([*people, None]),
            "user": random.choice(people),
            "at": START + timedelta(hours=random.randrange(24)),
        }
        for _ in range(90)
    ]
    happened(make_organization(), *told)
    happened(acme, *told)
    return acme
