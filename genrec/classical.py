"""The classical core: rankers in closed form, fitted in seconds, that GenRec must beat.

Every model is fitted on histories (users' titles as rows of a catalogue of N, oldest first) and
turns a batch of B histories into scores (B, N), higher is better, float32. None of them sees a
target. The settings in `ClassicalConfig` were chosen on each MovieLens-1M user's last but one
title; `docs/experiments.md` has the tries. numpy only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from genrec.events import Events, Floats, decay, forward_counts, read_events, recent

Histories = Sequence[Sequence[int]]
USERS_AT_ONCE = 2048


class Scorer(Protocol):
    """What every classical model is: histories in, scores (B, N) out."""

    def __call__(self, histories: Histories) -> Floats: ...


@dataclass(frozen=True)
class ClassicalConfig:
    """Every choice of the classical models."""

    knn_neighbours: int = 200
    knn_shrinkage: float = 20.0
    ease_regularisation: float = 500.0
    ease_decay: float = 0.8
    markov_lags: int = 5
    markov_decay: float = 0.8
    markov_smoothing: float = 5.0
    blend_ease_recency: float = 0.5
    blend_markov: float = 0.5


@dataclass(frozen=True)
class Popularity:
    """Rank by how often a title occurs in the histories."""

    totals: Floats

    def __call__(self, histories: Histories) -> Floats:
        return np.broadcast_to(self.totals, (len(histories), len(self.totals)))


@dataclass(frozen=True)
class Linear:
    """Rank by `recent(history) @ weights`: weights (N, N), kernel None for a plain set."""

    weights: Floats
    kernel: np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None = None

    def __call__(self, histories: Histories) -> Floats:
        scores: Floats = recent(histories, len(self.weights), self.kernel) @ self.weights
        return scores


@dataclass(frozen=True)
class Markov:
    """Rank by a sum of transition probabilities from the last titles, newest weighing most.

    `transitions[l - 1]` (N, N) holds the probability of each title `l` events after another.
    """

    transitions: Sequence[Floats]
    lag_weights: Sequence[float]

    def __call__(self, histories: Histories) -> Floats:
        n_titles = self.transitions[0].shape[0]
        scores = np.zeros((len(histories), n_titles), dtype=np.float32)
        for lag, (chain, weight) in enumerate(
            zip(self.transitions, self.lag_weights, strict=True), start=1
        ):
            users = [user for user, history in enumerate(histories) if len(history) >= lag]
            if users:
                scores[users] += weight * chain[[histories[user][-lag] for user in users]]
        return scores


@dataclass(frozen=True)
class Blend:
    """A weighted sum of other models' scores, each standardised over the titles of a user."""

    parts: Sequence[tuple[Scorer, float]]

    def __call__(self, histories: Histories) -> Floats:
        parts = [weight * standardised(score(histories)) for score, weight in self.parts]
        return np.stack(parts).sum(axis=0).astype(np.float32)


def standardised(scores: Floats) -> Floats:
    """Return scores (B, N) with mean 0 and deviation 1 in every row; constant rows become 0."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    deviation = scores.std(axis=1, keepdims=True)
    result: Floats = centred / np.where(deviation > 0, deviation, 1)
    return result


def fit_classical(
    histories: Histories, n_titles: int, config: ClassicalConfig | None = None
) -> Mapping[str, Scorer]:
    """Fit every classical ranker and return them by the names that reports use.

    Raises:
        GenRecError: no events, or rows that the catalogue lacks.
    """
    config = config or ClassicalConfig()
    events = read_events(histories, n_titles)
    gram = cooccurrences(histories, n_titles)
    ease = ease_weights(gram, config.ease_regularisation)
    ease_recency = Linear(ease, decay(config.ease_decay, length=200))
    markov = fit_markov(events, config)
    return {
        "popularity": Popularity(events.totals),
        "item_knn": fit_item_knn(gram, config),
        "ease": Linear(ease),
        "ease_recency": ease_recency,
        "markov": markov,
        "classical_blend": Blend(
            ((ease_recency, config.blend_ease_recency), (markov, config.blend_markov))
        ),
    }


def cooccurrences(histories: Histories, n_titles: int) -> Floats:
    """Return (N, N): in how many histories both titles occur; on the diagonal, in how many one."""
    gram = np.zeros((n_titles, n_titles), dtype=np.float32)
    for start in range(0, len(histories), USERS_AT_ONCE):
        users = recent(histories[start : start + USERS_AT_ONCE], n_titles, None)
        gram += users.T @ users
    return gram


def fit_item_knn(gram: Floats, config: ClassicalConfig) -> Linear:
    """Rank by the cosine similarity of a title to those of a history.

    Similarities that few users stand behind are shrunk, and each title keeps only its nearest
    neighbours. Source: Sarwar et al. 2001, "Item-based collaborative filtering recommendation
    algorithms"; shrinkage as in Bell and Koren 2007.
    """
    norms = np.sqrt(np.diag(gram))
    cosine = gram / np.maximum(np.outer(norms, norms), 1)
    cosine *= gram / (gram + config.knn_shrinkage)
    np.fill_diagonal(cosine, 0)
    if config.knn_neighbours < len(cosine):
        least = -np.partition(-cosine, config.knn_neighbours - 1, axis=0)
        cosine[cosine < least[config.knn_neighbours - 1]] = 0
    return Linear(cosine.astype(np.float32))


def ease_weights(gram: Floats, regularisation: float) -> Floats:
    """Return the weights (N, N), zero on the diagonal, that best rebuild every history.

    Source: Steck 2019, "Embarrassingly shallow autoencoders for sparse data".
    """
    inverse = np.linalg.inv(gram + regularisation * np.eye(len(gram), dtype=np.float32))
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    result: Floats = weights.astype(np.float32)
    return result


def fit_markov(events: Events, config: ClassicalConfig) -> Markov:
    """Estimate how titles follow each other at lags 1 to `markov_lags`, each lag on its own.

    A title with few events falls back on popularity: `markov_smoothing` pseudo-events are drawn
    from it.
    """
    lags = range(1, config.markov_lags + 1)
    counts = forward_counts(events, [np.eye(lag)[-1] for lag in lags])
    prior = config.markov_smoothing * events.totals / events.totals.sum()
    chains = [
        (count + prior) / (count.sum(axis=1, keepdims=True) + config.markov_smoothing)
        for count in counts
    ]
    return Markov(chains, [config.markov_decay ** (lag - 1) for lag in lags])
