"""Weights of the package: read as they were written, and refused where they don't fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from catalog.embedding import get_embedder
from discovery.intents.features import FEATURES_VERSION
from discovery.intents.shipped import UnusableWeights, WeightFiles

FILES = WeightFiles("model.safetensors", "model.json", "train_model")
SHAPES = {"weights": (3, 2)}


def save(directory: Path, *, shape: tuple[int, ...] = (3, 2), version: int = 0) -> None:
    tensors = {"weights": np.full(shape, 0.5, dtype=np.float32)}
    FILES.save(directory, tensors, {"features_version": version or FEATURES_VERSION})


def test_they_are_read_as_written(tmp_path: Path) -> None:
    save(tmp_path / "new")
    tensors, manifest = FILES.load(tmp_path / "new", SHAPES)

    assert tensors["weights"].dtype == np.float32
    assert (tensors["weights"] == 0.5).all()
    assert manifest == {"features_version": FEATURES_VERSION}


@pytest.mark.parametrize("changes", [{"shape": (2, 3)}, {"version": -1}])
def test_those_of_other_features_are_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    save(tmp_path, **changes)  # type: ignore[arg-type]
    with pytest.raises(UnusableWeights, match=r"other features\. Run `bin/manage train_model`"):
        FILES.load(tmp_path, SHAPES)


@pytest.mark.parametrize("broken", ["model.safetensors", "model.json"])
def test_broken_and_missing_files_are_refused(tmp_path: Path, broken: str) -> None:
    save(tmp_path)
    (tmp_path / broken).write_text("no weights", encoding="utf-8")
    with pytest.raises(UnusableWeights, match="train_model"):
        FILES.load(tmp_path, SHAPES)
    (tmp_path / broken).unlink()
    with pytest.raises(UnusableWeights, match="train_model"):
        FILES.load(tmp_path, SHAPES)


def test_they_fit_one_version_of_the_embedder() -> None:
    FILES.require_embedder({"embedding_version": get_embedder().version})
    with pytest.raises(UnusableWeights, match="trained with embedder old"):
        FILES.require_embedder({"embedding_version": "old"})
