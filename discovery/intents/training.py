"""Train the intent classifier in closed code: multinomial logistic regression by L-BFGS.

The loss is convex, so a run is the same every time. The penalty and the thresholds are chosen on
the dev part; the test part is only reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from discovery.intents.cases import INTENTS, Case
from discovery.intents.classifier import SILENT, Classifier, decide
from discovery.intents.features import Embed, Matrix, feature_rows
from genrec.contract import Intent

PENALTIES = (0.0003, 0.001)
MAX_STEPS = 200
# Of the wishes and questions about films, this share may be taken for something else.
MAX_FALSE_REFUSALS = 0.02
# What is not about films is refused as an attack from this share of the two on. Chosen on the dev
# halves of the safety sets: lower refuses more that is harmless, higher less harm. Short questions
# are left to the judge of harm.
ATTACK_SHARE = 0.6
OFF_TOPIC: frozenset[Intent] = frozenset({"malicious", "out_of_scope"})
# Right guesses that an acted-on guess must reach on dev, where titles would be withheld and not.
PRECISION_SILENT = 0.95
PRECISION_OTHER = 0.9
_GRID = tuple(round(0.3 + 0.05 * step, 2) for step in range(13))


def rows_of(cases: Sequence[Case], embed: Embed, *, window: int) -> Matrix:
    """Return the (N, WIDTH) features of cases."""
    return feature_rows([(case.turns, case.text) for case in cases], embed, window=window)


def labels_of(cases: Sequence[Case]) -> npt.NDArray[np.int64]:
    """Return (N,) positions in INTENTS."""
    return np.array([INTENTS.index(case.intent) for case in cases])


def fit(rows: Matrix, labels: npt.NDArray[np.int64], *, penalty: float) -> Classifier:
    """Minimise mean cross-entropy + penalty / 2 * |weights|^2, all in float64.

    Args:
        rows: (N, WIDTH).
        labels: (N,) positions in INTENTS.
    """
    # There are fewer cases than features: the weights lie in the span of the cases, so the search
    # is over coordinates in it, which is the same minimum at a fifth of the work.
    x, basis = coordinates(rows)
    n, width = x.shape
    targets = np.eye(len(INTENTS))[labels]

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        table = flat.reshape(width + 1, len(INTENTS))
        logits = x @ table[:-1] + table[-1]
        logits -= logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(logits).sum(axis=1, keepdims=True))
        error = np.exp(logits - log_sum) - targets
        value = -((logits - log_sum) * targets).sum() / n
        slope = np.vstack([x.T @ error / n + penalty * table[:-1], error.sum(axis=0) / n])
        return float(value + penalty / 2 * (table[:-1] ** 2).sum()), slope.ravel()

    start = np.zeros((width + 1) * len(INTENTS))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MAX_STEPS})
    table = found.x.reshape(width + 1, len(INTENTS))
    return Classifier((basis.T @ table[:-1]).astype(np.float32), table[-1].astype(np.float32), {})


def coordinates(rows: Matrix) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return (N, R) coordinates of (N, WIDTH) rows and the (R, WIDTH) basis they are in."""
    x = rows.astype(np.float64)
    # Of the Gram matrix rather than of the rows: there are far fewer cases than features.
    squares, left = np.linalg.eigh(x @ x.T)
    kept = squares > 1e-12 * squares[-1]
    basis = (left[:, kept].T @ x) / np.sqrt(squares[kept])[:, None]
    return x @ basis.T, basis


def macro_f1(labels: npt.NDArray[np.int64], guesses: npt.NDArray[np.int64]) -> float:
    """Return the mean F1 of the intents that occur in `labels`."""
    scores = []
    for number in np.unique(labels):
        right = int(((labels == number) & (guesses == number)).sum())
        said = int((guesses == number).sum())
        there = int((labels == number).sum())
        scores.append(2 * right / (said + there))
    return float(np.mean(scores))


def choose_penalty(
    train: tuple[Matrix, npt.NDArray[np.int64]], dev: tuple[Matrix, npt.NDArray[np.int64]]
) -> tuple[float, float]:
    """Return the penalty with the best macro-F1 on dev, and that figure."""
    scored = []
    for penalty in PENALTIES:
        guesses = fit(*train, penalty=penalty).probabilities(dev[0]).argmax(axis=1)
        scored.append((macro_f1(dev[1], guesses), penalty))
    best = max(scored)
    return best[1], best[0]


def choose_thresholds(probabilities: Matrix, labels: npt.NDArray[np.int64]) -> dict[str, float]:
    """Return the lowest thresholds that are precise enough on dev.

    Args:
        probabilities: (N, I) of dev cases.
        labels: (N,) positions in INTENTS.
    """
    attack, elsewhere = INTENTS.index("malicious"), INTENTS.index("out_of_scope")
    off = probabilities[:, attack] + probabilities[:, elsewhere]
    wished = (labels != attack) & (labels != elsewhere)
    allowed = [t for t in _GRID if (off[wished] >= t).mean() <= MAX_FALSE_REFUSALS]
    chosen = {
        "off_topic": min(allowed, default=_GRID[-1]),
        "attack_share": ATTACK_SHARE,
        "silent": 1.0,
        "other": 1.0,
    }
    for name, precision in (("silent", PRECISION_SILENT), ("other", PRECISION_OTHER)):
        for threshold in _GRID:
            trial = chosen | {name: threshold}
            if _precision(probabilities, labels, trial, name) >= precision:
                chosen = trial
                break
    return chosen


def _precision(
    probabilities: Matrix,
    labels: npt.NDArray[np.int64],
    thresholds: Mapping[str, float],
    kind: str,
) -> float:
    """Return how many of the guesses acted on are right, among those that a threshold rules."""
    hits = []
    for row, label in zip(probabilities, labels, strict=True):
        said = decide(named(row), thresholds)
        if said is None or said in OFF_TOPIC or (said in SILENT) != (kind == "silent"):
            continue
        hits.append(said == INTENTS[label])
    return float(np.mean(hits)) if hits else 0.0


def named(row: npt.NDArray[np.float32]) -> dict[Intent, float]:
    """Return (I,) probabilities by intent."""
    return {intent: float(p) for intent, p in zip(INTENTS, row, strict=True)}


def figures(classifier: Classifier, rows: Matrix, cases: Sequence[Case]) -> dict[str, Any]:
    """Return what the classifier alone does on a part: macro-F1 and how often it abstains.

    Without the judge of harm, which is trained on its own.
    """
    labels = labels_of(cases)
    probabilities = classifier.probabilities(rows)
    several = np.array([bool(case.turns) for case in cases])
    guesses = probabilities.argmax(axis=1)
    thresholds = classifier.manifest["thresholds"]
    acted = [decide(named(row), thresholds) for row in probabilities]
    right = [said == case.intent for said, case in zip(acted, cases, strict=True) if said]
    return {
        "n": len(cases),
        "macro_f1": round(macro_f1(labels, guesses), 4),
        "macro_f1_multi_turn": round(macro_f1(labels[several], guesses[several]), 4),
        "accuracy": round(float((labels == guesses).mean()), 4),
        "abstained": round(acted.count(None) / len(cases), 4),
        "accuracy_when_sure": round(float(np.mean(right)), 4) if right else 0.0,
    }
