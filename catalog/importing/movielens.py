"""MovieLens: a folder or zip with movies.csv, or titles as parquet, and what lies beside them.

- `movies.csv` (movieId, title, genres), or a parquet or CSV file of titles that also has ids,
  overview, keywords, ml_tags (viewers' words), director and cast_top3, as some prepare it;
- `links.csv` (movieId, imdbId, tmdbId): ids elsewhere;
- `tags.csv` (userId, movieId, tag): a word is taken when several viewers gave it;
- `ratings.csv` or `ratings.parquet`: how many ratings a title has is its popularity.

All but the titles may be missing. Known oddities: the article stands last ("Matrix, The (1999)"),
the year is in the title, IMDb ids are numbers. Series and films are not told apart: this source
never changes a title's kind.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from catalog.importing.archives import is_zip
from catalog.importing.base import FILLS_GAPS, USUAL, SourceRow, SourceUnavailable
from catalog.importing.cellreader import CellReader
from catalog.importing.cells import parse_number, parse_year
from catalog.importing.files import Row, RowsFile, find_files
from catalog.importing.filesource import FileSource, digest_files, scale_votes
from catalog.importing.ids import parse_id, parse_imdb
from catalog.importing.lists import split_list
from catalog.importing.movielens_tables import SideTables
from catalog.importing.tmdb import read_genres
from catalog.models import ExternalId
from catalog.titlefile import spoken_title

# As many viewers have to give a tag before it says something of the title.
MIN_TAGGERS = 2
TITLES = ("titles.parquet", "movies.parquet", "titles.csv", "movies.csv")
SIDE_FILES = ("links.csv", "tags.csv", "ratings.csv", "ratings.parquet")
_YEAR = re.compile(r"\((\d{4})\)\s*$")
_COLUMNS = {"name": "title", "synopsis": "overview"}


class MovieLens(FileSource):
    """One row a title; movieId is the key."""

    name = "movielens"
    importer_version = 2
    key = ExternalId.Source.MOVIELENS
    required = (("movieId",), ("title",))
    looks_like = "file of MovieLens titles"

    def find(self, path: Path) -> RowsFile:
        """Return the file of titles, and note those beside it in `side_files`."""
        # A file named on its own brings its neighbours: links.csv lies beside movies.csv.
        alone = path.is_file() and not is_zip(path)
        present = {file.name: file for file in find_files(path.parent if alone else path)}
        self.side_files = {name: present[name] for name in SIDE_FILES if name in present}
        if alone:
            return find_files(path)[0]
        for name in TITLES:
            if name in present:
                return present[name]
        raise SourceUnavailable(f"{path.name} has none of {', '.join(TITLES)}.")

    def authority(self, field: str) -> int:
        return FILLS_GAPS if field == "kind" else USUAL

    def digest(self) -> str:
        files = {self.file.path, *(file.path for file in self.side_files.values())}
        return digest_files(sorted(files), f"{self.name}:{self.importer_version}:{self.file.name}")

    @cached_property
    def tables(self) -> SideTables:
        return SideTables(self.side_files, min_taggers=MIN_TAGGERS)

    def sample(self, limit: int) -> tuple[list[SourceRow], list[str]]:
        """Leave out the millions of ratings, which only tell popularity."""
        files = {name: file for name, file in self.side_files.items() if "ratings" not in name}
        self.__dict__["tables"] = SideTables(files, min_taggers=MIN_TAGGERS)
        try:
            return super().sample(limit)
        finally:
            del self.__dict__["tables"]

    def read_row(self, line: int, cells: Row) -> SourceRow:
        row = self.reader(line, cells.get("movieId"), cells)
        movie_id = row.take("movieId", parse_number, None)
        if movie_id is None or movie_id <= 0:
            return row.skip("movieId", cells.get("movieId"), "no id")
        title = row.text("title")
        keywords = row.take("keywords", split_list, [])
        # tags.csv says how many agree; a column of tags is taken as it is.
        tags = self.tables.tags(movie_id) or row.take("ml_tags", read_tags, [])
        fields = {
            "ids": {ExternalId.Source.MOVIELENS: str(movie_id)} | self.read_ids(row, movie_id),
            "name": spoken_title(title) if title else "",
            "year": read_year(row, title),
            "synopsis": row.text("overview"),
            "popularity": scale_votes(self.tables.ratings(movie_id), self.tables.top_ratings),
            "genres": row.terms("genres", row.take("genres", read_genres, ())),
            "tags": dict.fromkeys(row.tags("keywords", [*tags, *keywords]), 1),
            "directors": row.people("director", row.take("director", split_list, [])),
            "cast": row.people("cast_top3", row.take("cast_top3", split_list, [])),
        }
        return row.row(fields, _COLUMNS)

    def read_ids(self, row: CellReader, movie_id: int) -> dict[ExternalId.Source, str]:
        """Return the ids elsewhere: those of links.csv, else those in the row."""
        linked = self.tables.links(movie_id)
        imdb = linked.imdb or row.take("imdbId", parse_imdb, "")
        tmdb = linked.tmdb or row.take("tmdbId", parse_id, "")
        ids = {ExternalId.Source.IMDB: imdb, ExternalId.Source.TMDB: tmdb}
        return {source: value for source, value in ids.items() if value}


def read_tags(value: object) -> list[str]:
    """Return the tags of a cell: between "|" only, for a tag may have a comma."""
    return split_list(value, separator="|")


def read_year(row: CellReader, title: str) -> int | None:
    """Return the year of its own column, else the one in brackets at the end of the title."""
    year = row.take("year", parse_year, None)
    in_title = _YEAR.search(title)
    return year or (parse_known_year(in_title[1]) if in_title else None)


def parse_known_year(text: str) -> int | None:
    try:
        return parse_year(text)
    except ValueError:
        # A number in brackets that is no year belongs to the title.
        return None
