"""The small supervised classifier: multinomial logistic regression over `features`, in numpy.

It is asked only where the rules are not sure, costs about a millisecond beyond the embedding of
the message, and abstains below its thresholds: then the rules' reading stands. Its weights are
part of the package (`weights/`), trained by `manage.py train_intents`; they fit one version of the
embedder and one of the features, and are not used with another.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from catalog.embedding import EmbedderUnavailable, get_embedder
from discovery.intents.cases import INTENTS
from discovery.intents.features import WIDTH, WINDOW, Matrix, feature_row
from discovery.intents.forms import is_short_question
from discovery.intents.harm import shipped_judge
from discovery.intents.shipped import WEIGHTS_DIR, UnusableWeights, WeightFiles
from genrec.contract import Intent

logger = logging.getLogger(__name__)

# Intents that answer without titles: taken only when surer than for the others.
SILENT: frozenset[Intent] = frozenset({"chitchat", "ask_title", "taste"})
_FILES = WeightFiles("intents.safetensors", "manifest.json", "train_intents")
_SHAPES = {"weights": (WIDTH, len(INTENTS)), "bias": (len(INTENTS),)}


@dataclass(frozen=True, slots=True)
class Guess:
    """What the classifier makes of a message. `intent` None: it abstains."""

    intent: Intent | None
    probabilities: Mapping[Intent, float]
    # Why there is no guess at all, such as a missing embedder; empty if there is one.
    unavailable: str = ""

    @property
    def best(self) -> tuple[Intent, float] | None:
        """The likeliest intent, sure enough or not."""
        if not self.probabilities:
            return None
        return max(self.probabilities.items(), key=lambda item: item[1])


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights (WIDTH, I) and bias (I,) for I = len(INTENTS), with their manifest."""

    weights: Matrix
    bias: Matrix
    manifest: Mapping[str, Any]

    def probabilities(self, rows: Matrix) -> Matrix:
        """Return (N, I) of (N, WIDTH): each row sums to 1."""
        logits = rows @ self.weights + self.bias
        logits = logits - logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        return cast(Matrix, odds / odds.sum(axis=1, keepdims=True))

    def guess(self, row: Matrix, *, harmful: bool | None = None) -> Guess:
        """Return the intent of one (WIDTH,) row, or none where no threshold is reached.

        Args:
            harmful: what the judge of harm says of a short question; None for anything else.
        """
        found = self.probabilities(row[None, :])[0]
        by_intent = {intent: float(p) for intent, p in zip(INTENTS, found, strict=True)}
        return Guess(decide(by_intent, self.manifest["thresholds"], harmful=harmful), by_intent)


def decide(
    probabilities: Mapping[Intent, float],
    thresholds: Mapping[str, float],
    *,
    harmful: bool | None = None,
) -> Intent | None:
    """Return the intent to act on, or None to abstain.

    An attack and what is not about films are told from a wish together: which of the two it is
    may be less sure than that it is one of them. Of a short question the judge of harm says it.
    """
    attack, elsewhere = probabilities["malicious"], probabilities["out_of_scope"]
    if attack + elsewhere >= thresholds["off_topic"]:
        if harmful is None:
            harmful = attack / (attack + elsewhere) >= thresholds["attack_share"]
        return "malicious" if harmful else "out_of_scope"
    best = max(INTENTS, key=lambda intent: probabilities[intent])
    if best in {"malicious", "out_of_scope"}:
        return None
    wanted = thresholds["silent"] if best in SILENT else thresholds["other"]
    return best if probabilities[best] >= wanted else None


def guess_intent(text: str, earlier: Sequence[str] = (), *, window: int = WINDOW) -> Guess:
    """Classify a message after what the viewer said before, oldest first. Never raises."""
    try:
        classifier = shipped_classifier()
        row = feature_row(text, earlier, embed_kept, window=window)
        harmful = shipped_judge().asks_for_harm(row) if is_short_question(text) else None
    except (EmbedderUnavailable, UnusableWeights) as error:
        _warn_once(str(error))
        return Guess(None, {}, unavailable=str(error))
    return classifier.guess(row, harmful=harmful)


def embed_kept(texts: Sequence[str]) -> Matrix:
    """Embed texts, (N, D); the turns of a conversation are embedded once in this process."""
    return np.stack([_embed_one(text) for text in texts])


@lru_cache(maxsize=4096)
def _embed_one(text: str) -> Matrix:
    return cast(Matrix, get_embedder().embed([text])[0])


@cache
def _warn_once(why: str) -> None:
    """Every turn's trace says it; the log says it once a process."""
    logger.warning("intents by rules alone: %s", why)


@cache
def shipped_classifier() -> Classifier:
    """Load the weights of the package. Raises UnusableWeights, EmbedderUnavailable."""
    classifier = load_classifier(WEIGHTS_DIR)
    _FILES.require_embedder(classifier.manifest)
    return classifier


def load_classifier(directory: Path) -> Classifier:
    """Read a classifier. Raises UnusableWeights if a file is missing or of other features."""
    tensors, manifest = _FILES.load(directory, _SHAPES)
    return Classifier(tensors["weights"], tensors["bias"], manifest)


def save_classifier(classifier: Classifier, directory: Path) -> None:
    """Write weights in half precision and their manifest."""
    tensors = {"weights": classifier.weights, "bias": classifier.bias}
    _FILES.save(directory, tensors, classifier.manifest)
