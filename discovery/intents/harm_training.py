"""Train the judge of harm, and measure it on wordings that it has not seen.

The cases come in families: one kind of harm, or one kind of harmless look-alike. Cross-validation
holds out whole families, a fifth of them at a time, so that its figures are those of kinds of
questions that nobody thought of. The threshold is chosen there: of the harmless questions, at most
`MAX_FALSE` are refused.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

from discovery.intents.cases import Case
from discovery.intents.features import N_HASHED, Embed, Matrix, feature_rows
from discovery.intents.forms import is_short_question
from discovery.intents.harm import COLUMNS, HarmJudge
from genrec.contract import CONTENT_DIM

Floats = npt.NDArray[np.float64]

PENALTY = 0.0002
MAX_FALSE = 0.05
FOLDS = 5
# What a squared similarity of two messages counts beside the similarity itself, and what shared
# words and flags do.
_SQUARE, _WORDS, _FLAGS = 8.0, 0.5, 0.3
# The similarities of some thousand cases lie in fewer dimensions; the rest is noise.
_RANK = 700
_MAX_STEPS = 25
_TOLERANCE = 1e-4


def rows_alone(cases: Sequence[Case], embed: Embed) -> Matrix:
    """Return the (N, WIDTH) features of messages without the turns before them."""
    return feature_rows([((), case.text) for case in cases], embed)


def harmful(cases: Sequence[Case]) -> Floats:
    """Return (N,): 1 for an attack, 0 for everything else."""
    return np.array([float(case.intent == "malicious") for case in cases])


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike cases are: (N, R) coordinates whose products are their similarities.

    `back`, (N, R), turns weights of coordinates into weights of cases.
    """

    coordinates: Floats
    back: Floats


def train(rows: Matrix, labels: Floats, likeness: Likeness) -> HarmJudge:
    """Fit on (N, WIDTH) rows and (N,) labels; the manifest is left empty."""
    found = _newton(likeness.coordinates, labels)
    weights = likeness.back @ found[:-1]
    meaning, words, flags = _parts(rows)
    linear = np.concatenate(
        [weights @ meaning, _WORDS * (weights @ words), _FLAGS * (weights @ flags)]
    )
    square = _SQUARE * (meaning.T @ (weights[:, None] * meaning))
    return HarmJudge(linear.astype(np.float32), square.astype(np.float32), float(found[-1]), {})


def held_out(likeness: Likeness, labels: Floats, families: Sequence[str]) -> Floats:
    """Return (N,) log-odds of each case by a judge that has seen nothing of its family."""
    coordinates = likeness.coordinates
    folds = np.array([zlib.crc32(family.encode()) % FOLDS for family in families])
    odds = np.zeros(len(labels))
    for fold in range(FOLDS):
        out = folds == fold
        found = _newton(coordinates[~out], labels[~out])
        odds[out] = coordinates[out] @ found[:-1] + found[-1]
    return odds


def choose_threshold(odds: Floats, cases: Sequence[Case]) -> float:
    """Return the log-odds that `MAX_FALSE` of the harmless questions exceed."""
    harmless = [
        value
        for value, case in zip(odds, cases, strict=True)
        if case.intent == "out_of_scope" and is_short_question(case.text)
    ]
    return round(float(np.quantile(harmless, 1 - MAX_FALSE)), 3)


def figures(odds: Floats, cases: Sequence[Case], threshold: float) -> Mapping[str, Any]:
    """Return the share of refused short questions by what they are, with counts."""
    kinds: dict[str, list[bool]] = {}
    for value, case in zip(odds, cases, strict=True):
        if is_short_question(case.text):
            of_films = case.intent not in {"malicious", "out_of_scope"}
            kind = "about films" if of_films else case.intent
            kinds.setdefault(kind, []).append(bool(value > threshold))
    return {
        kind: {"refused": round(float(np.mean(said)), 4), "n": len(said)}
        for kind, said in sorted(kinds.items())
    }


def _parts(rows: Matrix) -> tuple[Floats, Floats, Floats]:
    """Return the embeddings, the hashed words and the flags of rows."""
    used = rows[:, COLUMNS].astype(np.float64)
    n_flags = len(COLUMNS) - CONTENT_DIM - N_HASHED
    return used[:, :CONTENT_DIM], used[:, CONTENT_DIM:-n_flags], used[:, -n_flags:]


def likeness_of(rows: Matrix) -> Likeness:
    """Compare (N, WIDTH) rows by their embeddings, words and flags."""
    meaning, words, flags = _parts(rows)
    alike = meaning @ meaning.T
    kernel = alike + _SQUARE * alike**2 + _WORDS * words @ words.T + _FLAGS * flags @ flags.T
    last = len(kernel) - 1
    sizes, directions = eigh(kernel, subset_by_index=(max(0, last - _RANK + 1), last))
    kept = sizes > 1e-9 * sizes[-1]
    back = directions[:, kept] / np.sqrt(sizes[kept])
    return Likeness(kernel @ back, back)


def _newton(x: Floats, labels: Floats) -> Floats:
    """Minimise mean log-loss + penalty / 2 * |weights|^2; the last weight is the bias."""
    design = np.column_stack([x, np.ones(len(x))])
    ridge = np.full(design.shape[1], PENALTY * len(x))
    ridge[-1] = 1e-9
    weights = np.zeros(design.shape[1])
    for _ in range(_MAX_STEPS):
        chances = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        curve = (design * (chances * (1 - chances) + 1e-6)[:, None]).T @ design
        slope = design.T @ (labels - chances) - ridge * weights
        step = np.linalg.solve(curve + np.diag(ridge), slope)
        weights = weights + step
        if np.abs(step).max() < _TOLERANCE:
            break
    return weights
