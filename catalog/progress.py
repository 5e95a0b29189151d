"""A line of progress at every step of long work: how far, how fast, how much longer."""

from __future__ import annotations

import time
from collections.abc import Callable

EVERY_S = 2.0


class ProgressLines:
    """Write "label: 500 of 17472, 900 a second, 19 s left", at most every `EVERY_S` seconds.

    The first call says where the work starts: what an earlier process did counts for no rate.

    Args:
        label: what is being done.
        write: takes one line.
    """

    def __init__(self, label: str, write: Callable[[str], object]) -> None:
        self.label = label
        self.write = write
        self.start: tuple[float, int] | None = None
        self.last_line = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.start is None:
            self.start = (now, done)
            self.last_line = now
        elif done >= total or now - self.last_line >= EVERY_S:
            self.last_line = now
            self.write(self.line(done, total, now))

    def line(self, done: int, total: int, now: float) -> str:
        started, first = self.start or (now, done)
        rate = (done - first) / max(now - started, 1e-3)
        left_s = (total - done) / max(rate, 1e-3)
        return f"{self.label}: {done} of {total}, {rate:.0f} a second, {left_s:.0f} s left"
