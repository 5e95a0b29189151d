"""Which column of somebody's file holds which field: a map that is given, or guessed.

A map is JSON: `{"source": "arthouse", "kind": "film", "separator": ";", "columns": {"name":
"Titel", "year": "Jahr"}}`. Only `columns` is needed, and in it `name`; `source` names the file's
owner in the catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from catalog.importing.base import SourceUnavailable
from catalog.models import Title
from catalog.text import fold

# Field: names under which a column is recognised, folded, the likeliest first.
GUESSES: dict[str, tuple[str, ...]] = {
    "id": ("id", "key", "item id", "title id", "sku"),
    "imdb": ("imdb", "imdb id", "imdbid", "tconst", "const"),
    "tmdb": ("tmdb", "tmdb id", "tmdbid"),
    "tmdb_tv": ("tmdb tv", "tmdb tv id"),
    "movielens": ("movielens", "movielens id", "movieid", "movie id"),
    "name": ("title", "name", "series title", "movie title", "primary title", "primarytitle"),
    "kind": ("kind", "type", "media type", "show type", "title type", "titletype"),
    "year": (
        "year", "release year", "released year", "start year", "startyear", "release date",
        "released", "date", "first air date",
    ),
    "runtime_min": (
        "runtime", "runtime min", "runtime minutes", "runtimeminutes", "duration",
        "duration minutes", "minutes", "length",
    ),
    "synopsis": ("synopsis", "overview", "description", "plot", "summary", "logline", "storyline"),
    "certificate": ("certificate", "certification", "rated", "mpaa", "age rating"),
    "age_min": ("age min", "minimum age", "youngest age", "audience age"),
    "languages": ("languages", "language", "original language", "spoken languages"),
    "countries": ("countries", "country", "production countries", "origin country"),
    "genres": ("genres", "genre", "categories", "category", "listed in"),
    "directors": ("directors", "director", "directed by"),
    "creators": ("creators", "creator", "created by"),
    "writers": ("writers", "writer", "written by", "screenplay"),
    "cast": ("cast", "actors", "stars", "top cast", "starring"),
    "tags": ("tags", "keywords", "keyword", "vibes", "moods"),
    "popularity": ("popularity share",),
    "votes": ("votes", "vote count", "numvotes", "no of votes", "ratings count", "views"),
}  # fmt: skip
MAX_MAP_BYTES = 100_000
_SourceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,20}$")]


class ColumnMap(BaseModel):
    """What the generic source is told of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: _SourceName = "generic"
    kind: Title.Kind = Title.Kind.FILM
    separator: Annotated[str, Field(max_length=3)] = ""
    columns: Mapping[str, Annotated[str, Field(min_length=1, max_length=200)]]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if unknown := sorted(self.columns.keys() - GUESSES.keys()):
            known = ", ".join(GUESSES)
            raise ValueError(f"no such field: {', '.join(unknown)}. There are {known}")
        if "name" not in self.columns:
            raise ValueError("no column for name, the title")
        return self


def parse_map(text: str | bytes) -> ColumnMap:
    """Read a map. Raises SourceUnavailable with what is wrong in it."""
    if len(text) > MAX_MAP_BYTES:
        raise SourceUnavailable("The column map is too large to be one.")
    try:
        return ColumnMap.model_validate(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise SourceUnavailable(f"The column map can't be used: {_reasons(error)}.") from error


def read_map(path: Path) -> ColumnMap:
    try:
        return parse_map(path.read_bytes())
    except OSError as error:
        raise SourceUnavailable(f"The column map can't be read: {error}.") from error


def guess_map(header: Iterable[str], *, source: str = "generic") -> ColumnMap:
    """Return the map that the names of the columns suggest.

    Raises:
        SourceUnavailable: no column looks like a title.
    """
    by_key: dict[str, str] = {}
    for column in header:
        by_key.setdefault(fold(column), column)
    columns = {
        field: next(by_key[name] for name in names if name in by_key)
        for field, names in GUESSES.items()
        if any(name in by_key for name in names)
    }
    if "name" not in columns:
        raise SourceUnavailable(
            f"None of the columns looks like a title: {', '.join(list(by_key.values())[:20])}. "
            "Give a column map (docs/importing.md)."
        )
    return ColumnMap(source=source, columns=columns)


def _reasons(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'map'}: {item['msg']}" for item in error.errors()
        )
    return str(error)
