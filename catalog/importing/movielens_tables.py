"""What lies beside MovieLens's titles: links, viewers' tags and ratings, by title.

Kept in a temporary database on disk: the largest release has 33 million ratings and 2 million
tags, more than belongs in memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from catalog.importing.cells import parse_number
from catalog.importing.files import RowsFile, read_rows
from catalog.importing.ids import parse_id, parse_imdb

_SCHEMA = """
CREATE TABLE links (movie INTEGER PRIMARY KEY, imdb TEXT, tmdb TEXT);
CREATE TABLE tags (movie INTEGER, tag TEXT, viewers INTEGER, PRIMARY KEY (movie, tag))
    WITHOUT ROWID;
CREATE TABLE ratings (movie INTEGER PRIMARY KEY, n INTEGER);
"""
MAX_TAG_CHARS = 60
CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Links:
    """A title's ids elsewhere; empty if unknown."""

    imdb: str = ""
    tmdb: str = ""


class SideTables:
    """Read once, then asked title by title. Rows without a usable movieId count for nothing."""

    def __init__(self, files: Mapping[str, RowsFile], *, min_taggers: int) -> None:
        # An empty name: a file that SQLite keeps on disk and removes by itself.
        self.database = sqlite3.connect("")
        self.database.executescript(_SCHEMA)
        self.min_taggers = min_taggers
        if "links.csv" in files:
            self._fill("INSERT OR IGNORE INTO links VALUES (?, ?, ?)", _links(files["links.csv"]))
        if "tags.csv" in files:
            # A viewer gives a title a tag only once: rows are viewers.
            self._fill(
                "INSERT INTO tags VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET viewers = viewers + 1",
                _tags(files["tags.csv"]),
            )
        ratings = files.get("ratings.parquet") or files.get("ratings.csv")
        if ratings:
            self._fill(
                "INSERT INTO ratings VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1",
                ((movie,) for movie, _ in _of_movies(ratings)),
            )
        self.top_ratings = int(
            self.database.execute("SELECT coalesce(max(n), 0) FROM ratings").fetchone()[0]
        )

    def links(self, movie_id: int) -> Links:
        found = self.database.execute("SELECT imdb, tmdb FROM links WHERE movie = ?", [movie_id])
        return Links(*(found.fetchone() or ()))

    def tags(self, movie_id: int) -> list[str]:
        """Return what enough viewers called the title, the most agreed first."""
        found = self.database.execute(
            "SELECT tag FROM tags WHERE movie = ? AND viewers >= ? ORDER BY viewers DESC, tag",
            [movie_id, self.min_taggers],
        )
        return [tag for (tag,) in found]

    def ratings(self, movie_id: int) -> int:
        found = self.database.execute("SELECT n FROM ratings WHERE movie = ?", [movie_id])
        return int((found.fetchone() or (0,))[0])

    def _fill(self, statement: str, rows: Iterator[tuple[object, ...]]) -> None:
        with self.database:
            while chunk := list(islice(rows, CHUNK)):
                self.database.executemany(statement, chunk)


def _of_movies(file: RowsFile) -> Iterator[tuple[int, Mapping[str, object]]]:
    for row in read_rows(file):
        try:
            movie = parse_number(row.get("movieId"))
        except ValueError:
            continue
        if movie:
            yield movie, row


def _links(file: RowsFile) -> Iterator[tuple[object, ...]]:
    for movie, row in _of_movies(file):
        try:
            yield movie, parse_imdb(row.get("imdbId")), parse_id(row.get("tmdbId"))
        except ValueError:
            continue


def _tags(file: RowsFile) -> Iterator[tuple[object, ...]]:
    for movie, row in _of_movies(file):
        tag = " ".join(str(row.get("tag") or "").split()).lower()
        if 0 < len(tag) <= MAX_TAG_CHARS:
            yield movie, tag
