"""A progress bar: redrawn in place on a terminal, a line for each tenth elsewhere."""

from __future__ import annotations

import time

from django.core.management.base import OutputWrapper

_WIDTH = 40


class ProgressBar:
    """Shows how much of `total` is done."""

    def __init__(self, stream: OutputWrapper, label: str, total: int) -> None:
        self.stream = stream
        self.label = label
        self.total = total
        self.started = time.monotonic()
        self._shown = -1
        self._step = 1 if stream.isatty() else 10

    def update(self, done: int) -> None:
        """Show that `done` of the total is done; draws only when it would look different."""
        percent = 100 * done // self.total if self.total else 100
        if percent // self._step == self._shown:
            return
        self._shown = percent // self._step
        is_last_here = done >= self.total or not self.stream.isatty()
        self.stream.write(self._line(done, percent), ending="\n" if is_last_here else "")
        self.stream.flush()

    def _line(self, done: int, percent: int) -> str:
        bar = ("#" * (_WIDTH * percent // 100)).ljust(_WIDTH, ".")
        seconds = time.monotonic() - self.started
        start = "\r" if self.stream.isatty() else ""
        return f"{start}{self.label} [{bar}] {percent:3}%  {done:,}/{self.total:,}  {seconds:.0f} s"
