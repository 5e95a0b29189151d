"""Weights that ship with the package: tensors in half precision beside a manifest.

They fit one version of the embedder and one of the features, and are not used with another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from catalog.embedding import get_embedder
from discovery.intents.features import FEATURES_VERSION, Matrix

WEIGHTS_DIR = Path(__file__).parent / "weights"

Shapes = Mapping[str, tuple[int, ...]]
Manifest = Mapping[str, Any]


class UnusableWeights(Exception):
    """The shipped weights don't fit this program. The message says what to run."""


@dataclass(frozen=True, slots=True)
class WeightFiles:
    """Where one model's weights are: file names, and the command that trains them anew."""

    tensors: str
    manifest: str
    command: str

    def load(self, directory: Path, shapes: Shapes) -> tuple[dict[str, Matrix], Manifest]:
        """Read tensors of these shapes and their manifest.

        Raises:
            UnusableWeights: a file is missing, or it is of other features.
        """
        try:
            manifest = json.loads((directory / self.manifest).read_text(encoding="utf-8"))
            read = load_file(directory / self.tensors)
            tensors = {name: read[name].astype(np.float32) for name in shapes}
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise self._unusable(f"{error!r}.") from error
        fits = all(tensors[name].shape == shape for name, shape in shapes.items())
        if not fits or manifest.get("features_version") != FEATURES_VERSION:
            raise self._unusable("they are of other features.")
        return tensors, manifest

    def save(self, directory: Path, tensors: Mapping[str, Matrix], manifest: Manifest) -> None:
        """Write tensors in half precision and their manifest."""
        directory.mkdir(parents=True, exist_ok=True)
        halves = {name: tensor.astype(np.float16) for name, tensor in tensors.items()}
        save_file(halves, directory / self.tensors)
        text = json.dumps(manifest, indent=2, sort_keys=True)
        (directory / self.manifest).write_text(text + "\n", encoding="utf-8")

    def require_embedder(self, manifest: Manifest) -> None:
        """Raise UnusableWeights if the embedder is not the one that they were trained with.

        Raises:
            EmbedderUnavailable: there is none.
        """
        trained_with, version = manifest["embedding_version"], get_embedder().version
        if trained_with != version:
            raise self._unusable(
                f"they were trained with embedder {trained_with}, this is {version}."
            )

    def _unusable(self, why: str) -> UnusableWeights:
        return UnusableWeights(f"{why} Run `bin/manage {self.command}`.")
