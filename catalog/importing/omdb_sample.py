"""The 17,472 films (1940-2014) of the wheel `bokeh-sampledata`: facts only, read in place.

`_data/movies.db` is an SQLite file with the tables `omdb` and `tomatoes`, joined on ID. Taken:
ids, title, year, runtime, certificate, genres, people, languages, countries, and the number of
reviews as popularity. Its ratings, awards and texts are not read.

Known oddities:
- The cast is in alphabetical order, so the file has no billing. We bill by prominence: how often
  somebody appears in this file's casts, weighted by the popularity of those films.
- Names are split at commas, so "James W. Smith, Jr." arrives in two parts, joined again here.
- Two imdb ids occur twice (a film and its later cut): the first row keeps the id.
"""

from __future__ import annotations

import hashlib
import math
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from catalog.importing.base import (
    USUAL,
    RowProblem,
    SourceRow,
    SourceUnavailable,
    make_row,
)
from catalog.importing.cells import (
    find_strays,
    parse_countries,
    parse_genres,
    parse_languages,
    parse_people,
    parse_runtime,
    parse_year,
)
from catalog.models import ExternalId

# Raise it when the same file would now give other records.
IMPORTER_VERSION = 1
INSTALL = "pip install --no-deps bokeh-sampledata==2026.1"

# Certificate: youngest age. PG has no age of its own: 8 is what "some material may not be
# suitable for children" is read as. M, GP and M/PG are PG's names from 1968 to 1972, X is
# NC-17's name until 1990.
AGES = {"G": 0, "PG": 8, "M": 8, "GP": 8, "M/PG": 8, "PG-13": 13, "R": 17, "NC-17": 18, "X": 18}

COLUMN_OF_FIELD = {
    "name": "Title",
    "directors": "Director",
    "writers": "Writer",
    "cast": "Cast",
    "languages": "Language",
    "countries": "Country",
    "genres": "Genre",
}
_COLUMNS = (
    "ID", "imdbID", "Title", "Year", "Rating", "Runtime", "Genre", "Director", "Writer", "Cast",
    "Language", "Country",
)  # fmt: skip
_FROM = """
FROM omdb LEFT JOIN (SELECT ID AS reviews_id, max(Reviews) AS Reviews FROM tomatoes GROUP BY ID)
    ON reviews_id = omdb.ID
"""


def sample_path() -> Path:
    """Return the path of movies.db. The package is found, not imported: importing it loads bokeh.

    Raises:
        SourceUnavailable: the wheel is not installed.
    """
    spec = find_spec("bokeh_sampledata")
    for location in (spec.submodule_search_locations or []) if spec else []:
        path = Path(location) / "_data" / "movies.db"
        if path.is_file():
            return path
    raise SourceUnavailable(f"The sample of films is not installed: {INSTALL}")


class OmdbSample:
    """Rows of movies.db, by id or with the most reviewed films first."""

    name = "omdb-sample"
    key = ExternalId.Source.OMDB

    def __init__(self, path: Path, *, most_popular_first: bool = False) -> None:
        self.path = path
        self.order = "coalesce(Reviews, 0) DESC, omdb.ID" if most_popular_first else "omdb.ID"

    def authority(self, field: str) -> int:
        return USUAL

    def digest(self) -> str:
        with self.path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        return hashlib.sha256(f"{content}:{IMPORTER_VERSION}:{self.order}".encode()).hexdigest()

    def count(self) -> int:
        return int(self._select("SELECT count(*) AS n FROM omdb")[0]["n"])

    def rows(self, *, skip: int) -> Iterator[SourceRow]:
        top_reviews = self._select(f"SELECT max(Reviews) AS top {_FROM}")[0]["top"] or 0
        prominence = self._prominence(top_reviews)
        columns = ", ".join(f'omdb."{column}"' for column in _COLUMNS)
        # Only constants of this module are formatted in.
        query = f"SELECT {columns}, Reviews {_FROM} ORDER BY {self.order} LIMIT -1 OFFSET ?"
        with self._open() as connection:
            for line, row in enumerate(connection.execute(query, [skip]), start=skip + 1):
                yield read_row(line, dict(row), top_reviews, prominence)

    def _prominence(self, top_reviews: int) -> Mapping[str, float]:
        """Return for every name the popularity of the films whose cast it is in, added up."""
        prominence: dict[str, float] = defaultdict(float)
        for row in self._select(f'SELECT "Cast", Reviews {_FROM}'):
            for name in parse_people(row["Cast"]):
                prominence[name] += scale_reviews(row["Reviews"], top_reviews) or 0.0
        return prominence

    def _select(self, query: str) -> list[sqlite3.Row]:
        with self._open() as connection:
            return connection.execute(query).fetchall()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # immutable: no lock and no journal, so a read-only directory will do.
        uri = f"file:{quote(str(self.path))}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                yield connection
        except sqlite3.DatabaseError as error:
            raise SourceUnavailable(
                f"{self.path} is not the sample of films ({error}). Install it again: {INSTALL}"
            ) from error


def scale_reviews(reviews: int | None, top_reviews: int) -> float | None:
    """Return popularity from 0 to 1: the number of reviews on a log scale, the top film at 1."""
    if not reviews or reviews < 0 or top_reviews <= 0:
        return None
    return math.log1p(reviews) / math.log1p(max(top_reviews, reviews))


def read_row(
    line: int, row: Mapping[str, Any], top_reviews: int, prominence: Mapping[str, float]
) -> SourceRow:
    """Turn a row of the file into a record; report and leave out values that make no sense."""
    problems: list[RowProblem] = []
    row_id = str(row["ID"])

    def take(column: str, parse: Callable[[Any], Any], default: Any = ()) -> Any:
        try:
            return parse(row[column])
        except ValueError as error:
            problem = RowProblem(line, row_id, column, str(row[column])[:200], str(error))
            problems.append(problem)
            return default

    def take_people(column: str) -> tuple[str, ...]:
        people: tuple[str, ...] = take(column, parse_people)
        for stray in find_strays(row[column]):
            problems.append(RowProblem(line, row_id, column, stray, "not a person"))
        return people

    certificate = take("Rating", parse_certificate, "")
    imdb = take("imdbID", parse_imdb, "")
    cast = sorted(take_people("Cast"), key=lambda name: (-prominence[name], name))
    fields = {
        "ids": {ExternalId.Source.OMDB: row_id} | ({ExternalId.Source.IMDB: imdb} if imdb else {}),
        "name": row["Title"],
        "year": take("Year", parse_year, None),
        "runtime_min": take("Runtime", parse_runtime, None),
        "certificate": certificate,
        "age_min": AGES.get(certificate),
        "languages": take("Language", parse_languages),
        "countries": take("Country", parse_countries),
        "popularity": scale_reviews(row["Reviews"], top_reviews),
        "genres": take("Genre", parse_genres),
        "directors": take_people("Director"),
        "writers": take_people("Writer"),
        "cast": tuple(cast),
    }
    return make_row(line, row_id, fields, problems, COLUMN_OF_FIELD)


def parse_certificate(value: Any) -> str:
    certificate = str(value or "").strip()
    if certificate and certificate not in AGES:
        raise ValueError(f"unknown certificate; known are {', '.join(AGES)}")
    return certificate


def parse_imdb(value: Any) -> str:
    if not re.fullmatch(r"tt\d{7,9}", str(value or "")):
        raise ValueError("not an IMDb id, which is tt and 7 to 9 digits")
    return str(value)
