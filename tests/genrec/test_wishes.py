"""Wishes are made of the facts of the title they ask for."""

from __future__ import annotations

import random

import pytest

from genrec.data import TitleFacts
from genrec.wishes import GENRE_WORDS, Facet, choose_facets, facets_of, word_wish

FACTS = TitleFacts(
    words="Alien",
    genres=("Horror", "Sci-Fi"),
    year=1979,
    directors=("Ridley Scott",),
    cast=("Sigourney Weaver",),
    keywords=("spaceship",),
    terms=("claustrophobic",),
    logline="A crew answers a call from a dead moon. Something comes back with them!",
)
FORMS = {"claustrophobic": ("claustrophobic", "boxed in")}


def test_every_fact_is_a_facet() -> None:
    assert facets_of(FACTS) == {
        Facet("genre", "Horror"),
        Facet("genre", "Sci-Fi"),
        Facet("decade", "1970"),
        Facet("director", "Ridley Scott"),
        Facet("cast", "Sigourney Weaver"),
        Facet("keyword", "spaceship"),
        Facet("term", "claustrophobic"),
        Facet("logline", FACTS.logline),
    }


def test_a_title_without_facts_has_no_wish() -> None:
    assert choose_facets(facets_of(TitleFacts(words="")), random.Random(0)) == []


@pytest.mark.parametrize("seed", range(30))
def test_a_wish_names_only_facets_of_its_title(seed: int) -> None:
    chosen = choose_facets(facets_of(FACTS), random.Random(seed))

    assert 1 <= len(chosen) <= 3
    assert set(chosen) <= facets_of(FACTS)
    assert len(set(chosen)) == len(chosen)


@pytest.mark.parametrize(
    ("facet", "words"),
    [
        (Facet("decade", "1970"), ["70s"]),
        (Facet("director", "Ridley Scott"), ["ridley scott"]),
        (Facet("keyword", "spaceship"), ["spaceship"]),
        (Facet("genre", "Horror"), list(GENRE_WORDS["Horror"])),
        (Facet("genre", "Heimatfilm"), ["heimatfilm"]),
        (Facet("term", "claustrophobic"), ["claustrophobic", "boxed in"]),
        (Facet("term", "not in the ontology"), ["not in the ontology"]),
        (Facet("logline", FACTS.logline), ["dead moon", "comes back with them"]),
    ],
)
def test_the_words_say_the_facet(facet: Facet, words: list[str]) -> None:
    for seed in range(20):
        wish = word_wish([facet], random.Random(seed), FORMS).lower()
        assert any(word in wish for word in words), wish


def test_wordings_vary() -> None:
    facets = [Facet("genre", "Comedy"), Facet("decade", "1990")]

    assert len({word_wish(facets, random.Random(seed), FORMS) for seed in range(50)}) > 20
