"""The plainest suggester: what the words and the genres of a title say by themselves.

It needs neither references nor an embedder, so it also works on the first day of a catalogue, and
it is what the others must beat.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from catalog.facts import TitleFacts
from catalog.models.titles import NOTES
from catalog.ontology import load_ontology
from catalog.text import fold
from discovery.enrichment.reading import Numbers, leanings, said_terms
from discovery.enrichment.types import MAX_TERMS, Proposal
from discovery.enrichment.words import keyword_proposals

METHOD = "keyword-1"
# How sure a word of a term, and a genre that leans to it all the way, make.
_SAID, _LEANS = 0.35, 0.2
_WEIGHT = 2
_NOTE_CONFIDENCE = 0.4

# What genres and words let expect, by note.
_OF_GENRE = {
    "Horror": {"violence": 2, "gore": 2, "scary": 3, "language": 1},
    "Thriller": {"violence": 2, "gore": 1, "scary": 2, "language": 1},
    "Action": {"violence": 2, "gore": 1, "scary": 1, "language": 1},
    "War": {"violence": 2, "gore": 2, "scary": 1, "sad_ending": 1},
    "Crime": {"violence": 2, "gore": 1, "scary": 1, "language": 2},
    "Western": {"violence": 2, "gore": 1},
    "Mystery": {"violence": 1, "scary": 1},
    "Science Fiction": {"violence": 1, "scary": 1},
    "Adventure": {"violence": 1, "scary": 1},
    "Drama": {"sad_ending": 1, "language": 1, "sex": 1},
    "Romance": {"sex": 1},
    "Comedy": {"language": 1, "sex": 1},
}
_OF_WORD = {
    "violence": "murder murders killer kill kills war soldiers gun guns hitman assassin fight",
    "gore": "blood bloody cannibal chainsaw zombie zombies slasher corpse",
    "sex": "affair lover lovers seduces seduction sex prostitute brothel desire",
    "scary": "haunted ghost ghosts demon terror nightmare monster killer stalks",
    "sad_ending": "dying cancer grief funeral doomed terminal",
}
# A family film shows none of these strongly, whatever else it is.
_OF_FAMILY = {"violence": 1, "gore": 0, "sex": 0, "language": 0, "scary": 1}
_FAMILY = frozenset({"Family", "Animation"})


class KeywordSuggester:
    """Terms whose words are in the text or whose genres the title has."""

    name = "keyword"

    @property
    def version(self) -> str:
        return f"{METHOD}, ontology {load_ontology().version}"

    def suggest(self, titles: Sequence[TitleFacts]) -> list[list[Proposal]]:
        names = tuple(sorted(load_ontology().terms))
        said, leans = said_terms(titles, names), leanings(titles, names)
        sure = 1 - (1 - _SAID * said) * (1 - _LEANS * leans)
        weights = np.full(sure.shape, float(_WEIGHT))
        return [
            [
                *term_proposals(names, sure[row], weights[row]),
                *note_proposals(expected_notes(facts), [_NOTE_CONFIDENCE] * len(NOTES)),
                *keyword_proposals(facts, {}),
            ]
            for row, facts in enumerate(titles)
        ]


def term_proposals(
    names: Sequence[str], sure: Numbers, weights: Numbers, *, max_terms: int = MAX_TERMS
) -> list[Proposal]:
    """Return the surest terms; names, confidences and weights are in step."""
    best = np.argsort(-sure, kind="stable")[:max_terms]
    return [
        Proposal("term", names[i], int(np.clip(np.round(weights[i]), 1, 3)), float(sure[i]))
        for i in best
        if sure[i] > 0
    ]


def note_proposals(grades: Iterable[float], sure: Iterable[float]) -> list[Proposal]:
    """Return a proposal a note, the grades rounded; in the order of `NOTES`."""
    return [
        Proposal("content", note, int(np.clip(np.round(grade), 0, 3)), float(confidence))
        for note, grade, confidence in zip(NOTES, grades, sure, strict=True)
    ]


def expected_notes(facts: TitleFacts) -> list[float]:
    """Return the grade of each of `NOTES` that genres and words let expect."""
    words = set(fold(facts.synopsis).split())
    grades = dict.fromkeys(NOTES, 0)
    for genre in facts.genres:
        for note, grade in _OF_GENRE.get(genre, {}).items():
            grades[note] = max(grades[note], grade)
    for note, telling in _OF_WORD.items():
        if words & set(telling.split()):
            grades[note] = min(3, grades[note] + 1)
    if _FAMILY & set(facts.genres):
        for note, most in _OF_FAMILY.items():
            grades[note] = min(grades[note], most)
    return [float(grades[note]) for note in NOTES]
