"""Real threads, each with a connection of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections


def at_once(functions):
    """Run the functions in threads that start together; returns what each returned or raised."""
    barrier = Barrier(len(functions))

    def start(function):
        try:
            barrier.wait(timeout=30)
            return function()
        except Exception as error:  # noqa: BLE001  # handed to the test
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(start, functions))
