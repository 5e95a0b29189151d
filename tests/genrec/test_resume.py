"""A run that was killed ends where an uninterrupted one does, to the last bit."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from genrec.errors import GenRecError
from genrec.resume import SavedProgress, load_checkpoint, save_checkpoint

STEPS = 20
SAVE_EVERY = 3
KILLED = 9
TOY = {"data": "toy", "seed": "0"}


class Run:
    """A toy run with all that makes resuming hard: dropout, two rates, momenta, drawn data."""

    def __init__(self, directory: Path, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.directory = directory
        self.rng = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.body = nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.3), nn.Linear(8, 8))
        self.body[0].requires_grad_(False)
        self.head = nn.Linear(8, 1, dtype=torch.bfloat16)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": list(self.body[2].parameters()), "lr": 1e-2},
                {"params": list(self.head.parameters()), "lr": 3e-2, "weight_decay": 0.1},
            ],
            betas=(0.9, 0.98),
        )
        self.step = 0

    def kept(self) -> dict[str, Any]:
        return {
            "modules": {"body": self.body, "head": self.head},
            "optimizer": self.optimizer,
            "generators": {"data": self.rng, "noise": self.numbers},
            "identity": TOY,
        }

    def save(self) -> Path:
        extra = {"seen": self.step * 4}
        return save_checkpoint(
            self.directory, step=self.step, elapsed_s=self.step / 2, extra=extra, **self.kept()
        )

    def resume(self) -> SavedProgress | None:
        progress = load_checkpoint(self.directory, **self.kept())
        self.step = progress.step if progress else 0
        return progress

    def train(self, steps: int) -> None:
        while self.step < steps:
            rows = [[self.rng.random() for _ in range(6)] for _ in range(4)]
            x = torch.tensor(rows) + torch.from_numpy(self.numbers.normal(size=(4, 6))).float()
            loss = (self.head(self.body(x).bfloat16()) - 1).square().mean()
            loss.backward()
            for group in self.optimizer.param_groups:
                group["lr"] *= 0.95
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            self.step += 1
            if self.step % SAVE_EVERY == 0:
                self.save()

    def parameters(self) -> dict[str, Tensor]:
        return {
            **{f"body.{name}": value.clone() for name, value in self.body.state_dict().items()},
            **{f"head.{name}": value.clone() for name, value in self.head.state_dict().items()},
        }


def assert_same(left: dict[str, Tensor], right: dict[str, Tensor]) -> None:
    assert left.keys() == right.keys()
    assert [name for name in left if not torch.equal(left[name], right[name])] == []


@pytest.fixture
def uninterrupted(tmp_path: Path) -> dict[str, Tensor]:
    run = Run(tmp_path / "whole")
    run.train(STEPS)
    return run.parameters()


def other_run(directory: Path) -> Run:
    """A new process draws other numbers: what is equal afterwards came from the checkpoint."""
    run = Run(directory, seed=0)
    torch.manual_seed(99)
    run.rng.seed(99)
    with torch.no_grad():
        run.head.weight.add_(1)
    return run


KILL = """
import os, pathlib, sys
from tests.genrec.test_resume import Run
run = Run(pathlib.Path(sys.argv[1]))
run.train(int(sys.argv[2]))
os._exit(9)
"""


@pytest.mark.slow
def test_a_killed_process_s_run_ends_as_if_it_had_not_been(
    tmp_path: Path, uninterrupted: dict[str, Tensor]
) -> None:
    command = [sys.executable, "-c", KILL, str(tmp_path / "run"), "13"]
    root = Path(__file__).parents[2]
    assert subprocess.run(command, cwd=root, timeout=120, check=False).returncode == 9

    run = other_run(tmp_path / "run")
    progress = run.resume()
    run.train(STEPS)

    assert progress == SavedProgress(step=12, elapsed_s=6.0, extra={"seen": 48})
    assert_same(run.parameters(), uninterrupted)


def test_without_a_checkpoint_the_run_starts_anew(tmp_path: Path) -> None:
    assert Run(tmp_path / "none").resume() is None


def test_only_the_last_two_are_kept_and_nothing_else_is_left(tmp_path: Path) -> None:
    Run(tmp_path).train(STEPS)

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["step-00000015.safetensors", "step-00000018.safetensors"]


def cut_off(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flip_a_bit(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize("damage", [cut_off, flip_a_bit, lambda content: b""])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    damage: Any,
    tmp_path: Path,
    uninterrupted: dict[str, Tensor],
    caplog: pytest.LogCaptureFixture,
) -> None:
    Run(tmp_path / "run").train(KILLED)
    newest = tmp_path / "run" / "step-00000009.safetensors"
    newest.write_bytes(damage(newest.read_bytes()))

    run = other_run(tmp_path / "run")
    progress = run.resume()
    run.train(STEPS)

    assert progress is not None
    assert progress.step == 6
    assert "step-00000009.safetensors is damaged" in caplog.text
    assert_same(run.parameters(), uninterrupted)


def test_saving_drops_checkpoints_of_a_past_that_was_left(tmp_path: Path) -> None:
    Run(tmp_path).train(STEPS)

    run = Run(tmp_path)
    run.train(SAVE_EVERY)

    assert [path.name for path in tmp_path.iterdir()] == ["step-00000003.safetensors"]


def test_frozen_parameters_are_not_kept(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.train(SAVE_EVERY)
    frozen = run.body[0].weight.clone()
    with torch.no_grad():
        run.body[0].weight.zero_()

    run.resume()

    assert frozen.any()
    assert not run.body[0].weight.any()


def test_a_later_stage_takes_the_parameters_alone(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.train(SAVE_EVERY)
    later = other_run(tmp_path)
    before = torch.get_rng_state()

    modules = {"body": later.body, "head": later.head}
    load_checkpoint(tmp_path, modules=modules, identity=TOY)

    assert_same(later.parameters(), run.parameters())
    assert torch.equal(torch.get_rng_state(), before)
    assert not later.optimizer.state


def test_another_run_s_checkpoint_is_refused(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.train(SAVE_EVERY)

    other = {"data": "other", "seed": "0", "files": "other"}
    with pytest.raises(GenRecError, match="of a run with other data, files: give"):
        load_checkpoint(tmp_path, **{**run.kept(), "identity": other})


def test_another_model_s_checkpoint_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    Run(tmp_path).train(SAVE_EVERY)
    other = Run(tmp_path)
    other.head = nn.Linear(9, 1, dtype=torch.bfloat16)
    other.optimizer = torch.optim.AdamW([*other.body[2].parameters(), *other.head.parameters()])
    before = other.parameters()

    with pytest.raises(
        GenRecError, match=r"another model: head\.weight is \(1, 8\) there and \(1, 9\)"
    ):
        other.resume()

    assert_same(other.parameters(), before)


def test_a_parameter_that_would_be_lost_is_an_error(tmp_path: Path) -> None:
    run = Run(tmp_path)

    with pytest.raises(ValueError, match="in no module"):
        save_checkpoint(
            tmp_path,
            modules={"body": run.body},
            optimizer=run.optimizer,
            step=1,
            elapsed_s=0,
        )


def test_where_nothing_can_be_written_the_error_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(GenRecError, match="Cannot write the checkpoint"):
        Run(tmp_path / "file" / "run").save()
