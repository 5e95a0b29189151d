"""MovieLens: titles with what lies beside them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
from pyarrow import parquet

from catalog.importing.base import FILLS_GAPS, SourceUnavailable, TitleRecord
from catalog.importing.movielens import MovieLens
from catalog.importing.run import run_import
from catalog.models import Title
from tests.catalog.importing.rows import WriteCsv, counts

MOVIES = [
    {"movieId": "1", "title": "Paper Lighthouse, The (2019)", "genres": "Drama|Sci-Fi"},
    {"movieId": "2", "title": "Slack Tide", "genres": "(no genres listed)"},
]
LINKS = [{"movieId": "1", "imdbId": "0900001", "tmdbId": "71"}]
TAGS = [
    {"userId": user, "movieId": "1", "tag": tag, "timestamp": "9"}
    for user, tag in [("1", "Slow Burn"), ("2", "slow  burn"), ("1", "mine alone"), ("3", "sea")]
] + [{"userId": "4", "movieId": "1", "tag": "sea", "timestamp": "9"}]
RATINGS = [
    {"userId": user, "movieId": movie, "rating": "4.0", "timestamp": "9"}
    for user, movie in [("1", "1"), ("2", "1"), ("3", "1"), ("1", "2")]
]


@pytest.fixture
def folder(write_csv: WriteCsv, tmp_path: Path) -> Path:
    for name, rows in {"movies": MOVIES, "links": LINKS, "tags": TAGS, "ratings": RATINGS}.items():
        write_csv(rows, f"ml/{name}.csv")
    return tmp_path / "ml"


def records(path: Path) -> list[TitleRecord]:
    rows = list(MovieLens(path).rows(skip=0))
    assert all(row.problems == () for row in rows)
    return [row.record for row in rows if row.record]


@pytest.mark.parametrize("shape", ["folder", "file", "zip"])
def test_a_release(folder: Path, tmp_path: Path, shape: str) -> None:
    path = folder if shape == "folder" else folder / "movies.csv"
    if shape == "zip":
        path = tmp_path / "ml.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in folder.iterdir():
                archive.write(file, f"ml-tiny/{file.name}")

    one, other = records(path)

    assert dict(one.ids) == {"movielens": "1", "imdb": "tt0900001", "tmdb": "71"}
    assert (one.name, one.year, one.genres) == (
        "The Paper Lighthouse",
        2019,
        ("Drama", "Science Fiction"),
    )
    # One viewer's word is no tag.
    assert dict(one.tags) == {"sea": 1, "slow burn": 1}
    assert one.popularity == 1
    assert other.popularity == pytest.approx(0.5)
    assert (dict(other.ids), other.year, other.genres) == ({"movielens": "2"}, None, ())


def test_titles_as_parquet(tmp_path: Path) -> None:
    row: dict[str, Any] = {
        "movieId": 1,
        "title": "Paper Lighthouse, The (2019)",
        "year": 2019.0,
        "genres": "Drama",
        "imdbId": 900001,
        "tmdbId": float("nan"),
        "overview": "Letters.",
        "keywords": "island|letter",
        "ml_tags": "sea, wind and salt|slow burn",
        "director": "Ines Marot",
        "cast_top3": "Theo Vandal|Ana Sorel",
    }
    parquet.write_table(arrow.Table.from_pylist([row]), tmp_path / "titles.parquet")
    parquet.write_table(
        arrow.Table.from_pylist([{"userId": 1, "movieId": 1, "rating": 4.0}]),
        tmp_path / "ratings.parquet",
    )

    (record,) = records(tmp_path)

    assert dict(record.ids) == {"movielens": "1", "imdb": "tt0900001"}
    assert (record.year, record.synopsis) == (2019, "Letters.")
    assert set(record.tags) == {"island", "letter", "sea, wind and salt", "slow burn"}
    assert (record.directors, record.cast) == (("Ines Marot",), ("Theo Vandal", "Ana Sorel"))
    assert record.popularity == 1


def test_a_folder_without_titles(tmp_path: Path, write_csv: WriteCsv) -> None:
    write_csv(LINKS, "ml/links.csv")

    with pytest.raises(SourceUnavailable, match=r"movies\.csv"):
        MovieLens(tmp_path / "ml")


@pytest.mark.django_db
def test_imported_twice_and_never_changes_what_a_title_is(folder: Path) -> None:
    source = MovieLens(folder)
    assert counts(run_import(source)) == (2, 0, 0, 0)
    title = Title.objects.get(name="The Paper Lighthouse")
    assert title.field_sources["kind"] == ["movielens", FILLS_GAPS]
    assert counts(run_import(source)) == (0, 0, 2, 0)
    title.kind, title.field_sources["kind"] = "series", ["other", FILLS_GAPS]
    title.save()

    run_import(source)

    title.refresh_from_db()
    assert title.kind == "series"
