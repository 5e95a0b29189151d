"""A title as the suggesters read it: its document, its facts as numbers, the words it says.

A title without a synopsis is compared to references read without theirs: two documents of
different form are unlike before they say anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from catalog.documents import title_document
from catalog.facts import TitleFacts
from catalog.models import Title
from catalog.ontology import Term, load_ontology
from catalog.text import fold

Numbers = npt.NDArray[np.float64]
Form = Literal["facts", "synopsis"]
FORMS: tuple[Form, ...] = ("facts", "synopsis")

# Countries whose cinema has a manner that a description names.
_COUNTRIES = (
    "India", "Japan", "South Korea", "France", "United Kingdom", "Italy", "Hong Kong", "China",
    "Germany", "Spain",
)  # fmt: skip
_CERTIFICATES = (("G", "U"), ("PG", "TV-PG"), ("PG-13", "12A", "TV-14"), ("R", "15", "TV-MA"))
# How much a fact counts beside the embedding, whose vectors have length 1.
_GENRE, _DECADE, _SERIES, _COUNTRY, _CERTIFICATE = 0.5, 0.5, 0.5, 0.4, 0.5
_MIDDLE_YEAR, _YEARS = 1990, 30.0


def form_of(facts: TitleFacts) -> Form:
    return "synopsis" if facts.synopsis.strip() else "facts"


def document_of(facts: TitleFacts, form: Form) -> str:
    """Return the title document without tags: they are what is asked for."""
    return title_document(replace(facts, tags=()), facts_only=form == "facts")


def genre_matrix(titles: Sequence[TitleFacts], genres: Sequence[str]) -> Numbers:
    """Return (titles, genres): 1 where a title has the genre."""
    return np.array([[float(genre in facts.genres) for genre in genres] for facts in titles])


def fact_features(titles: Sequence[TitleFacts], genres: Sequence[str]) -> Numbers:
    """Return (titles, features): genres, year, kind, country and certificate as numbers."""
    rows = [
        [
            *(_GENRE * (genre in facts.genres) for genre in genres),
            _DECADE * ((facts.year or _MIDDLE_YEAR) - _MIDDLE_YEAR) / _YEARS,
            _SERIES * (facts.kind == Title.Kind.SERIES),
            *(_COUNTRY * (country in facts.countries) for country in _COUNTRIES),
            *(_CERTIFICATE * (facts.certificate in names) for names in _CERTIFICATES),
        ]
        for facts in titles
    ]
    return np.array(rows, dtype=np.float64)


def said_terms(titles: Sequence[TitleFacts], terms: Sequence[str]) -> Numbers:
    """Return (titles, terms): 1 where the name or the synopsis has a word for the term."""
    texts = [f" {fold(facts.name)} {fold(facts.synopsis)} " for facts in titles]
    return np.array(
        [[float(any(form in text for form in _forms(term))) for term in terms] for text in texts]
    )


def leanings(titles: Sequence[TitleFacts], terms: Sequence[str]) -> Numbers:
    """Return (titles, terms): how much the title's genres together lean to the term, 0 to 1."""
    ontology = load_ontology()
    return np.array(
        [[_leaning(ontology.terms[term], facts.genres) for term in terms] for facts in titles]
    )


def describe_term(name: str) -> str:
    """Return a term as a text to embed: name, gloss, and a few things that people say for it."""
    term = load_ontology().terms[name]
    return f"{name}: {term.gloss}. {', '.join(term.synonyms[:6])}"


@cache
def _forms(term: str) -> tuple[str, ...]:
    return tuple(f" {fold(form)} " for form in load_ontology().terms[term].forms)


def _leaning(term: Term, genres: Sequence[str]) -> float:
    """Several genres that lean to a term lean more than one; none makes it certain."""
    against = 1.0
    for genre in genres:
        against *= 1.0 - 0.7 * term.leans.get(genre, 0.0)
    return 1.0 - against
