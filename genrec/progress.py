"""Tell how far a long run is."""

from __future__ import annotations

import logging
import time

logger = logging.getLogger(__name__)

REPORT_EVERY_S = 20


class Progress:
    """Says every so often how far a run is; `seen` counts items by phase."""

    def __init__(self, total_s: float) -> None:
        self.total_s = total_s
        self.started = time.monotonic()
        self.last = self.started
        self.losses: list[float] = []
        self.items = 0
        self.seen: dict[str, int] = {}

    def elapsed_s(self) -> float:
        return time.monotonic() - self.started

    def report(self, phase: str, step: int, loss: float, n_items: int) -> None:
        self.losses.append(loss)
        self.items += n_items
        self.seen[phase] = self.seen.get(phase, 0) + n_items
        now = time.monotonic()
        if now - self.last < REPORT_EVERY_S:
            return
        left = max(0.0, self.total_s - self.elapsed_s())
        logger.info(
            "%s step %d: loss %.3f, %.0f tokens/s, %.0f s left",
            phase,
            step,
            sum(self.losses) / len(self.losses),
            self.items / (now - self.last),
            left,
        )
        self.last, self.items = now, 0
        self.losses.clear()
