"""Netflix titles: shelves, seasons, and durations that slipped into the wrong column."""

from __future__ import annotations

import pytest

from catalog.facts import load_facts
from catalog.importing.base import SourceRow
from catalog.importing.netflix_titles import NetflixTitles
from catalog.importing.run import run_import
from catalog.models import Title
from tests.catalog.importing.rows import NETFLIX_ROW, WriteCsv, counts, report


def read(write_csv: WriteCsv, *rows: dict[str, str]) -> list[SourceRow]:
    return list(NetflixTitles(write_csv(rows)).rows(skip=0))


def test_a_row_becomes_a_record(write_csv: WriteCsv) -> None:
    (row,) = read(write_csv, NETFLIX_ROW)

    record = row.record
    assert record is not None
    assert row.problems == ()
    assert dict(record.ids) == {"netflix": "s1"}
    assert (record.kind, record.year, record.runtime_min) == ("film", 2019, 94)
    assert (record.certificate, record.age_min) == ("TV-14", 14)
    assert record.genres == ("Drama",)
    assert dict(record.tags) == {"lgbtq": 1}
    assert record.countries == ("France", "Belgium")
    assert record.cast == ("Theo Vandal", "Ana Sorel", "Luc Petit Jr.")


def test_seasons_are_no_runtime(write_csv: WriteCsv) -> None:
    series = {"type": "TV Show", "duration": "2 Seasons", "listed_in": "Spanish-Language TV Shows"}

    (row,) = read(write_csv, NETFLIX_ROW | series)

    assert row.record
    assert (row.record.kind, row.record.runtime_min) == ("series", None)
    assert row.record.languages == ("Spanish",)
    assert row.problems == ()


@pytest.mark.parametrize(("duration", "runtime"), [("", 74), ("80 min", 80)])
def test_a_duration_among_the_certificates(
    write_csv: WriteCsv, duration: str, runtime: int
) -> None:
    (row,) = read(write_csv, NETFLIX_ROW | {"rating": "74 min", "duration": duration})

    assert row.record
    assert (row.record.certificate, row.record.age_min) == ("", None)
    assert row.record.runtime_min == runtime
    (problem,) = row.problems
    assert (problem.line, problem.row_id, problem.column) == (1, "s1", "rating")
    assert problem.value == "74 min"
    assert "a duration, not a certificate" in problem.reason
    assert not problem.skipped


def test_unknown_shelves_and_certificates_are_reported_once(write_csv: WriteCsv) -> None:
    strange = {"rating": "FSK-99", "listed_in": "Dramas, Films for Cats"}

    rows = read(write_csv, NETFLIX_ROW | strange, NETFLIX_ROW | strange | {"show_id": "s2"})

    assert [problem.value for problem in rows[0].problems] == ["FSK-99", "Films for Cats"]
    assert rows[1].problems == ()


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"type": "Podcast"}, "type"),
        ({"title": ""}, "title"),
        ({"show_id": ""}, "ids"),
    ],
)
def test_a_row_that_can_not_be_used_is_skipped_with_its_reason(
    write_csv: WriteCsv, cells: dict[str, str], column: str
) -> None:
    (row,) = read(write_csv, NETFLIX_ROW | cells)

    assert row.record is None
    assert (row.problems[-1].column, row.problems[-1].skipped) == (column, True)


@pytest.mark.django_db
def test_imported_twice(write_csv: WriteCsv) -> None:
    bad = NETFLIX_ROW | {"show_id": "s2", "title": "Slack Tide", "rating": "66 min"}
    source = NetflixTitles(write_csv([NETFLIX_ROW, bad]))

    assert counts(run_import(source)) == (2, 0, 0, 1)
    title = Title.objects.get(name="The Paper Lighthouse")
    assert load_facts([title.pk])[title.pk].directors == ("Ines Marot",)
    assert title.field_sources["genres"] == ["netflix", 1]
    again = run_import(source)
    assert counts(again) == (0, 0, 2, 1)
    assert report(again)[0][:3] == ["2", "s2", "rating"]
