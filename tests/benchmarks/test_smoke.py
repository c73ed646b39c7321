"""The benchmark runs, at a size that takes a moment. How long anything takes is printed, never asserted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments, **environment):
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *arguments],
        cwd=ROOT,
        env=inherited | {"PYTHONIOENCODING": "utf-8"} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.example
def test_every_page_is_measured_beside_the_stock_list():
    done = run("--members", "300", "--repeat", "1", DATABASE_URL="")
    assert done.returncode == 0, done.stderr
    for page in ("first page", "last page", "rare search", "Show: Unavailable", "ordered by joined, descending"):
        assert f"| {page}" in done.stdout
    for page in (
        "audit log, newest page",
        "audit log, oldest page",
        "audit log, busy person",
        "audit log, rare search",
        "activity, newest page",
        "activity, oldest page",
    ):
        assert f"| {page}" in done.stdout
    for page in ("Show: Available by day", "Show: Unavailable at night, last", "Show: Available at night, search"):
        assert f"| {page}" in done.stdout
    for page in ("who is signed in, MembersBackend", "who is signed in, ModelBackend", "members list, MembersBackend"):
        assert f"| {page}" in done.stdout


@pytest.mark.benchmark
def test_a_million_members():
    """Run with `-m benchmark`; DATABASE_URL should name an empty PostgreSQL database."""
    done = run("--members", os.environ.get("BENCHMARK_MEMBERS", "1000000"))
    print(done.stdout)
    assert done.returncode == 0, done.stderr
