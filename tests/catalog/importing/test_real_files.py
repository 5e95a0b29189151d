"""Whole catalogues that people share, where they are at hand: every row is accounted for.

Point MOODREEL_SAMPLE_CATALOGUES to a folder with the files; without it these tests are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from catalog.importing.registry import make_source
from catalog.importing.run import run_import
from catalog.models import ExternalId, Title
from tests.catalog.importing.rows import counts, report

_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data" / "catalogs"
FOLDER = Path(os.environ.get("MOODREEL_SAMPLE_CATALOGUES", _BESIDE))

# Source, file, rows, rows that become no title.
FILES = [
    ("netflix", "netflix-titles__netflix_titles.csv", 8807, 0),
    ("imdb-top", "imdb-top-1000__imdb_top_1000.csv", 1000, 1),
    ("tmdb", "tmdb-3055-recent__tmdb_movies.csv", 3055, 0),
    ("tmdb", "tmdb-5000__tmdb_5000_movies.csv.zip", 4803, 8),
    ("tmdb", "tmdb-movie-tv-860__movie_tv_catalogue.csv", 860, 0),
]

# Of each file, where all are imported twice.
SOME_ROWS = 800

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="no sample catalogues at hand"),
]


@pytest.mark.parametrize(("name", "file", "rows", "left_out"), FILES, ids=[f[1] for f in FILES])
def test_every_row_is_a_title_or_a_line_of_the_report(
    name: str, file: str, rows: int, left_out: int
) -> None:
    source = make_source(name, FOLDER / file)
    assert source.count() == rows

    run = run_import(source)

    skipped = [line for line in report(run) if line[-1] == "row skipped"]
    assert len({line[0] for line in skipped}) == left_out
    assert run.created + run.updated + run.unchanged + left_out == rows
    assert all(line[0] and line[4] for line in report(run))
    if name == "netflix":
        slipped = [line for line in report(run) if line[2] == "rating"]
        assert [line[0] for line in slipped] == ["5542", "5795", "5814"]
        runtimes = ExternalId.objects.filter(value__in=["s5542", "s5795", "s5814"])
        assert set(runtimes.values_list("title__runtime_min", flat=True)) == {74, 84, 66}

    again = run_import(source)
    assert counts(again)[:3] == (0, 0, rows - left_out)


def test_sources_that_share_titles_come_to_rest() -> None:
    """One file a source: a later file of the same source would bring its own values."""
    files = {name: file for name, file, *_ in FILES}
    sources = [make_source(name, FOLDER / file) for name, file in files.items()]
    for source in sources:
        run_import(source, limit=SOME_ROWS)
    titles = Title.objects.count()
    assert SOME_ROWS < titles < SOME_ROWS * len(sources)

    for source in reversed(sources):
        assert counts(run_import(source, limit=SOME_ROWS))[:2] == (0, 0)
    assert Title.objects.count() == titles
