"""Wishes for training: facts, terms and loglines of a title, worded the way people ask.

A wish is made of facets of the title that follows, so the wish, and not the history alone, says
what to rank high. A term of the ontology is worded by one of its forms, a logline by one of its
sentences. Wordings are ours; no viewer's sentence is used.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genrec.data import TitleFacts
from genrec.errors import GenRecError

Forms = Mapping[str, tuple[str, ...]]
"""What people say for each term of the ontology."""


@dataclass(frozen=True)
class Facet:
    """One fact that a wish can name: its kind ("genre", "decade", ...) and value."""

    kind: str
    value: str


GENRE_WORDS: dict[str, tuple[str, ...]] = {
    "Action": ("action", "action packed", "full of fights and chases"),
    "Adventure": ("adventure", "adventurous", "a big journey"),
    "Animation": ("animated", "animation", "a cartoon"),
    "Children's": ("for children", "family", "for the kids", "family friendly"),
    "Comedy": ("comedy", "funny", "funnier", "hilarious", "light and funny", "to make me laugh"),
    "Crime": ("crime", "gangster", "about criminals"),
    "Documentary": ("documentary", "a true story told straight", "documentaries"),
    "Drama": ("drama", "dramatic", "serious", "moving"),
    "Fantasy": ("fantasy", "magical", "with magic"),
    "Film-Noir": ("film noir", "noir", "dark old detective story"),
    "Horror": ("horror", "scary", "frightening", "creepy"),
    "Musical": ("musical", "with songs", "singing and dancing"),
    "Mystery": ("mystery", "a whodunit", "mysterious"),
    "Romance": ("romance", "romantic", "a love story"),
    "Sci-Fi": ("sci-fi", "science fiction", "set in the future", "space"),
    "Thriller": ("thriller", "suspense", "tense", "suspenseful"),
    "War": ("war", "about war", "a war story"),
    "Western": ("western", "with cowboys"),
}
DECADE_FORMS = ("from the {d}s", "{d}s", "from the {s}s", "{s}s", "made in the {d}s")
PLAIN_FORMS = ("{a} film", "{a} movie", "something {a}", "{a}", "a {a} one", "I want something {a}")
PERSON_FORMS = {
    "director": ("directed by {v}", "by {v}", "a {v} film"),
    "cast": ("with {v}", "starring {v}", "a {v} film"),
}
ABOUT_FORMS = ("about {v}", "with {v}", "{v}", "something about {v}")
TERM_FORMS = ("something {v}", "{v}", "a {v} film", "{v} please", "I feel like something {v}")
LOGLINE_FORMS = ("a film where {v}", "the one where {v}", "{v}", "something like this: {v}")
REPEATED = frozenset({"genre", "term"})
WEIGHTS = {
    "genre": 6.0,
    "decade": 2.5,
    "director": 1.0,
    "cast": 1.0,
    "keyword": 2.0,
    "term": 8.0,
    "logline": 1.5,
}


def facets_of(facts: TitleFacts) -> frozenset[Facet]:
    """Return every facet of a title."""
    found = [Facet("genre", genre) for genre in facts.genres]
    if facts.year:
        found.append(Facet("decade", str(facts.year // 10 * 10)))
    found += [Facet("director", name) for name in facts.directors]
    found += [Facet("cast", name) for name in facts.cast]
    found += [Facet("keyword", word) for word in facts.keywords]
    found += [Facet("term", term) for term in facts.terms]
    if facts.logline:
        found.append(Facet("logline", facts.logline))
    return frozenset(found)


def choose_facets(facets: frozenset[Facet], rng: random.Random) -> list[Facet]:
    """Return one to three facets, common kinds more often; genres and terms may repeat."""
    pool = sorted(facets, key=lambda facet: (facet.kind, facet.value))
    chosen: list[Facet] = []
    wanted = rng.choices((1, 2, 3), weights=(5, 4, 2))[0]
    while pool and len(chosen) < wanted:
        counts = {kind: sum(facet.kind == kind for facet in pool) for kind in WEIGHTS}
        weights = [WEIGHTS[facet.kind] / counts[facet.kind] for facet in pool]
        pick = rng.choices(pool, weights=weights)[0]
        chosen.append(pick)
        pool = [
            facet
            for facet in pool
            if facet != pick and (facet.kind != pick.kind or pick.kind in REPEATED)
        ]
    return chosen


def read_forms(ontology: Path) -> dict[str, tuple[str, ...]]:
    """Return what people say for each term of an ontology file, the term itself first.

    Raises:
        GenRecError: not an ontology.
    """
    try:
        groups = tomllib.loads(ontology.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise GenRecError(f"{ontology} is not an ontology: {error}.") from error
    terms = [group for group in groups.values() if isinstance(group, dict)]
    return {
        name: (name, *term.get("synonyms", ())) for group in terms for name, term in group.items()
    }


def word_wish(facets: list[Facet], rng: random.Random, forms: Forms) -> str:
    """Return a sentence that asks for these facets; `forms` words the terms."""
    adjectives = [genre_words(facet.value, rng) for facet in facets if facet.kind == "genre"]
    rest = [phrase(facet, rng, forms) for facet in facets if facet.kind != "genre"]
    parts = []
    if adjectives:
        joined = rng.choice((" ", " and ", ", ")).join(adjectives)
        parts.append(rng.choice(PLAIN_FORMS).format(a=joined))
    rng.shuffle(rest)
    wish = rng.choice((" ", ", ")).join(parts + rest)
    return wish if rng.random() < 0.5 else wish.lower()


def genre_words(genre: str, rng: random.Random) -> str:
    return rng.choice(GENRE_WORDS.get(genre, (genre.lower(),)))


def phrase(facet: Facet, rng: random.Random, forms: Forms) -> str:
    """Return the words for a facet that is no genre."""
    if facet.kind == "decade":
        return rng.choice(DECADE_FORMS).format(d=facet.value, s=facet.value[2:])
    if facet.kind == "term":
        said = rng.choice(forms.get(facet.value, (facet.value,)))
        return rng.choice(TERM_FORMS).format(v=said)
    if facet.kind == "logline":
        sentence = rng.choice(re.split(r"(?<=[.!?]) ", facet.value)).rstrip(".!?")
        return rng.choice(LOGLINE_FORMS).format(v=sentence[:1].lower() + sentence[1:])
    wordings = PERSON_FORMS.get(facet.kind, ABOUT_FORMS)
    return rng.choice(wordings).format(v=facet.value)
