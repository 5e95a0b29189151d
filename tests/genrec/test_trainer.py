"""The training loop: when a stage ends, and how its rates fall until then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from genrec.progress import Progress
from genrec.recipe import TaskConfig, TrainConfig
from genrec.trainer import LEAST_RATE, Stage

HOURS = 60.0


class Watched(Stage):
    """A stage that writes down the rates it steps with."""

    def step(self, step: int, progress: Progress) -> None:
        self.rates = [*getattr(self, "rates", []), self.optimizer.param_groups[0]["lr"]]
        super().step(step, progress)


def toy_stage(directory: Path, minutes: float) -> Watched:
    model: Any = nn.Linear(3, 1)

    def task(number: int) -> tuple[Tensor, int]:
        return model(torch.full((2, 3), float(number))).square().mean(), 2

    return Watched(
        "toy",
        minutes,
        model,
        {"next": task},
        {"next": TaskConfig(weight=1.0, size=2)},
        [(list(model.parameters()), 1.0)],
        config=TrainConfig(warm_up_steps=1, threads=1),
        run=directory,
        identity={"data": "toy"},
    )


def test_a_stage_of_so_many_steps_ends_after_them_with_its_time_left(tmp_path: Path) -> None:
    stage = toy_stage(tmp_path, HOURS)
    stage.n_steps = 4

    assert stage.run() == 4
    assert stage.rates == pytest.approx([1.0, 0.75, 0.5, 0.25], abs=1e-3)


def test_a_stage_without_time_makes_no_step_however_many_it_may(tmp_path: Path) -> None:
    stage = toy_stage(tmp_path, 0)
    stage.n_steps = 4

    assert stage.run() == 0


def test_rates_never_fall_to_nothing(tmp_path: Path) -> None:
    stage = toy_stage(tmp_path, HOURS)
    stage.set_rates(100, 0.999)

    assert stage.optimizer.param_groups[0]["lr"] == LEAST_RATE
