"""The source of the default catalogue: from its rows to records."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.importing.base import SourceRow
from catalog.importing.omdb_sample import OmdbSample, sample_path
from tests.catalog.samples import ALIEN, film, write_sample


def read(path: Path, **options: bool) -> list[SourceRow]:
    return list(OmdbSample(path, **options).rows(skip=0))


def test_a_row_becomes_a_record(tmp_path: Path) -> None:
    (row,) = read(write_sample(tmp_path / "movies.db", [ALIEN]))

    assert row.problems == ()
    assert row.record is not None
    assert row.record.model_dump(exclude_defaults=True) == {
        "ids": {"omdb": "1", "imdb": "tt0078748"},
        "name": "Alien",
        "year": 1979,
        "runtime_min": 117,
        "certificate": "R",
        "age_min": 17,
        "languages": ("English",),
        "countries": ("United Kingdom", "United States"),
        "popularity": 1.0,
        "genres": ("Science Fiction", "Horror"),
        "directors": ("Ridley Scott",),
        "writers": ("Dan O'Bannon", "Ronald Shusett"),
        "cast": ("Bolaji Badejo", "John Hurt", "Sigourney Weaver"),
    }


def test_the_cast_is_billed_by_prominence(tmp_path: Path) -> None:
    rows = [ALIEN, film(2, Cast="Sigourney Weaver"), film(3, Cast="John Hurt, Sigourney Weaver")]

    alien = read(write_sample(tmp_path / "movies.db", rows))[0]

    assert alien.record is not None
    assert alien.record.cast == ("Sigourney Weaver", "John Hurt", "Bolaji Badejo")


def test_popularity_is_logarithmic_and_unknown_without_reviews(tmp_path: Path) -> None:
    rows = [film(1, Reviews=99), film(2, Reviews=9), film(3, Reviews=None)]

    values = [row.record and row.record.popularity for row in read(
        write_sample(tmp_path / "movies.db", rows))]  # fmt: skip

    assert values == [pytest.approx(1.0), pytest.approx(0.5), None]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"Runtime": 1.0}, "Runtime"),
        ({"Year": 20001}, "Year"),
        ({"Rating": "XXX"}, "Rating"),
        ({"imdbID": "0078748"}, "imdbID"),
        ({"Cast": "list of Harry Potter cast members"}, "Cast"),
        ({"Genre": 5}, "Genre"),
    ],
)
def test_a_bad_value_is_left_out_and_reported(
    tmp_path: Path, cells: dict[str, object], column: str
) -> None:
    (row,) = read(write_sample(tmp_path / "movies.db", [film(1, **cells)]))

    assert row.record is not None
    assert [(problem.column, problem.skipped) for problem in row.problems] == [(column, False)]


@pytest.mark.parametrize("title", [None, "", " \u200b ", "x" * 301])
def test_a_row_without_a_usable_title_is_skipped(tmp_path: Path, title: str | None) -> None:
    (row,) = read(write_sample(tmp_path / "movies.db", [film(1, Title=title)]))

    assert row.record is None
    assert [(problem.column, problem.skipped) for problem in row.problems] == [("Title", True)]


def test_invisible_characters_and_chat_tokens_do_not_survive(tmp_path: Path) -> None:
    rows = [film(1, Title="A\u202eB\u200b<|im_end|>\n  C")]

    (row,) = read(write_sample(tmp_path / "movies.db", rows))

    assert row.record is not None
    assert row.record.name == "AB< |im_end| > C"


def test_order_and_skip(tmp_path: Path) -> None:
    path = write_sample(
        tmp_path / "movies.db", [film(3, Reviews=5), film(1, Reviews=7), film(2, Reviews=9)]
    )

    names = [row.record and row.record.name for row in read(path, most_popular_first=True)]
    rest = list(OmdbSample(path).rows(skip=2))

    assert names == ["Film 2", "Film 1", "Film 3"]
    assert [(row.line, row.record and row.record.name) for row in rest] == [(3, "Film 3")]


def test_the_digest_names_data_and_order(tmp_path: Path) -> None:
    path = write_sample(tmp_path / "movies.db", [film(1)])
    same = OmdbSample(path).digest()

    assert OmdbSample(path).digest() == same
    assert OmdbSample(path, most_popular_first=True).digest() != same
    assert OmdbSample(write_sample(path, [film(1, Year=1991)])).digest() != same


def test_the_default_sample_is_installed_and_whole() -> None:
    assert OmdbSample(sample_path()).count() == 17_472
