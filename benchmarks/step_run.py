"""Training runs of benchmarks: for so many steps on a GPU, or for so many minutes."""

from __future__ import annotations

import argparse
from typing import Any

import torch

from genrec.recipe import TrainConfig, changed
from genrec.trainer import Stage
from genrec.training import Run

NEVER = 10**9


class StepRun(Run):
    """A run whose stages may end after so many steps."""

    n_steps: int | None = None

    def rank_stage(self, reference: Any) -> Stage:
        return self.bounded(super().rank_stage(reference))

    def talk_stage(self, tasks: Any, rank_steps: int) -> Stage:
        return self.bounded(super().talk_stage(tasks, rank_steps))

    def bounded(self, stage: Stage) -> Stage:
        stage.n_steps = self.n_steps
        return stage


def add_budget(parser: argparse.ArgumentParser) -> None:
    """Add the options that `recipe` reads."""
    parser.add_argument("--minutes", type=float, help="a stage; 20 without --steps")
    parser.add_argument("--steps", type=int, help="a stage; --minutes then only bound it")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--set", nargs="+", default=[], metavar="NAME=VALUE", help="as in genrec train"
    )


def recipe(arguments: argparse.Namespace, *, validation_users: int) -> TrainConfig:
    """Return the settings of a run that validates at its end only."""
    minutes = arguments.minutes or (NEVER if arguments.steps else 20)
    config = TrainConfig(
        rank_minutes=minutes,
        talk_minutes=minutes,
        validation_users=validation_users,
        validate_every_s=NEVER,
        save_every_s=NEVER if arguments.steps else 300,
        threads=arguments.threads,
    )
    for change in arguments.set:
        config = changed(config, change)
    return config


def budget(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what a run was allowed, and where it ran."""
    return {
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
        "minutes": arguments.minutes or (None if arguments.steps else 20),
        "steps": arguments.steps,
        "set": arguments.set,
    }
