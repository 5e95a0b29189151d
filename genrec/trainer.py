"""The training loop of one stage: batches in, a weighted sum of losses, an optimiser's step.

Runs on a CPU, a GPU, or several under `accelerate launch`: each process takes its own batches.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs
from torch import Tensor, nn

from genrec.model import GenRec
from genrec.progress import Progress
from genrec.recipe import TaskConfig, TrainConfig
from genrec.resume import SavedProgress, load_checkpoint, save_checkpoint
from genrec.run_log import RunLog

logger = logging.getLogger(__name__)

LEAST_RATE = 0.02
Task = Callable[[int], tuple[Tensor, int]]
"""Batch number -> loss, and how many tokens were read."""
Groups = list[tuple[list[nn.Parameter], float]]


class StepLoss(nn.Module):
    """All losses of a step as one module, so that several processes can share gradients."""

    def __init__(self, model: GenRec, tasks: Mapping[str, Task]) -> None:
        super().__init__()
        self.model = model
        self.tasks = tasks

    def forward(self, task: str, number: int) -> tuple[Tensor, int]:
        return self.tasks[task](number)


class Stage:
    """One stage of a run, resumable from its directory."""

    def __init__(
        self,
        name: str,
        minutes: float,
        model: GenRec,
        tasks: Mapping[str, Task],
        settings: Mapping[str, TaskConfig],
        groups: Groups,
        *,
        config: TrainConfig,
        run: Path,
        identity: Mapping[str, str],
        validate: Callable[[], Mapping[str, float]] | None = None,
    ) -> None:
        self.name = name
        self.model = model
        self.settings = {task: settings[task] for task in tasks}
        self.config = config
        self.directory = run / name
        self.identity = identity
        self.validate = validate
        self.stopped = False
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        for parameters, _ in groups:
            for parameter in parameters:
                parameter.requires_grad_(True)
        self.accelerator = Accelerator(
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)]
        )
        optimizer = torch.optim.AdamW(
            [{"params": parameters, "lr": rate, "peak": rate} for parameters, rate in groups],
            betas=(0.9, 0.98),
            weight_decay=config.weight_decay,
        )
        self.loss, self.optimizer = self.accelerator.prepare(StepLoss(model, tasks), optimizer)
        self.total_s = minutes * 60
        self.n_steps: int | None = None
        """After so many steps the stage ends, however much of its time is left."""

    def run(self) -> int:
        """Train until the stage's time is up, and return how many steps it took.

        A checkpoint in the directory is taken up; a stage that was finished does nothing.
        """
        saved = self.restore()
        step, elapsed = (saved.step, saved.elapsed_s) if saved else (0, 0.0)
        if saved:
            logger.info("%s goes on from step %d, after %.0f s", self.name, step, elapsed)
        log = RunLog(self.directory, resumed_step=step, writes=self.accelerator.is_main_process)
        progress = Progress(self.name, self.total_s, log, elapsed)
        last_saved = last_validated = progress.elapsed_s()
        validated_step = saved.step if saved else -1
        while (share := self.common(self.share(step, progress))) < 1:
            rate = self.set_rates(step, share)
            self.step(step, progress)
            step += 1
            progress.report(step, rate)
            if progress.elapsed_s() - last_saved > self.config.save_every_s:
                self.save(step, progress)
                last_saved = progress.elapsed_s()
            if progress.elapsed_s() - last_validated > self.config.validate_every_s:
                self.log_validation(step, progress, log)
                last_validated, validated_step = progress.elapsed_s(), step
        self.save(step, progress)
        if step > validated_step:
            self.log_validation(step, progress, log)
        return step

    def stop(self) -> None:
        """End the stage after the step that is running."""
        self.stopped = True

    def restore(self) -> SavedProgress | None:
        """Take up the stage's checkpoint, if it has one."""
        return load_checkpoint(
            self.directory,
            modules=self.modules(),
            optimizer=self.plain_optimizer(),
            identity=self.identity,
        )

    def share(self, step: int, progress: Progress) -> float:
        """Return how much of the stage is behind it, from 0 to 1: of its time or of its steps."""
        by_steps = step / self.n_steps if self.n_steps else 0.0
        return max(progress.share(), by_steps)

    def common(self, share: float) -> float:
        """Return the largest share of the stage that any process has used; 1 ends them all.

        Clocks differ: rates by each process's own would part their parameters, and one that ends
        alone would leave the others waiting for its gradients.
        """
        mine = torch.tensor([1.0 if self.stopped else share], device=self.accelerator.device)
        return float(self.accelerator.gather(mine).max())

    def step(self, step: int, progress: Progress) -> None:
        """Make one step of the optimiser on the weighted sum of the tasks that are due."""
        process, n_processes = self.accelerator.process_index, self.accelerator.num_processes
        torch.manual_seed(hash((self.config.seed, step, process)) % 2**31)
        for task, setting in self.settings.items():
            if step % setting.every:
                continue
            loss, n_tokens = self.loss(task, step // setting.every * n_processes + process)
            self.accelerator.backward(setting.weight * loss)
            progress.add(task, loss.item(), n_tokens * n_processes)
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        norm = self.accelerator.clip_grad_norm_(parameters, self.config.max_grad_norm)
        if torch.isfinite(norm):
            self.optimizer.step()
        else:
            logger.warning("%s step %d has no finite gradient: left out", self.name, step)
        self.optimizer.zero_grad(set_to_none=True)

    def set_rates(self, step: int, share: float) -> float:
        """Set the learning rates: a warm-up, then a linear decay over the stage."""
        scale = min(1.0, (step + 1) / self.config.warm_up_steps) * max(LEAST_RATE, 1 - share)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * scale
        return float(scale)

    def save(self, step: int, progress: Progress) -> None:
        if self.accelerator.is_main_process:
            save_checkpoint(
                self.directory,
                modules=self.modules(),
                optimizer=self.plain_optimizer(),
                step=step,
                elapsed_s=progress.elapsed_s(),
                extra={"config": asdict(self.config)},
                identity=self.identity,
            )

    def log_validation(self, step: int, progress: Progress, log: RunLog) -> None:
        if self.validate is None or not self.accelerator.is_main_process:
            return
        metrics = self.validate()
        shown = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
        logger.info("%s step %d, validation: %s", self.name, step, shown)
        log.append(
            step=step, elapsed_s=progress.elapsed_s(), task="validation", metrics=dict(metrics)
        )

    def modules(self) -> dict[str, nn.Module]:
        return {"model": self.model}

    def plain_optimizer(self) -> Any:
        """Return the optimiser without accelerate's wrapper."""
        return getattr(self.optimizer, "optimizer", self.optimizer)


def sampled_users(users: list[int], n_users: int, seed: int) -> list[int]:
    """Return users to validate on: the same ones all through a run."""
    if len(users) <= n_users:
        return users
    return sorted(random.Random(seed).sample(users, n_users))  # noqa: S311
