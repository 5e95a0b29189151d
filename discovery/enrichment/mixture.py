"""The mixture: neighbours, a linear model, words and genres, weighed by a logistic regression.

Everything is fitted on the references in closed steps, in seconds: the linear model by ridge
regression, whose leave-one-out predictions follow from one solution; the regression on those
predictions by Newton's method. So its confidences are probabilities: of what it calls 0.6, about
six in ten are right (see docs/enrichment.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import erf, sqrt

import numpy as np

from catalog.facts import TitleFacts
from discovery.enrichment.keyword import note_proposals, term_proposals
from discovery.enrichment.nearest import (
    by_form,
    keyword_votes,
    vote_notes,
    weight_where_present,
)
from discovery.enrichment.neighbours import (
    STRONGEST,
    Neighbours,
    find_neighbours,
    neighbours_among,
    vote,
)
from discovery.enrichment.reading import Form, Numbers, leanings, said_terms
from discovery.enrichment.references import References
from discovery.enrichment.types import MAX_TERMS, Proposal
from discovery.enrichment.words import keyword_proposals

METHOD = "mixture-1"
# Chosen by leave-one-out on the part of the starter records that is not held out.
RIDGE = 3.0
PRIOR = 1.0
_STEPS = 8
_NOTE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learnt for titles read in one form.

    `linear` and `linear_notes` are (features, outputs), `coefficients` (signals,), `centre` and
    `scale` (terms,) standardize the closeness of a document to a term, `note_error` (notes,) is
    the standard error of a predicted grade.
    """

    linear: Numbers
    linear_notes: Numbers
    coefficients: Numbers
    centre: Numbers
    scale: Numbers
    note_error: Numbers


class MixtureSuggester:
    """All signals together, calibrated."""

    name = "mixture"

    def __init__(self, references: References) -> None:
        self.references = references
        self._fitted: dict[Form, Fitted] = {}

    @property
    def version(self) -> str:
        return f"{METHOD}, {self.references.version}"

    def suggest(
        self, titles: Sequence[TitleFacts], *, max_terms: int = MAX_TERMS
    ) -> list[list[Proposal]]:
        return by_form(titles, partial(self._suggest, max_terms=max_terms))

    def _suggest(
        self, titles: Sequence[TitleFacts], form: Form, *, max_terms: int
    ) -> list[list[Proposal]]:
        known = self.references
        learnt = self.fitted(form)
        vectors = known.embed(titles, form)
        near = find_neighbours(known, titles, vectors, form)
        features = known.features(titles, vectors)
        signals = self._signals(
            titles, vectors, near, features @ learnt.linear, learnt.centre, learnt.scale
        )
        sure = _logistic(signals @ learnt.coefficients)
        weights = weight_where_present(near, known.weights)
        grades = mix_notes(near, known.notes, features @ learnt.linear_notes)
        sure_notes = right_within_half(grades, learnt.note_error)
        return [
            [
                *term_proposals(known.terms, sure[row], weights[row], max_terms=max_terms),
                *note_proposals(grades[row], sure_notes[row]),
                *keyword_proposals(facts, keyword_votes(known, near, row), known.vocabulary),
            ]
            for row, facts in enumerate(titles)
        ]

    def fitted(self, form: Form) -> Fitted:
        """Return what was learnt for a form, learning it at the first call."""
        if form not in self._fitted:
            self._fitted[form] = self._fit(form)
        return self._fitted[form]

    def _fit(self, form: Form) -> Fitted:
        known = self.references
        vectors = known.vectors(form)
        features = known.features(known.facts, vectors)
        near = neighbours_among(known, form)
        present = (known.weights > 0).astype(float)
        linear, left_out = ridge(features, present)
        close = vectors @ known.term_vectors.T
        centre, scale = close.mean(0), np.maximum(close.std(0), 1e-6)
        facts = known.facts if form == "synopsis" else _without_synopses(known.facts)
        signals = self._signals(facts, vectors, near, left_out, centre, scale)
        coefficients = fit_logistic(
            signals.reshape(-1, signals.shape[-1]), present.reshape(-1), prior=PRIOR
        )
        notes = fill_unknown(known.notes)
        linear_notes, notes_left_out = ridge(features, notes)
        error = mix_notes(near, known.notes, notes_left_out) - notes
        return Fitted(
            linear, linear_notes, coefficients, centre, scale, np.sqrt((error**2).mean(0))
        )

    def _signals(
        self,
        titles: Sequence[TitleFacts],
        vectors: Numbers,
        near: Neighbours,
        linear: Numbers,
        centre: Numbers,
        scale: Numbers,
    ) -> Numbers:
        """Return (titles, terms, signals): what speaks for each term, on comparable scales."""
        known = self.references
        shares = vote(near, known.weights / STRONGEST)
        close = (vectors @ known.term_vectors.T - centre) / scale
        signals = [
            np.ones_like(shares),
            _log_odds(linear),
            _log_odds(shares),
            said_terms(titles, known.terms),
            leanings(titles, known.terms),
            close,
        ]
        return np.stack(signals, axis=-1)


def ridge(features: Numbers, outputs: Numbers) -> tuple[Numbers, Numbers]:
    """Return coefficients (features, outputs) and leave-one-out predictions (rows, outputs).

    The last feature is the constant, which is not shrunk.

    Source:
        Hat-matrix identity of leave-one-out residuals: Allen 1974, "The relationship between
        variable selection and data augmentation and a method for prediction", Technometrics 16(1).
    """
    penalty = np.full(features.shape[1], RIDGE)
    penalty[-1] = 1e-6
    inverse = np.linalg.solve(features.T @ features + np.diag(penalty), features.T)
    coefficients = inverse @ outputs
    leverage = np.einsum("ij,ji->i", features, inverse)
    residuals = (outputs - features @ coefficients) / (1 - leverage)[:, None]
    return coefficients, outputs - residuals


def fit_logistic(signals: Numbers, outcomes: Numbers, *, prior: float) -> Numbers:
    """Return the coefficients of a logistic regression with a normal prior, by Newton's method."""
    coefficients = np.zeros(signals.shape[1])
    for _ in range(_STEPS):
        likely = _logistic(signals @ coefficients)
        gradient = signals.T @ (outcomes - likely) - prior * coefficients
        curvature = (signals * (likely * (1 - likely))[:, None]).T @ signals
        coefficients += np.linalg.solve(curvature + prior * np.eye(len(gradient)), gradient)
    return coefficients


def mix_notes(near: Neighbours, notes: Numbers, linear: Numbers) -> Numbers:
    """Return (titles, notes): half the neighbours' mean grade, half the linear model's."""
    mean, _ = vote_notes(near, notes)
    mixed: Numbers = np.clip(_NOTE_SHARE * mean + (1 - _NOTE_SHARE) * linear, 0, 3)
    return mixed


def right_within_half(grades: Numbers, error: Numbers) -> Numbers:
    """Return the probability that the rounded grade is right, for normal errors."""
    rounded = np.round(grades)
    upper = np.where(rounded >= 3, np.inf, (rounded + 0.5 - grades) / error)
    lower = np.where(rounded <= 0, -np.inf, (rounded - 0.5 - grades) / error)
    right: Numbers = np.vectorize(_normal)(upper) - np.vectorize(_normal)(lower)
    return right


def fill_unknown(notes: Numbers) -> Numbers:
    """Return notes with each unknown grade at its column's mean (1 where nothing is known)."""
    known = ~np.isnan(notes)
    mean = np.where(known, notes, 0.0).sum(0) / np.maximum(known.sum(0), 1)
    return np.where(known, notes, np.where(known.any(0), mean, 1.0))


def _normal(z: float) -> float:
    return 0.5 * (1 + erf(z / sqrt(2)))


def _logistic(x: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))


def _log_odds(share: Numbers) -> Numbers:
    kept = np.clip(share, 0.003, 0.98)
    return np.log(kept / (1 - kept))


def _without_synopses(titles: Sequence[TitleFacts]) -> list[TitleFacts]:
    return [replace(facts, synopsis="") for facts in titles]
