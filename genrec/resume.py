"""Checkpoints of a training run that was killed: it goes on as if nothing had happened.

A checkpoint is one safetensors file, `step-NNNNNNNN.safetensors`: the trained parameters, the
optimiser's state of each by name, and the states of the random number generators. Its metadata
holds the rest as JSON. Nothing is pickled, so a checkpoint can't run code. It is written beside
its place and renamed; the last two are kept, because a disk may lose what it said it had written.
On several processes: the main one saves its unwrapped modules, all of them load.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from genrec.errors import GenRecError

logger = logging.getLogger(__name__)

CHECKPOINT_FORMAT = 2
KEPT = 2
PATTERN = "step-*.safetensors"
PARAMETER, OPTIMIZER, TORCH_RNG = "parameter/", "optimizer/", "rng/"
Generators = Mapping[str, "random.Random | np.random.Generator"]


@dataclass(frozen=True)
class SavedProgress:
    """How far the run had come. `extra` is what the trainer gave to be kept."""

    step: int
    elapsed_s: float
    extra: dict[str, Any] = field(default_factory=dict)


class DamagedCheckpoint(Exception):
    """The file is cut off or not what was written. The one before it may be whole."""


def save_checkpoint(
    directory: Path,
    *,
    modules: Mapping[str, nn.Module],
    optimizer: torch.optim.Optimizer,
    step: int,
    elapsed_s: float,
    extra: dict[str, Any] | None = None,
    generators: Generators | None = None,
    identity: Mapping[str, str] | None = None,
) -> Path:
    """Write the run's state after `step` steps and return the file.

    Checkpoints of later steps go: they are of a past that this run has left.

    Args:
        modules: only parameters that require gradients are kept, as "{module}.{parameter}".
        extra: what else the trainer needs to go on, as JSON.
        generators: the random number generators that choose the data, by name.
        identity: hashes of what decides the run, by its name; another run is refused by it.

    Raises:
        GenRecError: it can't be written, as when the disk is full. The last two stay.
        ValueError: the optimiser has a parameter that is not in `modules`.
    """
    tensors = {
        **{PARAMETER + name: value for name, value in trained(modules).items()},
        **{OPTIMIZER + name: value for name, value in optimizer_tensors(modules, optimizer)},
        **torch_rng_states(),
    }
    # Copies: a checkpoint's tensors share no memory, whatever the modules do.
    tensors = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
    progress = json.dumps(
        {
            "format": CHECKPOINT_FORMAT,
            "identity": dict(identity or {}),
            "step": step,
            "elapsed_s": elapsed_s,
            "extra": extra or {},
            "groups": [
                {key: value for key, value in group.items() if key != "params"}
                for group in optimizer.param_groups
            ],
            "generators": {name: state_of(rng) for name, rng in (generators or {}).items()},
        }
    )
    path = directory / f"step-{step:08d}.safetensors"
    write_file(path, tensors, {"progress": progress, "digest": digest(tensors, progress)})
    prune(directory, step)
    return path


def load_checkpoint(
    directory: Path,
    *,
    modules: Mapping[str, nn.Module],
    optimizer: torch.optim.Optimizer | None = None,
    generators: Generators | None = None,
    identity: Mapping[str, str] | None = None,
) -> SavedProgress | None:
    """Take up the newest whole checkpoint, or return None if there is none.

    Without `optimizer`, only the parameters are taken: for a stage that builds on a finished one.
    What `identity` does not name may differ from the run that is taken up.

    Raises:
        GenRecError: the checkpoint is of another run or another model.
    """
    for path in sorted(directory.glob(PATTERN), reverse=True):
        try:
            tensors, saved = read_file(path)
        except DamagedCheckpoint as error:
            logger.warning("checkpoint %s is damaged (%s): trying the one before", path, error)
            continue
        check_run(path, saved, identity or {})
        parameters = trained(modules)
        check_parameters(path, tensors, parameters)
        if optimizer is not None:
            restore_generators(path, tensors, saved["generators"], generators or {})
            restore_optimizer(path, tensors, saved["groups"], modules, optimizer)
        with torch.no_grad():
            for name, parameter in parameters.items():
                parameter.copy_(tensors[PARAMETER + name])
        return SavedProgress(saved["step"], saved["elapsed_s"], saved["extra"])
    return None


def trained(modules: Mapping[str, nn.Module]) -> dict[str, nn.Parameter]:
    """Return the parameters that are trained, each once, by name."""
    named: dict[str, nn.Parameter] = {}
    seen: set[int] = set()
    for module_name, module in modules.items():
        for name, parameter in module.named_parameters():
            if parameter.requires_grad and id(parameter) not in seen:
                seen.add(id(parameter))
                named[f"{module_name}.{name}"] = parameter
    return named


def optimized_names(
    modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> list[list[str]]:
    """Return the names of the optimiser's parameters, by group."""
    names = {id(parameter): name for name, parameter in trained(modules).items()}
    groups = [[names.get(id(p), "") for p in group["params"]] for group in optimizer.param_groups]
    if any(not name for group in groups for name in group):
        raise ValueError("The optimiser has parameters that are in no module to be kept.")
    return groups


def optimizer_tensors(
    modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> Iterator[tuple[str, Tensor]]:
    """Yield "{parameter}/{key}" and state, such as AdamW's exp_avg, exp_avg_sq and step."""
    names = chain(*optimized_names(modules, optimizer))
    parameters = chain(*(group["params"] for group in optimizer.param_groups))
    for name, parameter in zip(names, parameters, strict=True):
        for key, value in optimizer.state.get(parameter, {}).items():
            yield f"{name}/{key}", value


def restore_optimizer(
    path: Path,
    tensors: Mapping[str, Tensor],
    groups: list[dict[str, Any]],
    modules: Mapping[str, nn.Module],
    optimizer: torch.optim.Optimizer,
) -> None:
    if len(names := optimized_names(modules, optimizer)) != len(groups):
        raise GenRecError(f"{path} is of other settings: give another directory to start anew.")
    state: dict[str, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith(OPTIMIZER):
            parameter, key = name.removeprefix(OPTIMIZER).rsplit("/", 1)
            state.setdefault(parameter, {})[key] = value
    numbers = iter(range(sum(map(len, names))))
    numbered = [[(next(numbers), name) for name in group] for group in names]
    optimizer.load_state_dict(
        {
            "state": {n: state[name] for group in numbered for n, name in group if name in state},
            "param_groups": [
                {**settings, "params": [n for n, _ in group]}
                for settings, group in zip(groups, numbered, strict=True)
            ],
        }
    )


def torch_rng_states() -> dict[str, Tensor]:
    states = {f"{TORCH_RNG}cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states[f"{TORCH_RNG}cuda"] = torch.cuda.get_rng_state()
    return states


def state_of(generator: random.Random | np.random.Generator) -> Any:
    if isinstance(generator, random.Random):
        return generator.getstate()
    return generator.bit_generator.state


def restore_generators(
    path: Path, tensors: Mapping[str, Tensor], states: Mapping[str, Any], generators: Generators
) -> None:
    if missing := sorted(generators.keys() - states.keys()):
        raise GenRecError(f"{path} has no state of the generators {', '.join(missing)}.")
    for name, generator in generators.items():
        state = states[name]
        if isinstance(generator, random.Random):
            generator.setstate((state[0], tuple(state[1]), state[2]))
        else:
            generator.bit_generator.state = state
    torch.set_rng_state(tensors[f"{TORCH_RNG}cpu"])
    if torch.cuda.is_available() and f"{TORCH_RNG}cuda" in tensors:
        torch.cuda.set_rng_state(tensors[f"{TORCH_RNG}cuda"])


def check_run(path: Path, saved: Mapping[str, Any], identity: Mapping[str, str]) -> None:
    if saved["format"] != CHECKPOINT_FORMAT:
        raise GenRecError(f"{path} is of another version: give another directory to start anew.")
    differing = [name for name, value in identity.items() if saved["identity"].get(name) != value]
    if differing:
        raise GenRecError(
            f"{path} is of a run with other {', '.join(differing)}: give the same to go on; to "
            f"start anew, give another directory or remove {path.parent}."
        )


def check_parameters(
    path: Path, tensors: Mapping[str, Tensor], parameters: Mapping[str, Tensor]
) -> None:
    """Raise GenRecError unless the file holds exactly these parameters, in these shapes."""
    found = {
        name.removeprefix(PARAMETER): tuple(value.shape)
        for name, value in tensors.items()
        if name.startswith(PARAMETER)
    }
    expected = {name: tuple(value.shape) for name, value in parameters.items()}
    if found != expected:
        name = min(n for n in found.keys() | expected if found.get(n) != expected.get(n))
        raise GenRecError(
            f"{path} is of another model: {name} is {found.get(name)} there and "
            f"{expected.get(name)} here."
        )


def digest(tensors: Mapping[str, Tensor], progress: str) -> str:
    """Return a hash of everything in a checkpoint: a flipped bit is damage, too."""
    hashed = sha256(progress.encode())
    for name in sorted(tensors):
        hashed.update(name.encode())
        hashed.update(tensors[name].reshape(-1).view(torch.uint8).numpy())
    return hashed.hexdigest()


def write_file(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    stage = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, stage, metadata=metadata)
        with stage.open("rb") as stream:
            os.fsync(stream.fileno())
        stage.replace(path)
    except (OSError, SafetensorError) as error:
        with suppress(OSError):
            stage.unlink()
        raise GenRecError(f"Cannot write the checkpoint {path}: {error}.") from error


def read_file(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return a checkpoint's tensors and its JSON. Raises DamagedCheckpoint."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if digest(tensors, metadata["progress"]) != metadata["digest"]:
            raise DamagedCheckpoint("its content does not match its hash")
        saved: dict[str, Any] = json.loads(metadata["progress"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise DamagedCheckpoint(str(error)) from error
    return tensors, saved


def prune(directory: Path, step: int) -> None:
    """Keep the last checkpoints up to `step`, and no others."""
    paths = sorted(directory.glob(PATTERN), reverse=True)
    current = [path for path in paths if path.name <= f"step-{step:08d}.safetensors"]
    for path in {*paths} - {*current[:KEPT]}:
        path.unlink(missing_ok=True)
