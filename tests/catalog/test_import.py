"""Imports into a real database: idempotent, resumable, respectful of editors."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from catalog.facts import load_facts
from catalog.importing.base import USUAL, SourceRow, TitleRecord
from catalog.importing.omdb_sample import OmdbSample
from catalog.importing.run import (
    BATCH,
    ImportInProgress,
    is_imported,
    lock_number,
    run_import,
)
from catalog.models import Credit, ExternalId, ImportRun, Person, Tag, Title, TitleTag
from tests.catalog.samples import ALIEN, film, write_sample

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def reports(settings: LazySettings, tmp_path: Path) -> None:
    settings.REPORTS_DIR = tmp_path / "reports"


@pytest.fixture
def movies(tmp_path: Path) -> Path:
    return tmp_path / "movies.db"


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.created, run.updated, run.unchanged, run.errors


def report(run: ImportRun) -> list[list[str]]:
    with Path(run.report_path).open(newline="") as file:
        return list(csv.reader(file))[1:]


def test_a_title_with_everything(movies: Path) -> None:
    run = run_import(OmdbSample(write_sample(movies, [ALIEN])))

    title = Title.objects.get()
    facts = load_facts([title.pk])[title.pk]
    assert counts(run) == (1, 0, 0, 0)
    assert run.status == ImportRun.Status.FINISHED
    assert (facts.label, facts.runtime_min, facts.certificate) == ("Alien (1979)", 117, "R")
    assert facts.genres == ("Horror", "Science Fiction")
    assert facts.cast == ("Bolaji Badejo", "John Hurt", "Sigourney Weaver")
    assert (title.name_key, title.age_min, title.status) == ("alien", 17, "published")
    assert set(title.external_ids.values_list("source", "value")) == {
        ("imdb", "tt0078748"),
        ("omdb", "1"),
    }
    assert Person.objects.get(name_key="sigourney weaver").name == "Sigourney Weaver"


def test_a_second_run_changes_nothing(movies: Path) -> None:
    source = OmdbSample(write_sample(movies, [ALIEN, film(2), film(3)]))
    run_import(source)
    before = list(Title.objects.order_by("pk").values()), list(Credit.objects.values())

    again = run_import(source)

    assert counts(again) == (0, 0, 3, 0)
    assert (list(Title.objects.order_by("pk").values()), list(Credit.objects.values())) == before


def test_a_changed_row_is_updated_and_becomes_stale(movies: Path) -> None:
    run_import(OmdbSample(write_sample(movies, [ALIEN, film(2)])))
    before = {title.name: title.updated_at for title in Title.objects.all()}

    changed = ALIEN | {"Runtime": 116.0, "Genre": "Horror", "Cast": "John Hurt, Tom Skerritt"}
    run = run_import(OmdbSample(write_sample(movies, [changed, film(2)])))

    title = Title.objects.get(name="Alien")
    facts = load_facts([title.pk])[title.pk]
    assert counts(run) == (0, 1, 1, 0)
    assert (facts.runtime_min, facts.genres) == (116, ("Horror",))
    assert facts.cast == ("John Hurt", "Tom Skerritt")
    assert title.updated_at > before["Alien"]
    assert Title.objects.get(name="Film 2").updated_at == before["Film 2"]


def test_what_the_source_forgets_stays(movies: Path) -> None:
    run_import(OmdbSample(write_sample(movies, [ALIEN])))

    forgetful = ALIEN | {"Runtime": None, "Genre": "", "Director": None, "Rating": None}
    run = run_import(OmdbSample(write_sample(movies, [forgetful])))

    facts = load_facts([Title.objects.get().pk]).popitem()[1]
    assert counts(run) == (0, 0, 1, 0)
    assert (facts.runtime_min, facts.directors) == (117, ("Ridley Scott",))


def test_locked_fields_and_editors_tags_stay(movies: Path) -> None:
    run_import(OmdbSample(write_sample(movies, [ALIEN])))
    title = Title.objects.get()
    title.runtime_min, title.locked_fields = 999, ["runtime_min", "genres", "credits"]
    title.save()
    tag = Tag.objects.create(name="slow burn")
    TitleTag.objects.create(title=title, tag=tag, weight=3)

    changed = ALIEN | {"Year": 1980, "Genre": "Drama", "Director": "Somebody Else"}
    run = run_import(OmdbSample(write_sample(movies, [changed])))

    facts = load_facts([title.pk])[title.pk]
    assert counts(run) == (0, 1, 0, 0)
    assert (facts.year, facts.runtime_min) == (1980, 999)
    assert facts.genres == ("Horror", "Science Fiction")
    assert facts.directors == ("Ridley Scott",)
    assert facts.tags == ("slow burn",)


def test_problems_are_reported_with_line_column_and_reason(movies: Path) -> None:
    rows = [film(1), film(2, Runtime=1.0), film(3, Title="")]

    run = run_import(OmdbSample(write_sample(movies, rows)))

    assert counts(run) == (2, 0, 0, 2)
    assert report(run) == [
        ["2", "2", "Runtime", "1.0", "not between 5 and 1000 minutes", "value left out"],
        ["3", "3", "Title", "", "empty", "row skipped"],
    ]


def test_the_report_is_harmless_in_a_spreadsheet(movies: Path) -> None:
    run = run_import(OmdbSample(write_sample(movies, [film(1, Rating="=HYPERLINK(1)")])))

    assert report(run)[0][3] == "'=HYPERLINK(1)"


def test_an_imdb_id_stays_with_the_first_of_two_films(movies: Path) -> None:
    rows = [film(1, imdbID="tt0078788"), film(2, imdbID="tt0078788")]

    first = run_import(OmdbSample(write_sample(movies, rows)))
    again = run_import(OmdbSample(movies))

    assert counts(first) == (2, 0, 0, 1)
    assert counts(again) == (0, 0, 2, 1)
    assert ExternalId.objects.get(value="tt0078788").title.name == "Film 1"
    assert report(first) == report(again)


def test_the_same_row_twice_is_taken_once(movies: Path) -> None:
    run = run_import(OmdbSample(write_sample(movies, [film(1), film(1, Title="Twin")])))

    assert Title.objects.count() == 1
    assert [row[-1] for row in report(run)] == ["row skipped"]


def test_a_row_joins_the_title_that_has_its_imdb_id(movies: Path) -> None:
    title = Title.objects.create(name="Alien", synopsis="Ours.")
    ExternalId.objects.create(title=title, source="imdb", value="tt0078748")

    run = run_import(OmdbSample(write_sample(movies, [ALIEN])))

    title.refresh_from_db()
    assert counts(run) == (0, 1, 0, 0)
    assert (title.year, title.synopsis) == (1979, "Ours.")


class Interrupted(Exception):
    """Stands for the death of the process."""


class DyingSample(OmdbSample):
    """A sample whose reader dies at a line."""

    dies_at = BATCH + 7

    def rows(self, *, skip: int) -> Iterator[SourceRow]:
        for row in super().rows(skip=skip):
            if row.line == self.dies_at:
                raise Interrupted
            yield row


def test_an_interrupted_run_continues(movies: Path) -> None:
    rows = [film(number, Runtime=1.0 if number % 100 == 0 else 90.0) for number in range(1, 1201)]
    write_sample(movies, rows)
    with pytest.raises(Interrupted):
        run_import(DyingSample(movies))
    broken = ImportRun.objects.get()
    # A batch that was written to the report, but never committed.
    with Path(broken.report_path).open("a") as file:
        file.write(f"{BATCH + 100},600,Runtime,1.0,again,value left out\n")

    run = run_import(OmdbSample(movies))

    assert broken.status == ImportRun.Status.FAILED
    assert broken.rows_done == BATCH
    assert run.pk == broken.pk
    assert counts(run) == (1200, 0, 0, 12)
    assert [row[0] for row in report(run)] == [str(line) for line in range(100, 1201, 100)]
    assert Title.objects.count() == 1200


def test_other_data_starts_anew(movies: Path) -> None:
    rows = [film(number) for number in range(1, BATCH + 20)]
    with pytest.raises(Interrupted):
        run_import(DyingSample(write_sample(movies, rows)))

    run = run_import(OmdbSample(write_sample(movies, rows[:5])))

    assert ImportRun.objects.count() == 2
    assert counts(run) == (0, 0, 5, 0)


def test_is_imported_means_this_data_to_the_end(movies: Path) -> None:
    source = OmdbSample(write_sample(movies, [film(1), film(2)]))
    assert not is_imported(source)

    run_import(source, limit=1)

    assert is_imported(source, limit=1)
    assert not is_imported(source)
    assert Title.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_source_never_mix(movies: Path) -> None:
    source = OmdbSample(write_sample(movies, [film(1)]))
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [lock_number(source.name)])
            with pytest.raises(ImportInProgress, match="omdb-sample"):
                run_import(source)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock_number(source.name)])
    finally:
        other.close()

    assert run_import(source).created == 1


class TaggedSource:
    """A source of one title with tags, as later sources have them."""

    name = "tagged"
    key = ExternalId.Source.TMDB

    def __init__(self, tags: dict[str, int]) -> None:
        self.tags = tags

    def authority(self, field: str) -> int:
        return USUAL

    def digest(self) -> str:
        return str(sorted(self.tags.items()))

    def count(self) -> int:
        return 1

    def rows(self, *, skip: int) -> Iterator[SourceRow]:
        record = TitleRecord(ids={self.key: "348"}, name="Alien", tags=self.tags)
        yield from [SourceRow(1, record)][skip:]


def test_imported_tags_are_updated_but_not_those_of_editors() -> None:
    run_import(TaggedSource({"slow burn": 1, "tense": 2}))
    TitleTag.objects.filter(tag__name="tense").update(provenance="editor", weight=3)

    run = run_import(TaggedSource({"slow burn": 2, "tense": 1, "bleak": 1}))

    links = TitleTag.objects.values_list("tag__name", "weight", "provenance", "source")
    assert counts(run) == (0, 1, 0, 0)
    assert set(links) == {
        ("slow burn", 2, "import", "tagged"),
        ("tense", 3, "editor", "tagged"),
        ("bleak", 1, "import", "tagged"),
    }


def test_locked_tags_take_no_more_from_imports() -> None:
    run_import(TaggedSource({"tense": 2}))
    Title.objects.update(locked_fields=["tags"])
    TitleTag.objects.all().delete()

    run = run_import(TaggedSource({"tense": 2, "bleak": 1}))

    assert counts(run) == (0, 0, 1, 0)
    assert not TitleTag.objects.exists()
