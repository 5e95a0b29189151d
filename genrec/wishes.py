"""Wishes for training: facts of a title, worded the way people ask.

A wish is made of facets of the title that follows, so the wish, and not the history alone, says
what to rank high. Wordings are ours; no viewer's sentence is used.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from genrec.data import TitleFacts


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
WEIGHTS = {"genre": 6.0, "decade": 2.5, "director": 1.0, "cast": 1.0, "keyword": 2.0}


def facets_of(facts: TitleFacts) -> frozenset[Facet]:
    """Return every facet of a title."""
    found = [Facet("genre", genre) for genre in facts.genres]
    if facts.year:
        found.append(Facet("decade", str(facts.year // 10 * 10)))
    found += [Facet("director", name) for name in facts.directors]
    found += [Facet("cast", name) for name in facts.cast]
    found += [Facet("keyword", word) for word in facts.keywords]
    return frozenset(found)


def choose_facets(facets: frozenset[Facet], rng: random.Random) -> list[Facet]:
    """Return one to three facets, common kinds more often, at most one per kind but genres."""
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
            if facet != pick and (facet.kind != pick.kind or pick.kind == "genre")
        ]
    return chosen


def word_wish(facets: list[Facet], rng: random.Random) -> str:
    """Return a sentence that asks for these facets."""
    adjectives = [genre_words(facet.value, rng) for facet in facets if facet.kind == "genre"]
    rest = [phrase(facet, rng) for facet in facets if facet.kind != "genre"]
    parts = []
    if adjectives:
        joined = rng.choice((" ", " and ", ", ")).join(adjectives)
        parts.append(rng.choice(PLAIN_FORMS).format(a=joined))
    rng.shuffle(rest)
    wish = rng.choice((" ", ", ")).join(parts + rest)
    return wish if rng.random() < 0.5 else wish.lower()


def genre_words(genre: str, rng: random.Random) -> str:
    return rng.choice(GENRE_WORDS.get(genre, (genre.lower(),)))


def phrase(facet: Facet, rng: random.Random) -> str:
    """Return the words for a facet that is no genre."""
    if facet.kind == "decade":
        return rng.choice(DECADE_FORMS).format(d=facet.value, s=facet.value[2:])
    forms = PERSON_FORMS.get(facet.kind, ABOUT_FORMS)
    return rng.choice(forms).format(v=facet.value)
