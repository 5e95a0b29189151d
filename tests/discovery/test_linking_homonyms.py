"""Fifty pairs of films of one name: told apart by year, maker and words, else asked about."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from catalog.embedding import refresh_stale
from catalog.models import Credit, Genre, Person, Title
from discovery.understanding.homonyms import which_is_meant
from discovery.understanding.lexical import Parsed, parse
from discovery.understanding.linking import CatalogueNames
from tests.discovery.homonym_pairs import Homonym, Pair, pairs
from tests.discovery.names import FewNames

pytestmark = pytest.mark.django_db
NAMES = CatalogueNames()
PAIRS = pairs()
BOTH = [(pair, film) for pair in PAIRS for film in (pair.older, pair.newer)]


@pytest.fixture
def homonyms(db: None) -> None:
    """All hundred films, equally well known."""
    for pair, film in BOTH:
        title = Title.objects.create(
            name=pair.name, year=film.year, synopsis=f"{film.about}.", popularity=0.7
        )
        title.genres.add(Genre.objects.get_or_create(name=film.genre)[0])
        director = Person.objects.filter(name=film.director).first()
        director = director or Person.objects.create(name=film.director)
        Credit.objects.create(title=title, person=director, role=Credit.Role.DIRECTOR)


@pytest.fixture
def embedded(homonyms: None) -> None:
    refresh_stale()


def read(message: str) -> Parsed:
    return parse(message, NAMES)


def chosen(message: str) -> str:
    (reference,) = read(message).query.like
    return reference.label


def label(pair: Pair, film: Homonym) -> str:
    return f"{pair.name} ({film.year})"


def test_there_are_fifty_pairs() -> None:
    assert len({pair.name for pair in PAIRS}) == 50
    assert all(pair.older.year < pair.newer.year for pair in PAIRS)


def test_a_year_decides(homonyms: None) -> None:
    for pair, film in BOTH:
        parsed = read(f"something like {pair.name} ({film.year})")

        assert [ref.label for ref in parsed.query.like] == [label(pair, film)]
        assert parsed.homonyms == ()


def test_the_maker_decides_and_is_not_asked_for(homonyms: None) -> None:
    for pair, film in BOTH:
        if pair.older.director == pair.newer.director:
            continue
        parsed = read(f"something like {pair.name} by {film.director}")

        assert [ref.label for ref in parsed.query.like] == [label(pair, film)]
        assert parsed.query.people_required == ()
        assert parsed.homonyms == ()


@pytest.mark.parametrize(
    ("words", "older"),
    [
        ("the original {}", True),
        ("the remake of {}", False),
        ("{}, the original", True),
        ("the new {}", False),
    ],
)
def test_original_and_remake(homonyms: None, words: str, older: bool) -> None:
    for pair in PAIRS[:10]:
        film = pair.older if older else pair.newer

        assert chosen("like " + words.format(pair.name)) == label(pair, film)


def test_a_year_before_the_name(homonyms: None) -> None:
    assert chosen("like the 1972 Solaris") == "Solaris (1972)"
    assert chosen("like the 70s Suspiria") == "Suspiria (1977)"


def test_words_of_the_wish_decide(embedded: None) -> None:
    right = [
        chosen(f"something like {pair.name}, {film.about}") == label(pair, film)
        for pair, film in BOTH
    ]

    assert sum(right) / len(right) >= 0.9


def test_equally_likely_ones_are_asked_about_with_a_year_each(embedded: None) -> None:
    parsed = read("something like Paprika, under two hours")
    (group,) = parsed.homonyms
    question = which_is_meant(parsed.query, group)

    assert {choice.label for choice in question.choices} == {"Paprika (1991)", "Paprika (2006)"}
    assert "Paprika" in question.question
    for choice in question.choices:
        assert [ref.label for ref in choice.query.like] == [choice.label]
        assert choice.query.runtime_max == 120


def test_a_much_better_known_one_is_not_asked_about(homonyms: None) -> None:
    Title.objects.filter(name="Heat", year=1995).update(popularity=0.95)
    Title.objects.filter(name="Heat", year=1972).update(popularity=0.2)
    parsed = read("something like Heat")

    assert [ref.label for ref in parsed.query.like] == ["Heat (1995)"]
    assert parsed.homonyms == ()


def test_series_and_film_of_a_name(homonyms: None) -> None:
    Title.objects.create(name="Dune", year=2000, kind="series", popularity=0.3)

    assert chosen("like the Dune series") == "Dune (2000)"
    assert chosen("like Dune the series") == "Dune (2000)"


def test_a_name_said_often_is_compared_with_the_words_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    titles = [("Solaris", 1972, 0.7), ("Solaris", 2002, 0.7), ("Carrie", 1976, 0.7)]
    names = FewNames([*titles, ("Carrie", 2013, 0.7)])
    compared: list[tuple[int, ...]] = []

    def similarities(title_ids: Collection[int], words: str) -> dict[int, float]:
        compared.append(tuple(title_ids))
        return {}

    monkeypatch.setattr(names, "similarities", similarities)
    parse("I loved Solaris, really Solaris, and Carrie. Solaris again, dreamlike and sad", names)
    assert sorted(map(set, compared), key=min) == [{1, 2}, {3, 4}]
