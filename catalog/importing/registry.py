"""The sources that read a file, by the name under which people ask for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from catalog.importing.base import SourceUnavailable
from catalog.importing.column_map import ColumnMap
from catalog.importing.filesource import FileSource
from catalog.importing.generic import GenericFile
from catalog.importing.imdb_top import ImdbTop
from catalog.importing.movielens import MovieLens
from catalog.importing.netflix_titles import NetflixTitles
from catalog.importing.tmdb import Tmdb

GENERIC = "generic"
FILE_SOURCES: dict[str, tuple[Callable[[Path], FileSource], str]] = {
    NetflixTitles.name: (NetflixTitles, "Netflix titles (CSV)"),
    Tmdb.name: (Tmdb, "TMDB (CSV, JSON, JSON Lines, or a zip of one)"),
    MovieLens.name: (MovieLens, "MovieLens (zip of a release, movies.csv, or parquet)"),
    ImdbTop.name: (ImdbTop, "IMDb top 1000 (CSV)"),
    GENERIC: (GenericFile, "Any other file, with a column map (CSV, JSON, JSON Lines, parquet)"),
}
# Names that a generic file must not take: their titles and tags belong to others.
RESERVED = frozenset({*FILE_SOURCES, "omdb-sample", "starter", "editor"} - {GENERIC})


def make_source(name: str, path: Path, column_map: ColumnMap | None = None) -> FileSource:
    """Return the source `name` reading `path`.

    Raises:
        SourceUnavailable: the file can't be read, or the map does not belong to this source.
    """
    if name not in FILE_SOURCES:
        known = ", ".join(FILE_SOURCES)
        raise SourceUnavailable(f"There is no source {name!r}. There are {known}.")
    if column_map is None:
        return FILE_SOURCES[name][0](path)
    if name != GENERIC:
        raise SourceUnavailable(f"Only the source {GENERIC} takes a column map.")
    if column_map.source in RESERVED:
        raise SourceUnavailable(f"The map names another source: {column_map.source}. Rename it.")
    return GenericFile(path, column_map)
