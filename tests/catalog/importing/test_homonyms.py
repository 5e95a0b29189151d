"""Titles of one name are told apart by year and people, never merged by name alone.

Fifty pairs of different works that share a title, written from general knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from catalog.importing.base import USUAL, SourceRow, TitleRecord
from catalog.importing.matching import NONE_TO_COMPARE, TWICE, TWO_MEANT
from catalog.importing.run import run_import
from catalog.models import ExternalId, ImportRun, Title

pytestmark = pytest.mark.django_db

# Title, then year and director (or creator) of one and of the other. "series" marks a series.
PAIRS: list[tuple[str, tuple[Any, ...], tuple[Any, ...]]] = [
    ("Paprika", (1991, "Tinto Brass"), (2006, "Satoshi Kon")),
    ("Coco", (2009, "Gad Elmaleh"), (2017, "Lee Unkrich")),
    ("Crash", (1996, "David Cronenberg"), (2004, "Paul Haggis")),
    ("Solaris", (1972, "Andrei Tarkovsky"), (2002, "Steven Soderbergh")),
    ("Psycho", (1960, "Alfred Hitchcock"), (1998, "Gus Van Sant")),
    ("Suspiria", (1977, "Dario Argento"), (2018, "Luca Guadagnino")),
    ("Scarface", (1932, "Howard Hawks"), (1983, "Brian De Palma")),
    ("Cape Fear", (1962, "J. Lee Thompson"), (1991, "Martin Scorsese")),
    ("King Kong", (1933, "Merian C. Cooper"), (2005, "Peter Jackson")),
    ("The Fly", (1958, "Kurt Neumann"), (1986, "David Cronenberg")),
    ("Dune", (1984, "David Lynch"), (2021, "Denis Villeneuve")),
    ("Total Recall", (1990, "Paul Verhoeven"), (2012, "Len Wiseman")),
    ("RoboCop", (1987, "Paul Verhoeven"), (2014, "José Padilha")),
    ("True Grit", (1969, "Henry Hathaway"), (2010, "Joel Coen")),
    ("The Wicker Man", (1973, "Robin Hardy"), (2006, "Neil LaBute")),
    ("Halloween", (1978, "John Carpenter"), (2018, "David Gordon Green")),
    ("Carrie", (1976, "Brian De Palma"), (2013, "Kimberly Peirce")),
    ("The Karate Kid", (1984, "John G. Avildsen"), (2010, "Harald Zwart")),
    ("Cinderella", (1950, "Clyde Geronimi"), (2015, "Kenneth Branagh")),
    ("Beauty and the Beast", (1991, "Gary Trousdale"), (2017, "Bill Condon")),
    ("The Lion King", (1994, "Roger Allers"), (2019, "Jon Favreau")),
    ("Aladdin", (1992, "Ron Clements"), (2019, "Guy Ritchie")),
    ("Mulan", (1998, "Tony Bancroft"), (2020, "Niki Caro")),
    ("The Jungle Book", (1967, "Wolfgang Reitherman"), (2016, "Jon Favreau")),
    ("Little Women", (1994, "Gillian Armstrong"), (2019, "Greta Gerwig")),
    ("A Star Is Born", (1954, "George Cukor"), (2018, "Bradley Cooper")),
    ("West Side Story", (1961, "Robert Wise"), (2021, "Steven Spielberg")),
    ("Nosferatu", (1922, "F. W. Murnau"), (2024, "Robert Eggers")),
    ("Sabrina", (1954, "Billy Wilder"), (1995, "Sydney Pollack")),
    ("Insomnia", (1997, "Erik Skjoldbjærg"), (2002, "Christopher Nolan")),
    ("Funny Games", (1997, "Michael Haneke"), (2007, "Michael Haneke")),
    ("The Man Who Knew Too Much", (1934, "Alfred Hitchcock"), (1956, "Alfred Hitchcock")),
    ("Heat", (1986, "Dick Richards"), (1995, "Michael Mann")),
    ("Twilight", (1998, "Robert Benton"), (2008, "Catherine Hardwicke")),
    ("Brothers", (2004, "Susanne Bier"), (2009, "Jim Sheridan")),
    ("The Host", (2006, "Bong Joon-ho"), (2013, "Andrew Niccol")),
    ("Gladiator", (1992, "Rowdy Herrington"), (2000, "Ridley Scott")),
    ("Frozen", (2010, "Adam Green"), (2013, "Chris Buck")),
    ("Bad Boys", (1983, "Rick Rosenthal"), (1995, "Michael Bay")),
    ("The Avengers", (1998, "Jeremiah S. Chechik"), (2012, "Joss Whedon")),
    # Same year, or years that touch: only people tell them apart.
    ("Pinocchio", (2022, "Guillermo del Toro"), (2022, "Robert Zemeckis")),
    ("Robin Hood", (1991, "John Irvin"), (1991, "Kevin Reynolds")),
    ("Black Rain", (1989, "Shohei Imamura"), (1989, "Ridley Scott")),
    ("Doppelgänger", (1969, "Robert Parrish"), (1969, "Somebody Else")),
    ("The Girl on the Train", (2013, "Larry Brand"), (2014, "Somebody Else")),
    ("Monster", (2003, "Patty Jenkins"), (2004, "Naoki Urasawa", "series")),
    # Kinds differ.
    ("Fargo", (1996, "Joel Coen"), (2014, "Noah Hawley", "series")),
    ("Westworld", (1973, "Michael Crichton"), (2016, "Jonathan Nolan", "series")),
    ("Watchmen", (2009, "Zack Snyder"), (2019, "Damon Lindelof", "series")),
    ("What We Do in the Shadows", (2014, "Jemaine Clement"), (2019, "Jemaine Clement", "series")),
]


class Rows:
    """A source of given records, with or without ids of its own."""

    def __init__(
        self, name: str, records: list[TitleRecord], key: ExternalId.Source | None = None
    ) -> None:
        self.name = name
        self.key = key
        self.records = records

    def authority(self, field: str) -> int:
        return USUAL

    def digest(self) -> str:
        return f"{self.name} {self.records}"

    def count(self) -> int:
        return len(self.records)

    def rows(self, *, skip: int) -> Iterator[SourceRow]:
        for line, record in enumerate(self.records, start=1):
            if line > skip:
                yield SourceRow(line, record)


def make_record(name: str, year: int | None, *rest: str, **fields: Any) -> TitleRecord:
    series = "series" in rest
    makers = tuple(word for word in rest if word != "series")
    role = "creators" if series else "directors"
    kind = Title.Kind.SERIES if series else Title.Kind.FILM
    return TitleRecord(
        **{"ids": {}, "name": name, "year": year, "kind": kind, role: makers} | fields
    )


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.created, run.updated, run.unchanged, run.errors


@pytest.fixture(autouse=True)
def reports(settings: LazySettings, tmp_path: Path) -> None:
    settings.REPORTS_DIR = tmp_path / "reports"


def test_there_are_fifty_pairs() -> None:
    assert len(PAIRS) == 50
    assert len({name for name, *_ in PAIRS}) == 50


@pytest.mark.parametrize(("name", "one", "other"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_homonyms_stay_apart_and_find_themselves(
    name: str, one: tuple[Any, ...], other: tuple[Any, ...]
) -> None:
    """Two catalogues, one with ids and one without, in both orders of rows: two titles."""
    keyed = Rows(
        "keyed",
        [
            make_record(name, *one, ids={"tmdb": "1"}),
            make_record(name, *other, ids={"tmdb": "2"}),
        ],
        ExternalId.Source.TMDB,
    )
    bare = Rows("bare", [make_record(name.upper(), *other), make_record(name, *one)])
    assert counts(run_import(keyed)) == (2, 0, 0, 0)
    makers = {
        title.external_ids.get().value: title.credits.get().person.name
        for title in Title.objects.all()
    }
    assert makers == {"1": one[1], "2": other[1]}

    for source in (bare, keyed, bare):
        assert counts(run_import(source)) == (0, 0, 2, 0)


@pytest.mark.parametrize(("name", "one", "other"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_without_people_nothing_is_merged_by_name(
    name: str, one: tuple[Any, ...], other: tuple[Any, ...]
) -> None:
    """Who made it is known on one side only: a title of its own, also at the second import."""
    run_import(Rows("bare", [make_record(name, *one)]))
    unknown = Rows("unknown", [make_record(name, one[0], *one[2:])])

    run = run_import(unknown)

    assert counts(run) == (1, 0, 0, 1)
    assert NONE_TO_COMPARE in Path(run.report_path).read_text()
    assert counts(run_import(unknown)) == (0, 0, 1, 0)


def test_a_year_apart_is_the_same_film_if_somebody_made_both() -> None:
    run_import(Rows("one", [make_record("Locke", 2013, "Steven Knight")]))

    run = run_import(Rows("two", [make_record("Locke", 2014, "Steven Knight")]))

    assert counts(run) == (0, 0, 1, 0)
    assert Title.objects.get().year == 2013


@pytest.mark.parametrize(
    ("shared", "created"), [(("Tom Hardy",), 1), (("Tom Hardy", "Olivia Colman"), 0)]
)
def test_one_actor_is_not_enough(shared: tuple[str, ...], created: int) -> None:
    run_import(Rows("one", [make_record("Locke", 2013, cast=("Tom Hardy", "Olivia Colman"))]))

    run = run_import(Rows("two", [make_record("Locke", 2013, cast=(*shared, "Ruth Wilson"))]))

    assert run.created == created


def test_nobody_known_on_either_side() -> None:
    run_import(Rows("one", [make_record("Locke", 2013)]))

    assert run_import(Rows("two", [make_record("Locke", 2013)])).created == 0
    assert run_import(Rows("two", [make_record("Locke", 2014)])).created == 1
    assert run_import(Rows("two", [make_record("Locke", 2013, "series")])).created == 1


@pytest.mark.parametrize(("shared", "created"), [(2, 1), (3, 0)])
def test_a_series_is_known_across_its_seasons_by_three_of_its_cast(
    shared: int, created: int
) -> None:
    cast = ("Ana", "Bo", "Cy", "Di")
    run_import(Rows("one", [make_record("Harbour", 2012, "series", cast=cast)]))

    run = run_import(Rows("two", [make_record("Harbour", 2019, "series", cast=cast[:shared])]))

    assert run.created == created


def test_when_two_could_be_meant_it_is_neither() -> None:
    twins = [
        make_record("Locke", 2013, "Steven Knight", ids={"tmdb": number}) for number in ("1", "2")
    ]
    run_import(Rows("twins", twins, ExternalId.Source.TMDB))
    bare = Rows("bare", [make_record("Locke", 2013, "Steven Knight")])

    run = run_import(bare)

    assert counts(run) == (1, 0, 0, 1)
    assert TWO_MEANT in Path(run.report_path).read_text()
    assert counts(run_import(bare)) == (0, 0, 1, 0)


def test_the_year_decides_between_two() -> None:
    films = [
        make_record("Locke", year, "Steven Knight", ids={"tmdb": str(year)})
        for year in (2013, 2014)
    ]
    run_import(Rows("films", films, ExternalId.Source.TMDB))

    assert counts(run_import(Rows("bare", films[1:]))) == (0, 0, 1, 0)


def test_ids_that_contradict_are_different_films() -> None:
    run_import(Rows("one", [make_record("Locke", 2013, "S K", ids={"imdb": "tt0000001"})]))

    run = run_import(Rows("two", [make_record("Locke", 2013, "S K", ids={"imdb": "tt0000002"})]))

    assert counts(run) == (1, 0, 0, 0)


@pytest.mark.parametrize("apart", [1, 700])
def test_a_row_that_comes_twice_counts_once(apart: int) -> None:
    filler = [make_record(f"Film {n}", 1990, f"Director {n}") for n in range(apart - 1)]
    twin = make_record("Locke", 2013, "Steven Knight", runtime_min=85)
    other = make_record("Locke", 2013, "Steven Knight", runtime_min=90)
    source = Rows("bare", [twin, *filler, other])

    run = run_import(source)

    assert counts(run) == (apart, 0, 0, 1)
    assert TWICE in Path(run.report_path).read_text()
    assert counts(run_import(source)) == (0, 0, apart, 1)


def test_a_row_without_id_and_year_is_skipped() -> None:
    run = run_import(Rows("bare", [make_record("Locke", None, "Steven Knight")]))

    assert counts(run) == (0, 0, 0, 1)
    assert "no id and no year" in Path(run.report_path).read_text()
