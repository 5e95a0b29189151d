"""Tell how far a long run is: a line every so often, and a row of the run's log."""

from __future__ import annotations

import logging
import time

from genrec.run_log import RunLog

logger = logging.getLogger(__name__)

REPORT_EVERY_S = 20


class Progress:
    """The clock of one stage; it goes on where a checkpoint stopped."""

    def __init__(self, stage: str, total_s: float, log: RunLog, elapsed_s: float = 0) -> None:
        self.stage = stage
        self.total_s = total_s
        self.log = log
        self.started = time.monotonic() - elapsed_s
        self.last = time.monotonic()
        self.losses: dict[str, list[float]] = {}
        self.tokens = 0

    def elapsed_s(self) -> float:
        return time.monotonic() - self.started

    def share(self) -> float:
        """Return how much of the time is gone, from 0 to 1."""
        return min(1.0, self.elapsed_s() / self.total_s) if self.total_s > 0 else 1.0

    def add(self, task: str, loss: float, n_tokens: int) -> None:
        self.losses.setdefault(task, []).append(loss)
        self.tokens += n_tokens

    def report(self, step: int, rate: float) -> None:
        """Say how it goes, unless that was said just now."""
        now = time.monotonic()
        if now - self.last < REPORT_EVERY_S:
            return
        speed = self.tokens / (now - self.last)
        left = max(0.0, self.total_s - self.elapsed_s())
        means = {task: sum(values) / len(values) for task, values in self.losses.items()}
        for task, mean in means.items():
            self.log.append(
                step=step,
                elapsed_s=self.elapsed_s(),
                task=task,
                loss=mean,
                tokens_per_s=speed,
                remaining_s=left,
                lr=rate,
            )
        shown = ", ".join(f"{task} {mean:.3f}" for task, mean in means.items())
        logger.info(
            "%s step %d: %s; %.0f tokens/s, %.0f s left", self.stage, step, shown, speed, left
        )
        self.last, self.tokens = now, 0
        self.losses.clear()
