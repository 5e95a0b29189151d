"""What a training run did, step by step: `metrics.csv`, and plots of it.

One row a report, so that a spreadsheet or `tail -f` shows how a run goes. The file is flushed at
each row; a run that goes on after a kill drops the rows of steps that it will do again.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from genrec.errors import GenRecError

logger = logging.getLogger(__name__)

METRICS_NAME = "metrics.csv"
COLUMNS = ("step", "elapsed_s", "task", "loss", "tokens_per_s", "remaining_s", "lr")

Row = dict[str, str]


class RunLog:
    """The growing metrics.csv of a run in `directory`.

    Args:
        resumed_step: the step of the checkpoint that the run goes on from, 0 for a new run.
            Rows after it are dropped: of a killed run, their steps come again; of an older run
            in the same directory, they are not this run's.
        writes: False on all processes of a run but one.
    """

    def __init__(self, directory: Path, *, resumed_step: int = 0, writes: bool = True) -> None:
        self.path = directory / METRICS_NAME
        self.writes = writes
        if not writes:
            return
        directory.mkdir(parents=True, exist_ok=True)
        rows = read_metrics(directory) if self.path.exists() else []
        kept = [row for row in rows if 0 < int(row["step"]) <= resumed_step]
        if len(kept) < len(rows):
            logger.info(
                "%s: dropped %d rows after step %d", self.path, len(rows) - len(kept), resumed_step
            )
        # Metrics that only dropped rows had keep their column: the run will write them again.
        self.columns = list(dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)]))
        self.rewrite(kept)

    def append(
        self,
        *,
        step: int,
        elapsed_s: float,
        task: str,
        loss: float | None = None,
        tokens_per_s: float | None = None,
        remaining_s: float | None = None,
        lr: float | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Write one row. Several rows may have one step: one for each task, one of validation.

        Args:
            metrics: further columns by name, such as {"NDCG@10": 0.16}.
        """
        if not self.writes:
            return
        values = {
            "step": step,
            "elapsed_s": number(elapsed_s, 1),
            "task": task,
            "loss": number(loss, 5),
            "tokens_per_s": number(tokens_per_s, 1),
            "remaining_s": number(remaining_s, 0),
            "lr": "" if lr is None else f"{lr:.4g}",
            **{name: number(value, 6) for name, value in (metrics or {}).items()},
        }
        if added := [name for name in values if name not in self.columns]:
            rows = read_metrics(self.path.parent)
            self.columns += added
            self.rewrite(rows)
        with self.path.open("a", encoding="utf-8", newline="") as stream:
            self.writer(stream).writerow(values)

    def rewrite(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Replace the file: a reader sees the old one or the new one, never a part."""
        stage = self.path.with_name(f".{METRICS_NAME}.new")
        with stage.open("w", encoding="utf-8", newline="") as stream:
            writer = self.writer(stream)
            writer.writeheader()
            writer.writerows(rows)
        stage.replace(self.path)

    def writer(self, stream: Any) -> csv.DictWriter[str]:
        return csv.DictWriter(stream, self.columns, restval="", lineterminator="\n")


def number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def read_metrics(directory: Path) -> list[Row]:
    """Return the rows of a run's metrics.csv, without a last one that a kill cut off.

    Raises:
        GenRecError: there is none, or it is not one.
    """
    path = directory / METRICS_NAME
    try:
        whole, newline, _ = path.read_text(encoding="utf-8").rpartition("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GenRecError(f"Cannot read {path}: {error}.") from error
    reader = csv.DictReader((whole + newline).splitlines())
    if tuple(reader.fieldnames or ())[: len(COLUMNS)] != COLUMNS:
        raise GenRecError(f"{path} is not the log of a training run: remove it.")
    rows = list(reader)
    if any(not (row["step"] or "").isdecimal() for row in rows):
        raise GenRecError(f"{path} has a row without a step: remove it.")
    return rows


def plot_run(directory: Path) -> list[Path]:
    """Draw loss.svg (a line a task) and validation.svg (a panel a metric) from metrics.csv.

    Returns the files written; there is no validation.svg before the first validation.

    Raises:
        GenRecError: matplotlib is not installed, or there is no metrics.csv.
    """
    rows = read_metrics(directory)
    pyplot = load_pyplot()
    drawn = []
    losses = by_task(rows)
    if losses:
        figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
        for task, points in losses.items():
            axes.plot(*smooth(points), label=task)
        axes.set(xlabel="step", ylabel="loss (running mean)")
        axes.legend()
        drawn.append(write_figure(pyplot, figure, directory / "loss.svg"))
    metrics = by_metric(rows)
    if metrics:
        height = 2.2 * len(metrics) + 0.6
        figure, panels = pyplot.subplots(
            len(metrics), sharex=True, squeeze=False, figsize=(8, height), layout="constrained"
        )
        for axes, (name, points) in zip(panels[:, 0], metrics.items(), strict=True):
            axes.plot(*zip(*points, strict=True), marker="o", markersize=3)
            axes.set(ylabel=name)
        panels[-1, 0].set(xlabel="step")
        drawn.append(write_figure(pyplot, figure, directory / "validation.svg"))
    return drawn


def load_pyplot() -> Any:
    """Return pyplot on a backend without a display. Only plots need it: it loads late."""
    try:
        import matplotlib
    except ImportError as error:
        raise GenRecError(
            "Plots need matplotlib: pip install --no-deps -r requirements/genrec.txt. "
            "metrics.csv holds the same figures."
        ) from error
    matplotlib.use("Agg")
    # Fixed, so that the same run gives the same file.
    matplotlib.rcParams["svg.hashsalt"] = "genrec"
    from matplotlib import pyplot

    return pyplot


def write_figure(pyplot: Any, figure: Any, path: Path) -> Path:
    stage = path.with_name(f".{path.name}")
    figure.savefig(stage, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    stage.replace(path)
    return path


Points = list[tuple[int, float]]


def by_task(rows: Iterable[Row]) -> dict[str, Points]:
    """Return (step, loss) of each task that has losses."""
    points: dict[str, Points] = {}
    for row in rows:
        if row["loss"]:
            points.setdefault(row["task"], []).append((int(row["step"]), float(row["loss"])))
    return points


def by_metric(rows: Iterable[Row]) -> dict[str, Points]:
    """Return (step, value) of each metric beside the fixed columns."""
    points: dict[str, Points] = {}
    for row in rows:
        for name in row.keys() - {*COLUMNS}:
            if row[name]:
                points.setdefault(name, []).append((int(row["step"]), float(row[name])))
    return dict(sorted(points.items()))


def smooth(points: Points, weight: float = 0.9) -> tuple[list[int], list[float]]:
    """Return steps and an exponential running mean that starts unbiased.

    A single batch's loss jumps about more than a whole run changes it.
    """
    means: list[float] = []
    total = mass = 0.0
    for _, value in points:
        total, mass = weight * total + value, weight * mass + 1
        means.append(total / mass)
    return [step for step, _ in points], means
