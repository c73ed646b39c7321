"""Work for the background: by `django.tasks` (Django 6.0 and later), by its backport `django_tasks`, or else at once.

A project chooses where it runs by Django's setting TASKS. Django's own default, and a project without either, run it at
once, in the process that asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured


class AtOnce:
    """A task where nothing runs tasks, or not this one: `enqueue` calls it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.func = function

    def enqueue(self, *args: Any, **kwargs: Any) -> None:
        """Call the function. What it raises is raised."""
        self.func(*args, **kwargs)


def task(function: Callable[..., Any]) -> Any:
    """Make a task of a function at the top of a module: `task.enqueue(*args)`, with arguments that JSON holds.

    Where TASKS allows no such task, it runs at once, too: that is found when a module is imported, which must not fail for
    it. The checks warn of it. Enqueue after the commit (`commits.after_commit`) what reads rows that were written.
    """
    return _made(function)[0]


def refusal() -> str:
    """Return in the library's words why TASKS allows no task here; nothing where it does, or nothing runs tasks."""
    return _made(refusal)[1]


def _made(function: Callable[..., Any]) -> tuple[Any, str]:
    library = _library()
    if library is None:
        return AtOnce(function), ""
    try:
        # Workers find a task by the path of its function, so this is what the module must hold.
        return library.task(function), ""
    except _refusals(library) as refused:
        return AtOnce(function), str(refused)


def _library() -> Any:
    try:
        if apps.is_installed("django_tasks"):  # a project that has it, on a newer Django too, runs its workers
            import django_tasks

            return django_tasks
        from django import tasks
    except ImportError:
        return None
    return tasks


def _refusals(library: Any) -> tuple[type[Exception], ...]:
    """Return what is raised for a queue that a backend does not have, and for a backend that there is not."""
    names = ("InvalidTask", "InvalidTaskError")  # Django's name, and the backport's
    found = (getattr(library.exceptions, name, None) for name in names)
    return (ImproperlyConfigured, *(each for each in found if each is not None))
