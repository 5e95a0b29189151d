"""Anybody's file: guessed and given maps, every form, and two owners with the same ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
from pyarrow import parquet

from catalog.importing.base import SourceUnavailable
from catalog.importing.column_map import ColumnMap, guess_map, parse_map
from catalog.importing.generic import GenericFile, parse_duration
from catalog.importing.registry import make_source
from catalog.importing.run import run_import
from catalog.models import ExternalId, Title
from tests.catalog.importing.rows import WriteCsv, counts, write_json

ROW: dict[str, Any] = {
    "ID": "7",
    "Titel": "The Paper Lighthouse",
    "Jahr": "2019",
    "Länge": "1h 34m",
    "Regie": "Ines Marot; Theo Vandal, Sr.",
    "Genre": "sci-fi; drama",
    "Tags": "Slow Burn; island",
    "Stimmen": "12",
}
MAP = ColumnMap(
    source="arthouse",
    separator=";",
    columns={
        "id": "ID",
        "name": "Titel",
        "year": "Jahr",
        "runtime_min": "Länge",
        "directors": "Regie",
        "genres": "Genre",
        "tags": "Tags",
        "votes": "Stimmen",
    },
)


def write(tmp_path: Path, form: str, write_csv: WriteCsv) -> Path:
    path = tmp_path / f"titles.{form}"
    if form in {"csv", "tsv"}:
        return write_csv([ROW], path.name, delimiter=";" if form == "csv" else "\t")
    if form == "json":
        return write_json(path, [ROW])
    if form == "jsonl":
        path.write_text(json.dumps(ROW, ensure_ascii=False) + "\n")
        return path
    parquet.write_table(arrow.Table.from_pylist([ROW]), path)
    return path


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "jsonl", "parquet"])
def test_every_form_gives_the_same_record(tmp_path: Path, form: str, write_csv: WriteCsv) -> None:
    (row,) = GenericFile(write(tmp_path, form, write_csv), MAP).rows(skip=0)

    record = row.record
    assert record is not None
    assert row.problems == ()
    assert dict(record.ids) == {"other": "arthouse:7"}
    assert (record.name, record.year, record.runtime_min) == ("The Paper Lighthouse", 2019, 94)
    assert record.directors == ("Ines Marot", "Theo Vandal, Sr.")
    assert record.genres == ("Science Fiction", "Drama")
    assert dict(record.tags) == {"slow burn": 1, "island": 1}
    assert record.popularity == 1


def test_columns_are_guessed_by_their_names() -> None:
    header = ["tconst", "primaryTitle", "startYear", "runtimeMinutes", "Plot", "Directed by", "x"]

    assert guess_map(header).columns == {
        "imdb": "tconst",
        "name": "primaryTitle",
        "year": "startYear",
        "runtime_min": "runtimeMinutes",
        "synopsis": "Plot",
        "directors": "Directed by",
    }


def test_a_file_without_a_title_asks_for_a_map(write_csv: WriteCsv) -> None:
    with pytest.raises(SourceUnavailable, match=r"column map \(docs/importing\.md\)"):
        GenericFile(write_csv([{"Was": "x", "Wann": "2019"}]))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting"),
        ("[]", "valid dictionary"),
        ('{"columns": {"year": "Jahr"}}', "no column for name"),
        ('{"columns": {"name": "Titel", "jahr": "Jahr"}}', "no such field: jahr"),
        ('{"source": "No Spaces", "columns": {"name": "Titel"}}', "source"),
        ('{"columns": {"name": "Titel"}, "extra": 1}', "extra"),
        ("[" * 100_001, "too large"),
    ],
)
def test_a_map_that_can_not_be_used(text: str, reason: str) -> None:
    with pytest.raises(SourceUnavailable, match=reason):
        parse_map(text)


def test_a_map_of_columns_that_are_not_there(write_csv: WriteCsv) -> None:
    source = GenericFile(write_csv([{"Titel": "x", "Jahr": "2019"}]), MAP)

    with pytest.raises(SourceUnavailable, match="no column Genre, ID"):
        source.count()


@pytest.mark.parametrize("name", ["netflix", "starter", "editor"])
def test_a_map_takes_nobody_elses_name(write_csv: WriteCsv, name: str) -> None:
    with pytest.raises(SourceUnavailable, match="Rename it"):
        make_source("generic", write_csv([ROW]), MAP.model_copy(update={"source": name}))


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [("", None), (0, None), ("94", 94), (94.0, 94), ("94 min", 94), ("1h", 60), ("2 h 5 min", 125)],
)
def test_durations(cell: Any, minutes: int | None) -> None:
    assert parse_duration(cell) == minutes


@pytest.mark.django_db
def test_two_owners_may_use_the_same_number(write_csv: WriteCsv) -> None:
    other = ROW | {"Titel": "Slack Tide", "Regie": "Kaja Holm"}
    one = GenericFile(write_csv([ROW], "one.csv"), MAP)
    two = GenericFile(write_csv([other], "two.csv"), MAP.model_copy(update={"source": "festival"}))

    assert counts(run_import(one)) == (1, 0, 0, 0)
    assert counts(run_import(two)) == (1, 0, 0, 0)
    for source in (one, two):
        assert counts(run_import(source)) == (0, 0, 1, 0)
    values = ExternalId.objects.values_list("value", flat=True)
    assert set(values) == {"arthouse:7", "festival:7"}


@pytest.mark.django_db
def test_ragged_rows_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "titles.csv"
    path.write_text("title,year\nGood,2019\nShort\nLong,2019,more\n")

    run = run_import(GenericFile(path))

    assert counts(run) == (1, 0, 0, 2)
    assert Title.objects.get().name == "Good"
    text = Path(run.report_path).read_text()
    assert "2,Short,,,1 fewer cells than the first line has columns,row skipped" in text
    assert "3,Long,,,1 more cells" in text
