"""Read titles from a parquet file with MovieLens ids, for training and evaluation.

Columns: movieId, title ("Matrix, The (1999)"), year, imdbId (a number), and, "|"-separated,
genres, keywords, ml_tags, director, cast_top3; overview. Absent columns count as unknown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.facts import TitleFacts
from catalog.text import canonical_genres

_PARENTHESES = re.compile(r"\s*\([^)]*\)")
_ARTICLE_LAST = re.compile(
    r"^(?P<rest>.*), (?P<article>The|A|An|Le|La|Les|L'|Il|Lo|El|Los|Las|Der|Die|Das|Un|Une)$"
)


class TitleFileError(Exception):
    """The file can't be read as titles. The message says why."""


@dataclass(frozen=True, slots=True)
class FileTitle:
    """One row. `imdb` is empty where the file has none."""

    movie_id: int
    imdb: str
    facts: TitleFacts


def read_titles(path: Path) -> list[FileTitle]:
    """Return every title of the file, in its order.

    Raises:
        TitleFileError: pyarrow or the file is missing, or a row has no id or no title.
    """
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise TitleFileError(
            "Reading parquet needs pyarrow, a development dependency: pip install pyarrow"
        ) from error
    if not path.is_file():
        raise TitleFileError(f"There is no file {path}.")
    return list(_parse_rows(parquet.read_table(path).to_pylist()))


def _parse_rows(rows: list[dict[str, Any]]) -> Iterator[FileTitle]:
    for line, row in enumerate(rows, start=1):
        if row.get("movieId") is None or not row.get("title"):
            raise TitleFileError(f"Row {line} has no movieId or no title.")
        movie_id = int(row["movieId"])
        imdb = _number(row.get("imdbId"))
        yield FileTitle(
            movie_id=movie_id,
            imdb=f"tt{imdb:07d}" if imdb else "",
            facts=_parse_facts(movie_id, row),
        )


def _parse_facts(movie_id: int, row: dict[str, Any]) -> TitleFacts:
    genres = (genre for name in _parts(row.get("genres")) for genre in canonical_genres(name))
    return TitleFacts(
        title_id=movie_id,
        kind="film",
        name=spoken_title(row["title"]),
        year=_number(row.get("year")),
        runtime_min=None,
        genres=tuple(dict.fromkeys(genres)),
        directors=_parts(row.get("director")),
        cast=_parts(row.get("cast_top3")),
        # Viewers' words first: the list is cut, and they say more of the mood than keywords.
        tags=tuple(dict.fromkeys(_parts(row.get("ml_tags")) + _parts(row.get("keywords")))),
        synopsis=row.get("overview") or "",
    )


def spoken_title(title: str) -> str:
    """Return a MovieLens title as people say it: "Matrix, The (1999)" is "The Matrix"."""
    name = _PARENTHESES.sub("", title).strip() or title.strip()
    moved = _ARTICLE_LAST.match(name)
    if not moved:
        return name
    article = moved["article"]
    return f"{article}{'' if article.endswith(chr(39)) else ' '}{moved['rest']}"


def _parts(value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (value or "").split("|") if part.strip())


def _number(value: float | None) -> int | None:
    return None if value is None or math.isnan(value) else int(value)
