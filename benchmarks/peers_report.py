"""What `benchmarks/peers.py` reports of a run: metrics, and how the model came about."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from peers_models import Choices, settings

from genrec.metrics import METRICS, bootstrap_ci95, mean, rank_of

LIBRARIES = ("rectools", "torch", "pytorch-lightning", "numpy", "pandas")
PROTOCOL = (
    "leave one out, full ranking over all titles that occur, own history excluded, "
    "ties against the target"
)


def figures(values: Mapping[int, int | None]) -> dict[str, Any]:
    """Return the mean of each metric and its 95% interval over users."""
    found: dict[str, Any] = {"users": len(values), "ci95": {}}
    for name, metric in METRICS.items():
        each = [metric(rank) for rank in values.values()]
        found[name] = round(mean(each), 5)
        found["ci95"][name] = [round(edge, 5) for edge in bootstrap_ci95(each)]
    return found


def check_by_hand() -> None:
    """Five titles, one seen: the target's 0.5 is beaten by 0.9 and tied by 0.5, so it is third."""
    line = np.asarray([0.9, 0.5, 0.5, 0.1, 2.0], dtype=np.float32)
    rank = rank_of(1, line, [4])
    assert rank == 3, rank
    found = figures({1: rank, 2: 1, 3: 20})
    assert found["HR@10"] == round(2 / 3, 5), found
    assert found["NDCG@10"] == round((1 / 2 + 1) / 3, 5), found
    assert found["MRR"] == round((1 / 3 + 1 + 1 / 20) / 3, 5), found


def device_name(options: argparse.Namespace) -> str:
    gpu = options.accelerator != "cpu" and torch.cuda.is_available()
    return torch.cuda.get_device_name() if gpu else "CPU"


def command(options: argparse.Namespace) -> str:
    """Return the command with the options that decide the figures, without paths."""
    words = [f"benchmarks/peers.sh {options.model} --sequences SEQUENCES.parquet"]
    words += ["--targets TARGETS.parquet"] if options.targets else []
    for name in [*(field.name for field in fields(Choices)), "patience", "epochs", "minutes"]:
        words.append(f"--{name} {getattr(options, name):g}")
    return " ".join([*words, "--out benchmarks/peers.json --work WORK"])


def entry(
    options: argparse.Namespace,
    chosen: Choices,
    state: Mapping[str, Any],
    values: Mapping[int, int | None],
    validated: int,
) -> dict[str, Any]:
    """Return what is reported of this run; `state` is the watch's, `validated` its users."""
    library = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {
        "metrics": figures(values),
        "library": library,
        "settings": settings(options.model, chosen),
        "epochs": state["curve"][-1][0],
        "best_epoch": state["best_epoch"],
        "converged": state["converged"],
        "train_s": round(state["train_s"]),
        "cpu_s": round(state["cpu_s"]),
        "device": device_name(options),
        "threads": options.threads,
        "validation": {"users": validated, "curve_epoch_seconds_ndcg": state["curve"]},
        "command": command(options),
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "protocol": PROTOCOL,
        "target": "file of targets" if options.targets else "last title of the sequences",
    }
