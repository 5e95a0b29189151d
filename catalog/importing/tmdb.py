"""Files made from TMDB: CSV, JSON, JSON Lines or a zip of one, in the shapes people share.

Columns come under several names, lists in several spellings (JSON objects, Python lists, "|"),
and films and series may share a file. Films and series are numbered apart, so their ids are kept
apart: `tmdb` and `tmdb_tv`. Read from the API's own objects as well: cast and crew with jobs.

Known oddities:
- A runtime of 0 means unknown, and that of a series is one episode's.
- Titles that are rumoured, planned or cancelled are skipped: nobody can watch them.
- A few keywords are about the credits ("aftercreditsstinger"): left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from catalog.importing.base import SourceRow
from catalog.importing.cellreader import MAX_CAST, CellReader, year_of_date
from catalog.importing.cells import parse_number, parse_runtime, parse_year
from catalog.importing.files import Row
from catalog.importing.filesource import FileSource
from catalog.importing.ids import parse_imdb
from catalog.importing.languages import country_name, language_name
from catalog.importing.lists import items, split_list
from catalog.models import ExternalId, Title
from catalog.text import canonical_genres

IDS = ("id", "tmdb_id", "tmdbId")
NAMES = ("title", "name")
DATES = ("release_date", "first_air_date")
DIRECTORS = ("director", "directors")
CAST = ("cast", "top_cast")
RUNTIMES = ("runtime", "episode_run_time")
COUNTRIES = ("production_countries", "origin_country")
_NO_KEYWORDS = frozenset({"aftercreditsstinger", "duringcreditsstinger"})
_DIRECTING = frozenset({"Director"})
_WRITING = frozenset({"Writer", "Screenplay", "Author"})
# Series have their own words: one that is in production or cancelled has been shown.
_SHOWN = frozenset({"", "released", "returning series", "ended"})
_SHOWN_SERIES = _SHOWN | {"in production", "canceled"}
_SERIES = frozenset({"tv", "series"})
ADULT_AGE = 18


class Tmdb(FileSource):
    """One row a film or series."""

    name = "tmdb"
    required = (IDS, NAMES, ("genres", "genre_ids"), ("overview",))
    looks_like = "file made from TMDB"
    votes_column = "vote_count"
    # That of films; a series has the other one only.
    key = ExternalId.Source.TMDB

    def read_row(self, line: int, cells: Row) -> SourceRow:
        id_column = present(cells, IDS)
        row = self.reader(line, cells.get(id_column), cells)
        kind = Title.Kind.SERIES if is_series(cells) else Title.Kind.FILM
        key = ExternalId.Source.TMDB_TV if kind == Title.Kind.SERIES else ExternalId.Source.TMDB
        number = row.take(id_column, parse_number, None)
        if number is None or number <= 0:
            return row.skip(id_column, cells.get(id_column), "no id")
        shown = _SHOWN_SERIES if kind == Title.Kind.SERIES else _SHOWN
        if row.text("status").lower() not in shown:
            return row.skip("status", cells.get("status"), "not released")
        name_column = present(cells, NAMES)
        tags = row.take("keywords", read_keywords, ())
        fields = {
            "ids": {key: str(number)} | read_imdb(row),
            "kind": kind,
            "name": row.text(name_column),
            "year": read_year(row),
            "runtime_min": row.take(present(cells, RUNTIMES), parse_known_runtime, None),
            "synopsis": row.text("overview"),
            "age_min": ADULT_AGE if row.text("adult").lower() in {"true", "1"} else None,
            "languages": read_languages(row),
            "countries": read_names(row, present(cells, COUNTRIES), country_name),
            "popularity": self.popularity(cells),
            "genres": row.terms("genres", row.take("genres", read_genres, ())),
            "tags": dict.fromkeys(row.tags("keywords", tags), 1),
        } | read_people(row)
        return row.row(fields, {"name": name_column, "synopsis": "overview"})


def is_series(cells: Row) -> bool:
    said = str(cells.get("media_type") or "").lower()
    return said in _SERIES if said else "first_air_date" in cells and "release_date" not in cells


def present(cells: Row, columns: tuple[str, ...]) -> str:
    """Return the first of the columns that the row has, else the first."""
    return next((column for column in columns if column in cells), columns[0])


def read_imdb(row: CellReader) -> dict[ExternalId.Source, str]:
    imdb = row.take("imdb_id", parse_imdb, "")
    return {ExternalId.Source.IMDB: imdb} if imdb else {}


def read_year(row: CellReader) -> int | None:
    """Return the year of the first date column, else of the column of years."""
    year = row.take(present(row.cells, DATES), year_of_date, None)
    return year or row.take("release_year", parse_year, None)


def parse_known_runtime(value: Any) -> int | None:
    """Return minutes; 0 is how these files say that nobody knows. A list has one an episode."""
    if isinstance(value, list):
        value = value[0] if value else None
    minutes = parse_number(value)
    return parse_runtime(minutes) if minutes else None


def read_languages(row: CellReader) -> tuple[str, ...]:
    """Return the original language, then the others that are spoken."""
    original = read_names(row, "original_language", language_name)
    codes = [
        item.get("iso_639_1") or item.get("name") if isinstance(item, Mapping) else item
        for item in row.take("spoken_languages", items, [])
    ]
    spoken = _each(row, "spoken_languages", codes, language_name)
    return tuple(dict.fromkeys([*original, *spoken]))


def read_names(row: CellReader, column: str, named: Callable[[Any], str]) -> tuple[str, ...]:
    return _each(row, column, row.take(column, split_list, []), named)


def _each(
    row: CellReader, column: str, values: Iterable[Any], named: Callable[[Any], str]
) -> tuple[str, ...]:
    """Name each value; one that can't be named is reported once, the others are kept."""
    names: dict[str, None] = {}
    for value in values:
        try:
            names[named(value)] = None
        except ValueError as error:
            row.report_once(column, value, str(error))
    return tuple(name for name in names if name)


def read_genres(value: Any) -> tuple[str, ...]:
    return tuple(genre for name in split_list(value) for genre in canonical_genres(name))


def read_keywords(value: Any) -> tuple[str, ...]:
    # The API wraps the list: {"keywords": [...]} of films, {"results": [...]} of series.
    if isinstance(value, Mapping):
        value = value.get("keywords") or value.get("results")
    return tuple(name for name in split_list(value) if name.lower() not in _NO_KEYWORDS)


def read_people(row: CellReader) -> dict[str, tuple[str, ...]]:
    """Return people by field: from columns of names, or from the API's cast and crew."""
    credits = row.cells.get("credits")
    nested = credits if isinstance(credits, Mapping) else {}
    crew = nested.get("crew") or row.take("crew", items, [])
    jobs = [person for person in crew if isinstance(person, Mapping)]
    directors = row.take(present(row.cells, DIRECTORS), split_list, [])
    directors += _with_job(jobs, _DIRECTING)
    cast_column = present(row.cells, CAST)
    cast = row.take(cast_column, split_list, []) + split_list(nested.get("cast"))
    return {
        "directors": row.people(present(row.cells, DIRECTORS), directors),
        "creators": row.people("created_by", row.take("created_by", split_list, [])),
        "writers": row.people("crew", _with_job(jobs, _WRITING)),
        "cast": row.people(cast_column, cast)[:MAX_CAST],
    }


def _with_job(crew: list[Mapping[str, Any]], jobs: frozenset[str]) -> list[str]:
    return [str(person.get("name") or "") for person in crew if person.get("job") in jobs]
