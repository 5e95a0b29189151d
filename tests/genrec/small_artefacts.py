"""Bases and artefacts of a few bytes: whole enough to be read, checked and assembled."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from genrec.base import BaseInfo, write_base_info
from genrec.checkpoint import (
    ADAPTER_NAME,
    HEADS_NAME,
    RESIDUALS_NAME,
    AdapterConfig,
    Artefact,
    TowerConfig,
    tower_shapes,
    write_artefact,
)
from genrec.files import write_json

TOWERS = TowerConfig(hidden_size=8, tap_layer=2, content_dim=4, head_dim=4, bottleneck=2)
ADAPTER = AdapterConfig(rank=2, alpha=4, target_modules=("q_proj",))
N_WORDS = 100
BASE_CONFIG = {"hidden_size": 8, "vocab_size": N_WORDS, "num_hidden_layers": 3}
Q_PROJ = "layers.1.self_attn.q_proj"
KEYS = ("tt0000001", "tt12345678")


def write_base(directory: Path, seed: int = 0, name: str = "tiny") -> BaseInfo:
    directory.mkdir()
    weights = np.random.default_rng(seed).normal(size=(6, 8)).astype(np.float32)
    save_file({f"model.{Q_PROJ}.weight": weights}, directory / "model.safetensors")
    write_json(directory / "config.json", BASE_CONFIG)
    (directory / "tokenizer.json").write_text("{}")
    return write_base_info(directory, name=name, source_sha256="none")


def write_heads(directory: Path) -> None:
    tensors = {name: np.zeros(shape, np.float32) for name, shape in tower_shapes(TOWERS).items()}
    save_file(tensors, directory / HEADS_NAME)


def write_small(directory: Path, base: BaseInfo, **changes: Any) -> Artefact:
    """Write an artefact of towers alone that fits `base`; `changes` go into its description."""
    directory.mkdir(exist_ok=True)
    write_heads(directory)
    return write_artefact(directory, replace(description(base), **changes))


def description(base: BaseInfo) -> Artefact:
    return Artefact(
        name="test",
        base=base,
        embedding_version="v1",
        towers=TOWERS,
        created="2024-01-01T00:00:00+00:00",
        genrec_version="0.1.0",
    )


def lora(rank: int = 2, n_out: int = 6) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    return {
        f"{Q_PROJ}.lora_A": rng.normal(size=(rank, 8)).astype(np.float32),
        f"{Q_PROJ}.lora_B": rng.normal(size=(n_out, rank)).astype(np.float32),
    }


def residuals() -> dict[str, np.ndarray]:
    rows = {"input": np.ones((2, 8)), "output": np.ones((2, 4)), "bias": np.ones(2)}
    return {name: value.astype(np.float32) for name, value in rows.items()}


def write_residual_file(directory: Path, keys: object = KEYS, **changes: np.ndarray) -> None:
    metadata = {"imdb": keys if isinstance(keys, str) else json.dumps(keys)}
    save_file({**residuals(), **changes}, directory / RESIDUALS_NAME, metadata=metadata)


def write_whole(directory: Path, base: BaseInfo) -> Artefact:
    """Write an artefact with an adapter and residuals."""
    directory.mkdir()
    save_file(lora(), directory / ADAPTER_NAME)
    write_residual_file(directory)
    return write_small(directory, base, adapter=ADAPTER, residuals=2)
