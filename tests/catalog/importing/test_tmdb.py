"""Files made from TMDB: their shapes, their lists, films and series in one file."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from catalog.importing.base import SourceRow
from catalog.importing.run import run_import
from catalog.importing.tmdb import Tmdb
from catalog.models import ExternalId, Title
from tests.catalog.importing.rows import TMDB_ROW, WriteCsv, counts, report, write_json

API_SERIES = {
    "id": 71,
    "name": "Slack Tide",
    "media_type": "tv",
    "first_air_date": "2021-10-01",
    "overview": "Four pilots bring ships through a strait.",
    "genres": [{"id": 18, "name": "Drama"}, {"id": 10765, "name": "Sci-Fi & Fantasy"}],
    "keywords": {"results": [{"id": 1, "name": "Harbor"}]},
    "episode_run_time": [48, 50],
    "origin_country": ["DK"],
    "original_language": "da",
    "created_by": [{"id": 2, "name": "Kaja Holm"}],
    "credits": {
        "cast": [{"name": "Per Lund", "order": 0}, {"name": "Ida Ravn", "order": 1}],
        "crew": [{"name": "Bo Kjær", "job": "Director"}, {"name": "Eva Dahl", "job": "Writer"}],
    },
    "vote_count": 40,
    "status": "Returning Series",
}


def read(path: Path) -> list[SourceRow]:
    return list(Tmdb(path).rows(skip=0))


def test_a_row_of_csv(write_csv: WriteCsv) -> None:
    (row,) = read(write_csv([TMDB_ROW]))

    record = row.record
    assert record is not None
    assert row.problems == ()
    assert dict(record.ids) == {"tmdb": "71"}
    assert (record.year, record.runtime_min, record.popularity) == (2019, 94, 1)
    assert record.genres == ("Drama", "Science Fiction")
    assert dict(record.tags) == {"lighthouse": 1, "keeper's logbook": 1}
    assert record.cast == ("Theo Vandal", "Ana Sorel")
    assert record.languages == ("French", "Cantonese")
    assert record.countries == ("France",)


def test_the_other_columns_names_and_pipes(write_csv: WriteCsv) -> None:
    cells = {
        "tmdb_id": "72",
        "title": "Slack Tide",
        "release_date": "",
        "release_year": "2024",
        "genres": "Drama|Comedy",
        "overview": "Pilots.",
        "director": "Kaja Holm",
        "top_cast": "Per Lund|Ida Ravn",
        "keywords": "harbor|storm at sea",
        "vote_count": "9",
    }

    (row,) = read(write_csv([cells]))

    assert row.record
    assert dict(row.record.ids) == {"tmdb": "72"}
    assert (row.record.year, row.record.genres) == (2024, ("Drama", "Comedy"))
    assert row.record.cast == ("Per Lund", "Ida Ravn")
    assert set(row.record.tags) == {"harbor", "storm at sea"}


@pytest.mark.parametrize("shape", ["list", "results", "lines", "zip"])
def test_objects_of_the_api(tmp_path: Path, shape: str) -> None:
    if shape == "lines":
        path = tmp_path / "titles.jsonl"
        path.write_text("\ufeff" + json.dumps(API_SERIES) + "\n\n")
    else:
        value: Any = {"page": 1, "results": [API_SERIES]} if shape == "results" else [API_SERIES]
        path = write_json(tmp_path / "titles.json", value)
    if shape == "zip":
        with zipfile.ZipFile(tmp_path / "titles.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, "export/titles.json")
            archive.writestr("__MACOSX/export/._titles.json", b"\0")
        path = tmp_path / "titles.zip"

    (row,) = read(path)

    record = row.record
    assert record is not None
    assert row.problems == ()
    assert dict(record.ids) == {"tmdb_tv": "71"}
    assert (record.kind, record.year, record.runtime_min) == ("series", 2021, 48)
    assert record.genres == ("Drama", "Science Fiction", "Fantasy")
    assert (record.languages, record.countries) == (("Danish",), ("Denmark",))
    assert (record.directors, record.creators) == (("Bo Kjær",), ("Kaja Holm",))
    assert (record.writers, record.cast) == (("Eva Dahl",), ("Per Lund", "Ida Ravn"))
    assert set(record.tags) == {"harbor"}


@pytest.mark.parametrize(
    ("cells", "column", "reason", "skipped"),
    [
        ({"release_date": "2022-09-31"}, "release_date", "no such day in the calendar", False),
        ({"release_date": "31.9.2022"}, "release_date", "not a year such as", False),
        ({"runtime": "2"}, "runtime", "not between 5 and 1000", False),
        ({"genres": "['Drama'"}, "genres", "neither JSON nor Python", False),
        ({"genres": "[__import__('os').getcwd()]"}, "genres", "neither JSON nor Python", False),
        ({"cast": "[[" * 30 + "]]" * 30}, "cast", "a list in a list", False),
        ({"keywords": str(["w" * 61])}, "keywords", "longer than 60", False),
        ({"original_language": "qq"}, "original_language", "no language is known", False),
        ({"id": ""}, "id", "no id", True),
        ({"id": "seven"}, "id", "no id", True),
        ({"title": ""}, "title", "empty", True),
        ({"status": "Rumored"}, "status", "not released", True),
    ],
)
def test_what_makes_no_sense_is_reported(
    write_csv: WriteCsv, cells: dict[str, str], column: str, reason: str, skipped: bool
) -> None:
    (row,) = read(write_csv([TMDB_ROW | {"status": "Released"} | cells]))

    problem = row.problems[-1]
    assert (problem.line, problem.column, problem.skipped) == (1, column, skipped)
    assert reason in problem.reason
    assert (row.record is None) == skipped


def test_a_runtime_of_nothing_is_unknown(write_csv: WriteCsv) -> None:
    (row,) = read(write_csv([TMDB_ROW | {"runtime": "0"}]))

    assert row.record
    assert row.record.runtime_min is None
    assert row.problems == ()


@pytest.mark.django_db
def test_film_and_series_of_one_number_are_two_titles(write_csv: WriteCsv) -> None:
    film = TMDB_ROW | {"media_type": "movie"}
    series = TMDB_ROW | {"media_type": "tv", "title": "Slack Tide"}
    source = Tmdb(write_csv([film, series]))

    assert counts(run_import(source)) == (2, 0, 0, 0)
    ids = ExternalId.objects.values_list("source", "value", "title__kind")
    assert set(ids) == {("tmdb", "71", "film"), ("tmdb_tv", "71", "series")}
    assert counts(run_import(source)) == (0, 0, 2, 0)


@pytest.mark.django_db
def test_a_later_copy_of_a_row_is_reported(write_csv: WriteCsv) -> None:
    run = run_import(Tmdb(write_csv([TMDB_ROW, TMDB_ROW | {"title": "Other"}])))

    assert counts(run) == (1, 0, 0, 1)
    assert report(run)[0][4] == "this row is in the file twice"
    assert Title.objects.get().name == "The Paper Lighthouse"
