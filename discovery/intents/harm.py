"""Does a short question ask for harm? "How do I crush garlic" does not, "... his fingers" does.

A word tells nothing, nor does the sum of several: it is what the harm is done to. So the judge is
a logistic regression on the products of any two coordinates of the embedding, too, and learns from
pairs of wordings that differ in nothing else (`cases/harm.jsonl`). Longer messages are left to
`classifier`; so is whether a message is about films at all.

Its weights are part of the package, trained by `manage.py train_harm`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from catalog.embedding import get_embedder
from discovery.intents.features import FEATURES_VERSION, WIDTH, Matrix
from discovery.intents.shipped import WEIGHTS_DIR, UnusableWeights
from genrec.contract import CONTENT_DIM

# The columns that tell of the message alone: not those of the turns before it.
_ABOUT_TURNS = 2
COLUMNS = np.r_[0:CONTENT_DIM, 2 * CONTENT_DIM : WIDTH - _ABOUT_TURNS]


@dataclass(frozen=True, slots=True)
class HarmJudge:
    """Log-odds of harm: x @ linear + e @ square @ e + bias, for the embedding e in the row x.

    `linear` is (len(COLUMNS),), `square` (D, D) with D = CONTENT_DIM.
    """

    linear: Matrix
    square: Matrix
    bias: float
    manifest: Mapping[str, Any]

    def log_odds(self, rows: Matrix) -> Matrix:
        """Return (N,) for (N, WIDTH) rows of `features`."""
        meaning = rows[:, :CONTENT_DIM]
        pairs = np.einsum("nd,de,ne->n", meaning, self.square, meaning, optimize=True)
        odds: Matrix = rows[:, COLUMNS] @ self.linear + pairs + np.float32(self.bias)
        return odds

    def asks_for_harm(self, row: Matrix) -> bool:
        """Say it of one (WIDTH,) row."""
        return bool(self.log_odds(row[None, :])[0] > self.manifest["threshold"])


@cache
def shipped_judge() -> HarmJudge:
    """Load the weights of the package. Raises UnusableWeights, EmbedderUnavailable."""
    judge = load_judge(WEIGHTS_DIR)
    trained_with = judge.manifest["embedding_version"]
    if trained_with != get_embedder().version:
        raise UnusableWeights(
            f"they were trained with embedder {trained_with}, this is {get_embedder().version}. "
            "Run `bin/manage train_harm`."
        )
    return judge


def load_judge(directory: Path) -> HarmJudge:
    """Read a judge. Raises UnusableWeights if a file is missing or of other features."""
    try:
        manifest = json.loads((directory / "harm.json").read_text(encoding="utf-8"))
        tensors = load_file(directory / "harm.safetensors")
        judge = HarmJudge(
            tensors["linear"].astype(np.float32),
            tensors["square"].astype(np.float32),
            float(manifest["bias"]),
            manifest,
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise UnusableWeights(f"{error!r}. Run `bin/manage train_harm`.") from error
    shapes = (judge.linear.shape, judge.square.shape)
    fits = shapes == ((len(COLUMNS),), (CONTENT_DIM, CONTENT_DIM))
    if not fits or manifest.get("features_version") != FEATURES_VERSION:
        raise UnusableWeights("they are of other features. Run `bin/manage train_harm`.")
    return judge


def save_judge(judge: HarmJudge, directory: Path) -> None:
    """Write weights in half precision and their manifest."""
    directory.mkdir(parents=True, exist_ok=True)
    tensors = {
        "linear": judge.linear.astype(np.float16),
        "square": judge.square.astype(np.float16),
    }
    save_file(tensors, directory / "harm.safetensors")
    manifest = {**judge.manifest, "bias": judge.bias}
    text = json.dumps(manifest, indent=2, sort_keys=True)
    (directory / "harm.json").write_text(text + "\n", encoding="utf-8")
