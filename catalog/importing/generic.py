"""Anybody's file of titles: CSV, JSON, JSON Lines or parquet, with a map of its columns.

Without a map the names of the columns are guessed, and the guess is shown before anything is
imported. Ids of the file's own are kept under the name of its source, so that two files of
different owners may both have a title number 12.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from catalog.importing.base import USUAL, SourceRow, SourceUnavailable
from catalog.importing.cellreader import MAX_CAST, CellReader, year_of_date
from catalog.importing.cells import parse_number, parse_runtime
from catalog.importing.certificates import youngest_age
from catalog.importing.column_map import ColumnMap, guess_map
from catalog.importing.files import Row, read_rows
from catalog.importing.filesource import FileSource, digest_files
from catalog.importing.ids import parse_id, parse_imdb
from catalog.importing.languages import country_name, language_name
from catalog.importing.lists import split_list
from catalog.models import ExternalId, Title
from catalog.text import canonical_genres

_MINUTES = re.compile(r"(\d+(?:\.0)?) ?(?:m|min|mins|minutes)?\.?", re.IGNORECASE)
_HOURS = re.compile(r"(\d+) ?h(?: ?(\d+) ?m(?:in)?)?", re.IGNORECASE)
_KINDS = {
    **dict.fromkeys(("film", "movie", "tv movie", "tvmovie", "feature", "video"), Title.Kind.FILM),
    **dict.fromkeys(
        ("series", "tv", "tv show", "show", "tv series", "tvseries", "miniseries",
         "tv mini series", "tvminiseries"),
        Title.Kind.SERIES,
    ),
}  # fmt: skip
_ID_FIELDS: dict[str, tuple[ExternalId.Source, Callable[[Any], str]]] = {
    "imdb": (ExternalId.Source.IMDB, parse_imdb),
    "tmdb": (ExternalId.Source.TMDB, parse_id),
    "tmdb_tv": (ExternalId.Source.TMDB_TV, parse_id),
    "movielens": (ExternalId.Source.MOVIELENS, parse_id),
}
MAX_OWN_ID_CHARS = 40


class GenericFile(FileSource):
    """One row a title. The first id that is mapped is the key: the file's own, imdb, tmdb, ..."""

    def __init__(self, path: Path, column_map: ColumnMap | None = None) -> None:
        super().__init__(path)
        self.map = column_map or guess_map(self.header())
        self.name = self.map.source
        self.votes_column = self.map.columns.get("votes", "")
        self.key = self._key()

    def _key(self) -> ExternalId.Source | None:
        if "id" in self.map.columns:
            return ExternalId.Source.OTHER
        mapped = (source for field, (source, _) in _ID_FIELDS.items() if field in self.map.columns)
        return next(mapped, None)

    def header(self) -> list[str]:
        """Return the columns of the first row."""
        with closing(read_rows(self.file)) as rows:
            first = next(rows, None)
        if first is None:
            raise SourceUnavailable(f"{self.path.name} has no rows.")
        return [str(column) for column in first]

    def authority(self, field: str) -> int:
        return USUAL

    def digest(self) -> str:
        salt = f"generic:{self.importer_version}:{self.map.model_dump_json()}"
        return digest_files([self.path], salt)

    def check_columns(self, cells: Row) -> None:
        missing = sorted(set(self.map.columns.values()) - cells.keys())
        # Objects of JSON leave out what they have no value for.
        if missing and (self.file.form in {"csv", "parquet"} or self.column("name") in missing):
            raise SourceUnavailable(
                f"{self.file.name} has no column {', '.join(missing)}, which the map names. "
                f"It has {', '.join(map(str, list(cells)[:30]))}."
            )

    def column(self, field: str) -> str:
        return self.map.columns.get(field, "")

    def read_row(self, line: int, cells: Row) -> SourceRow:
        row = self.reader(line, self.row_name(cells), cells)
        certificate = row.certificate(self.column("certificate"))
        age_min = row.take(self.column("age_min"), parse_number, None)
        fields = {
            "ids": self.read_ids(row),
            "kind": row.take_once(self.column("kind"), self.parse_kind, self.map.kind),
            "name": row.text(self.column("name")),
            "year": row.take(self.column("year"), year_of_date, None),
            "runtime_min": row.take(self.column("runtime_min"), parse_duration, None),
            "synopsis": row.text(self.column("synopsis")),
            "certificate": certificate,
            "age_min": youngest_age(certificate) if age_min is None else age_min,
            "languages": self.read_names(row, "languages", language_name),
            "countries": self.read_names(row, "countries", country_name),
            "popularity": self.read_popularity(row),
            "genres": row.terms(self.column("genres"), self.read_genres(row)),
            "tags": dict.fromkeys(row.tags(self.column("tags"), self.listed(row, "tags")), 1),
        } | {
            field: row.people(self.column(field), self.listed(row, field))[:MAX_CAST]
            for field in ("directors", "creators", "writers", "cast")
        }
        return row.row(fields, dict(self.map.columns))

    def row_name(self, cells: Row) -> str:
        own = next((f for f in ("id", *_ID_FIELDS) if f in self.map.columns), "name")
        return str(cells.get(self.column(own)) or cells.get(self.column("name")) or "")

    def read_ids(self, row: CellReader) -> dict[ExternalId.Source, str]:
        ids: dict[ExternalId.Source, str] = {}
        if own := row.text(self.column("id")):
            named = f"{self.name}:{own}"
            if len(named) <= MAX_OWN_ID_CHARS:
                ids[ExternalId.Source.OTHER] = named
            else:
                row.report(self.column("id"), own, "an id of too many characters")
        for field, (source, parse) in _ID_FIELDS.items():
            if value := row.take(self.column(field), parse, ""):
                ids[source] = value
        return ids

    def parse_kind(self, value: Any) -> Title.Kind:
        text = str(value or "").strip().lower()
        if text and text not in _KINDS:
            raise ValueError(f"neither film nor series: taken as {self.map.kind}")
        return _KINDS.get(text, self.map.kind)

    def listed(self, row: CellReader, field: str) -> list[str]:
        def split(value: Any) -> list[str]:
            return split_list(value, separator=self.map.separator)

        return row.take(self.column(field), split, [])

    def read_genres(self, row: CellReader) -> list[str]:
        return [genre for name in self.listed(row, "genres") for genre in canonical_genres(name)]

    def read_names(
        self, row: CellReader, field: str, named: Callable[[Any], str]
    ) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for value in self.listed(row, field):
            try:
                names[named(value)] = None
            except ValueError as error:
                row.report_once(self.column(field), value, str(error))
        return row.terms(self.column(field), filter(None, names))

    def read_popularity(self, row: CellReader) -> float | None:
        if self.votes_column:
            return self.popularity(row.cells)
        return row.take(self.column("popularity"), parse_share, None)


def parse_duration(value: Any) -> int | None:
    """Return the minutes of 90, "90 min" or "1h 30m"; None for 0 and for an empty cell."""
    text = str(value if value is not None else "").strip()
    if not text or text == "0":
        return None
    if hours := _HOURS.fullmatch(text):
        return parse_runtime(int(hours[1]) * 60 + int(hours[2] or 0))
    minutes = _MINUTES.fullmatch(text)
    if not minutes:
        raise ValueError('not minutes such as 90, "90 min" or "1h 30m"')
    return parse_runtime(minutes[1])


def parse_share(value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        share = float(value)
    except (TypeError, ValueError):
        raise ValueError("not a number") from None
    if not 0 <= share <= 1:
        raise ValueError("not between 0 and 1")
    return share
