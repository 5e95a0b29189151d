"""What the most similar described titles have: a weighted vote of the nearest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from catalog.facts import TitleFacts
from discovery.enrichment.keyword import note_proposals, term_proposals
from discovery.enrichment.neighbours import STRONGEST, Neighbours, find_neighbours, vote
from discovery.enrichment.reading import FORMS, Form, Numbers, form_of
from discovery.enrichment.references import References
from discovery.enrichment.types import Proposal
from discovery.enrichment.words import keyword_proposals, vote_keywords

METHOD = "nearest-1"
# A grade whose neighbours differ by one is right about half of the time.
_SPREAD_OF_HALF = 1.0


class NearestSuggester:
    """The vote of the nearest references: by meaning of the document, and shared genres."""

    name = "nearest"

    def __init__(self, references: References) -> None:
        self.references = references

    @property
    def version(self) -> str:
        return f"{METHOD}, {self.references.version}"

    def suggest(self, titles: Sequence[TitleFacts]) -> list[list[Proposal]]:
        return by_form(titles, self._suggest)

    def _suggest(self, titles: Sequence[TitleFacts], form: Form) -> list[list[Proposal]]:
        known = self.references
        near = find_neighbours(known, titles, known.embed(titles, form), form)
        shares = vote(near, known.weights / STRONGEST)
        weights = weight_where_present(near, known.weights)
        grades, spread = vote_notes(near, known.notes)
        sure = 1 / (1 + spread / _SPREAD_OF_HALF)
        return [
            [
                *term_proposals(known.terms, shares[row], weights[row]),
                *note_proposals(grades[row], sure[row]),
                *keyword_proposals(facts, keyword_votes(known, near, row), known.vocabulary),
            ]
            for row, facts in enumerate(titles)
        ]


def by_form(
    titles: Sequence[TitleFacts],
    suggest: Callable[[Sequence[TitleFacts], Form], list[list[Proposal]]],
) -> list[list[Proposal]]:
    """Suggest for titles with and without a synopsis apart; return all in their order."""
    found: dict[int, list[Proposal]] = {}
    for form in FORMS:
        rows = [row for row, facts in enumerate(titles) if form_of(facts) == form]
        if rows:
            proposed = suggest([titles[row] for row in rows], form)
            found |= dict(zip(rows, proposed, strict=True))
    return [found[row] for row in range(len(titles))]


def weight_where_present(near: Neighbours, weights: Numbers) -> Numbers:
    """Return (titles, terms): the mean weight among the neighbours that have the term, or 2."""
    total = vote(near, weights)
    having = vote(near, (weights > 0).astype(float))
    return np.where(having > 0, total / np.maximum(having, 1e-9), 2.0)


def vote_notes(near: Neighbours, notes: Numbers) -> tuple[Numbers, Numbers]:
    """Return the mean and the variance of neighbours' grades, (titles, notes); unknowns abstain."""
    known = ~np.isnan(notes)
    filled = np.where(known, notes, 0.0)
    voices = np.maximum(vote(near, known.astype(float)), 1e-9)
    mean = vote(near, filled) / voices
    return mean, np.maximum(vote(near, filled**2) / voices - mean**2, 0.0)


def keyword_votes(references: References, near: Neighbours, row: int) -> dict[str, float]:
    chosen = [references.keywords[position] for position in near.positions[row]]
    return vote_keywords(chosen, near.weights[row].tolist())
