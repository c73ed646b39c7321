"""What makes the same tests take less time: hooks of pytest, imported by conftest.py. None changes what a test sees."""

from __future__ import annotations

import gc
import sys
from contextvars import copy_context

import pytest
from _pytest import runner
from django.contrib.auth.hashers import PBKDF2PasswordHasher

ROOM = 70_000
"""Words of stack, half a megabyte: more than any test is deep."""

# What is right and what is stored does not depend on it; a million takes half a second.
PBKDF2PasswordHasher.iterations = 1000


def pytest_collection_modifyitems(config, items):
    """Measure no coverage in heavy tests: they go through the same lines thousands of times, at twice the time."""
    if config.pluginmanager.hasplugin("_cov"):
        for item in items:
            if item.get_closest_marker("heavy"):
                item.add_marker("no_cover")


def pytest_collection_finish(session):
    """Keep the collector of garbage off what stays: Django, the URLs and the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """Run a test as always, with room on the stack, and in a context of its own.

    Django makes a new context variable whenever a setting changes, and asgiref copies all there ever were at each step
    between synchronous and asynchronous code: the tests of asynchronous stacks took the longer the more went before.
    """
    arguments = runner.pytest_runtest_protocol, item, nextitem
    if item.get_closest_marker("browser"):  # Playwright goes on in the context in which it was started
        return _with_room(*arguments)
    return _with_room(copy_context().run, *arguments)


def _with_room(function, *arguments):
    return function(*arguments)


if sys.version_info >= (3, 11):
    # Frames live in pieces of 16 kB that are mapped and unmapped again each time that a call crosses an edge, thousands of
    # times in each test (a tenth of all time). One frame that asks for much gets a piece in which the rest fits as well.
    _with_room.__code__ = _with_room.__code__.replace(co_stacksize=ROOM)
