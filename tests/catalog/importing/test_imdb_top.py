"""The IMDb top 1000: no ids, so its rows find their titles by name, year and people."""

from __future__ import annotations

import pytest

from catalog.importing.imdb_top import ImdbTop
from catalog.importing.netflix_titles import NetflixTitles
from catalog.importing.run import run_import
from catalog.models import Title
from tests.catalog.importing.rows import IMDB_ROW, NETFLIX_ROW, WriteCsv, counts, report


def test_a_row_becomes_a_record(write_csv: WriteCsv) -> None:
    votes = {"Series_Title": "Slack Tide", "No_of_Votes": "31"}
    one, other = ImdbTop(write_csv([IMDB_ROW, IMDB_ROW | votes])).rows(skip=0)

    assert one.record
    assert other.record
    assert one.problems == ()
    assert one.record.genres == ("Drama", "Science Fiction")
    assert (one.record.certificate, one.record.age_min) == ("UA", 12)
    assert one.record.cast == ("Theo Vandal", "Ana Sorel")
    assert one.record.popularity == 1
    assert other.record.popularity == pytest.approx(0.5016, abs=1e-3)


@pytest.mark.django_db
def test_imported_twice_and_in_turn(write_csv: WriteCsv) -> None:
    top = ImdbTop(write_csv([IMDB_ROW, IMDB_ROW | {"Series_Title": "Slack Tide"}], "top.csv"))
    netflix = NetflixTitles(write_csv([NETFLIX_ROW], "netflix.csv"))

    assert counts(run_import(top)) == (2, 0, 0, 0)
    assert counts(run_import(netflix)) == (0, 1, 0, 0)
    for source in (top, netflix, netflix, top):
        again = run_import(source)
        assert (again.created, again.updated) == (0, 0)
    title = Title.objects.get(external_ids__source="netflix")
    # Who came first is not overwritten; what it did not know is filled in.
    assert (title.certificate, title.countries) == ("UA", ["France", "Belgium"])
    assert title.field_sources["certificate"] == ["imdb-top", 1]
    assert title.field_sources["countries"] == ["netflix", 1]


@pytest.mark.django_db
def test_a_row_without_a_year_is_skipped(write_csv: WriteCsv) -> None:
    run = run_import(ImdbTop(write_csv([IMDB_ROW | {"Released_Year": "PG"}])))

    assert counts(run) == (0, 0, 0, 2)
    assert [line[2] for line in report(run)] == ["Released_Year", "name"]
