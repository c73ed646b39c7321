"""Work for the background runs where the project's TASKS allows it, and keeps no project from starting where it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

from django_org_members.checks import check_settings
from django_org_members.tasks import AtOnce, refusal, task
from tests.test_checks import ids

pytest.importorskip("django.tasks", reason="Django has no tasks before 6.0.")
if apps.is_installed("django_tasks"):
    pytest.skip("The backport is in the place of Django's tasks.", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[1]
IMMEDIATE = "django.tasks.backends.immediate.ImmediateBackend"
FITTING = [
    {"default": {"BACKEND": IMMEDIATE}},
    {"default": {"BACKEND": IMMEDIATE, "QUEUES": ["default", "mails"]}},
    {"default": {"BACKEND": IMMEDIATE, "QUEUES": []}},
]
UNFIT = [
    {"default": {"BACKEND": IMMEDIATE, "QUEUES": ["mails"]}},
    {"mails": {"BACKEND": IMMEDIATE}},
    {"default": {"BACKEND": "no.such.Backend"}},
]

START = """
import django
from django.conf import settings
settings.TASKS = {tasks!r}
django.setup()
from django_org_members.checks import check_settings
from django_org_members.scheduling import refreshing
print(type(refreshing.refresh_due).__name__, *(each.id for each in check_settings(None)))
"""


def started(tasks):
    """Start a project in a process of its own: what its tasks are, and what is wrong with its settings."""
    done = subprocess.run(
        [sys.executable, "-c", START.format(tasks=tasks)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("tasks", UNFIT)
def test_a_project_starts_whatever_its_tasks_are(tasks):
    assert started(tasks) == ["AtOnce", "org_members.W014"]


def test_a_task_is_found_by_its_path_where_the_settings_allow_it():
    """Workers look for it there."""
    assert started(FITTING[1]) == ["Task"]


def work():
    """A task is a function at the top of a module."""
    done.append("worked")


done: list[str] = []


@pytest.mark.parametrize("tasks", UNFIT)
def test_what_the_settings_do_not_allow_runs_at_once(settings, tasks):
    settings.TASKS = tasks
    done.clear()
    made = task(work)
    assert isinstance(made, AtOnce)
    made.enqueue()
    assert done == ["worked"]
    assert refusal()
    assert ids(check_settings(None)) == {"org_members.W014"}


@pytest.mark.parametrize("tasks", FITTING)
def test_tasks_that_fit_are_in_order(settings, tasks):
    settings.TASKS = tasks
    assert not isinstance(task(work), AtOnce)
    assert refusal() == ""
    assert ids(check_settings(None)) == set()
