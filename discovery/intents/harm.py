"""Does a short question ask for harm? "How do I crush garlic" does not, "... his fingers" does.

A word tells nothing, nor does the sum of several: it is what the harm is done to. So the judge is
a logistic regression on the products of any two coordinates of the embedding, too, and learns from
pairs of wordings that differ in nothing else (`cases/harm.jsonl`). Longer messages are left to
`classifier`; so is whether a message is about films at all.

Its weights are part of the package, trained by `manage.py train_harm`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from discovery.intents.features import WIDTH, Matrix
from discovery.intents.shipped import WEIGHTS_DIR, WeightFiles
from genrec.contract import CONTENT_DIM

# The columns that tell of the message alone: not those of the turns before it.
_ABOUT_TURNS = 2
COLUMNS = np.r_[0:CONTENT_DIM, 2 * CONTENT_DIM : WIDTH - _ABOUT_TURNS]
_FILES = WeightFiles("harm.safetensors", "harm.json", "train_harm")
_SHAPES = {"linear": (len(COLUMNS),), "square": (CONTENT_DIM, CONTENT_DIM)}


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
    _FILES.require_embedder(judge.manifest)
    return judge


def load_judge(directory: Path) -> HarmJudge:
    """Read a judge. Raises UnusableWeights if a file is missing or of other features."""
    tensors, manifest = _FILES.load(directory, _SHAPES)
    return HarmJudge(tensors["linear"], tensors["square"], float(manifest["bias"]), manifest)


def save_judge(judge: HarmJudge, directory: Path) -> None:
    """Write weights in half precision and their manifest."""
    tensors = {"linear": judge.linear, "square": judge.square}
    _FILES.save(directory, tensors, {**judge.manifest, "bias": judge.bias})
