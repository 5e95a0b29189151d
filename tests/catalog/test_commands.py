"""The commands, as `bin/up` and GenRec's training run them."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from safetensors import safe_open

from catalog.embedding import embedding_version, get_embedder, stale_titles, title_document
from catalog.importing import omdb_sample
from catalog.importing.base import SourceUnavailable
from catalog.models import ImportRun, Title
from catalog.titlefile import read_titles, spoken_title
from tests.catalog.samples import ALIEN, film, write_sample

ROWS = [
    {
        "movieId": 6,
        "title": "Matrix, The (1999)",
        "year": 1999,
        "genres": "Action|Sci-Fi",
        "imdbId": 133093.0,
        "tmdbId": 603.0,
        "overview": "A hacker learns what the world is.",
        "keywords": "simulation|hacker",
        "ml_tags": "philosophical|simulation",
        "director": "Lana Wachowski|Lilly Wachowski",
        "cast_top3": "Keanu Reeves|Laurence Fishburne",
    },
    {"movieId": 7, "title": "Heat", "imdbId": float("nan"), "genres": "(no genres listed)"},
]

SAMPLE = ("--source", "omdb-sample")


@pytest.fixture
def sample(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small file in the place of the wheel's."""
    settings.REPORTS_DIR = tmp_path / "reports"
    path = write_sample(tmp_path / "movies.db", [ALIEN, film(2), film(3)])
    monkeypatch.setattr("catalog.management.commands.import_catalogue.sample_path", lambda: path)
    return path


@pytest.fixture
def titles(tmp_path: Path) -> Path:
    path = tmp_path / "titles.parquet"
    parquet.write_table(pa.Table.from_pylist(ROWS), path)
    return path


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_import_embeds_and_gives_slots(sample: Path) -> None:
    said = run("import_catalogue", *SAMPLE)

    assert "3 created, 0 updated, 0 unchanged, 0 problems" in said
    assert Title.objects.rankable().count() == 3
    assert not stale_titles().exists()
    assert Title.objects.get(name="Alien").slot == 0


@pytest.mark.django_db
def test_import_if_needed_does_nothing_twice(sample: Path) -> None:
    run("import_catalogue", *SAMPLE, "--if-needed")

    said = run("import_catalogue", *SAMPLE, "--if-needed")

    assert said.splitlines() == ["import: omdb-sample is up to date", "embedding: up to date"]
    assert ImportRun.objects.count() == 1


@pytest.mark.django_db
def test_import_if_needed_embeds_what_was_left_over(sample: Path) -> None:
    run("import_catalogue", *SAMPLE, "--no-embed")
    assert stale_titles().count() == 3

    said = run("import_catalogue", *SAMPLE, "--if-needed")

    assert "embedding: 3 titles refreshed" in said


@pytest.mark.django_db
def test_import_of_the_most_popular(sample: Path) -> None:
    run("import_catalogue", *SAMPLE, "--limit", "1", "--most-popular-first", "--no-embed")

    assert [title.name for title in Title.objects.all()] == ["Alien"]


@pytest.mark.django_db
def test_import_errors_say_what_to_do(
    sample: Path, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        run("import_catalogue", "--limit", "0")
    settings.MODELS_DIR = tmp_path
    with pytest.raises(CommandError, match="export-embedder"):
        run("import_catalogue", *SAMPLE)
    monkeypatch.setattr(omdb_sample, "find_spec", lambda name: None)
    with pytest.raises(SourceUnavailable, match="pip install"):
        omdb_sample.sample_path()


@pytest.mark.django_db
def test_a_file_that_is_no_sample(sample: Path) -> None:
    sample.write_bytes(b"no database")

    with pytest.raises(CommandError, match=r"movies\.db"):
        run("import_catalogue")


@pytest.mark.django_db
def test_refresh_titles() -> None:
    Title.objects.create(name="Alien")

    said = run("refresh_titles")

    assert "slots: 1 new" in said
    assert Title.objects.rankable().count() == 1


def test_embed_titles(titles: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "content.safetensors"

    run("embed_titles", "--titles", str(titles), "--out", str(out))

    facts = read_titles(titles)[0].facts
    with safe_open(out, "np") as file:
        metadata, full, bare = file.metadata(), file.get_tensor("full"), file.get_tensor("facts")
    assert metadata == {
        "embedding_version": embedding_version(),
        "imdb": json.dumps(["tt0133093", ""]),
        "movie_ids": json.dumps([6, 7]),
    }
    assert (full.shape, full.dtype, bare.shape) == ((2, 384), np.float16, (2, 384))
    documents = [title_document(facts), title_document(facts, facts_only=True)]
    assert np.allclose([full[0], bare[0]], get_embedder().embed(documents), atol=2e-3)


def test_a_row_reads_like_a_title_of_the_catalogue(titles: Path) -> None:
    matrix, heat = (row.facts for row in read_titles(titles))

    assert (matrix.label, heat.label) == ("The Matrix (1999)", "Heat")
    assert (matrix.genres, heat.genres) == (("Action", "Science Fiction"), ())
    assert matrix.tags == ("philosophical", "simulation", "hacker")
    assert matrix.directors == ("Lana Wachowski", "Lilly Wachowski")


@pytest.mark.parametrize(
    ("title", "spoken"),
    [
        ("Matrix, The (1999)", "The Matrix"),
        ("Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)", "Amelie"),
        ("Avventura, L' (1960)", "L'Avventura"),
        ("Me, Myself & Irene (2000)", "Me, Myself & Irene"),
        ("(500)", "(500)"),
    ],
)
def test_spoken_titles(title: str, spoken: str) -> None:
    assert spoken_title(title) == spoken


def test_title_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        run("embed_titles", "--titles", str(tmp_path / "none.parquet"), "--out", "out")
    bad = tmp_path / "bad.parquet"
    parquet.write_table(pa.Table.from_pylist([{"movieId": 1, "title": None}]), bad)
    with pytest.raises(CommandError, match="Row 1 has no movieId or no title"):
        run("embed_titles", "--titles", str(bad), "--out", "out")
