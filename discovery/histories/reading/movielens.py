"""MovieLens ratings: a CSV, or a zip with the films' names and ids beside it. Five stars at most.

    userId,movieId,rating,timestamp                          a data set: may hold many users
    movie_id,imdb_id,tmdb_id,rating,average_rating,title     a viewer's own export

A data set's `movies.csv` and `links.csv` say what its numbers mean; without them only a catalogue
that knows MovieLens ids can match them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from catalog.models import ExternalId, Title
from discovery.histories.reading.archives import Archive
from discovery.histories.reading.base import (
    OutsideId,
    Reading,
    UnusableFile,
    Watched,
    clean_name,
    imdb_id,
    number_id,
    read_rating,
)
from discovery.histories.reading.tables import Row, Table, read_table
from discovery.models import HistoryImport

RATINGS = "ratings.csv"
MOVIES = "movies.csv"
LINKS = "links.csv"
MAX_USERS_NAMED = 5
# Beyond, a time in seconds is none: the year 2100.
MAX_TIMESTAMP = 4_102_444_800
_NAME = re.compile(r"(?P<name>.+?)\s*\((?P<year>\d{4})\)\s*")
_ARTICLE_LAST = re.compile(
    r"(?P<name>.+), (?P<article>The|A|An|Les?|La|Il|El|Los|Las|Das|Der|Die|Den|Det|L')", re.I
)


def recognises(table: Table) -> bool:
    return table.has("userid", "movieid", "rating") or table.has("movie_id", "rating", "title")


def recognises_archive(archive: Archive) -> bool:
    return RATINGS in archive.paths() and recognises(read_table(archive.opener(RATINGS)))


def read(table: Table, *, user: int | None) -> Reading:
    """Read a CSV file alone.

    Raises:
        UnusableFile: it holds several users' ratings and `user` doesn't say whose, or none of his.
    """
    reading = Reading(HistoryImport.Source.MOVIELENS)
    if table.has("movie_id"):
        for line, row in table.rows(reading):
            _read_own(reading, line, row)
    else:
        _read_data_set(reading, table, user, {}, {})
    return reading


def read_archive(archive: Archive, *, user: int | None) -> Reading:
    """Read a data set's ratings, with names and ids from beside them."""
    reading = Reading(HistoryImport.Source.MOVIELENS)
    names, links = _rows_by_id(archive, MOVIES), _rows_by_id(archive, LINKS)
    _read_data_set(reading, read_table(archive.opener(RATINGS)), user, names, links)
    return reading


def split_name(text: str) -> tuple[str, int | None]:
    """Return name and year of "Matrix, The (1999)": "The Matrix", 1999."""
    match = _NAME.fullmatch(text)
    name, year = (match["name"], int(match["year"])) if match else (text, None)
    # "Seven (a.k.a. Se7en)": what is in brackets are other names.
    name = re.sub(r"\s*\([^)]*\)$", "", name) or name
    if turned := _ARTICLE_LAST.fullmatch(name):
        gap = "" if turned["article"].endswith("'") else " "
        name = f"{turned['article']}{gap}{turned['name']}"
    return name, year


def _read_own(reading: Reading, line: int, row: Row) -> None:
    name, year = split_name(clean_name(row["title"]))
    ids = _ids_of(row["movie_id"], row.get("imdb_id", ""), row.get("tmdb_id", ""))
    if not name:
        reading.skip(line, "title", "no title")
        return
    try:
        rating = read_rating(row["rating"], scale=5)
    except ValueError as error:
        reading.skip(line, "rating", str(error))
        return
    watched = Watched(name, year, Title.Kind.FILM, ids, rating)
    reading.add(ids or (name.casefold(), year), watched)


def _read_data_set(
    reading: Reading,
    table: Table,
    user: int | None,
    names: Mapping[str, Row],
    links: Mapping[str, Row],
) -> None:
    wanted = _whose(table, user)
    others = 0
    for line, row in table.rows(reading):
        if row["userid"].strip() != wanted:
            others += 1
            continue
        _read_rating(reading, line, row, names, links)
    # What others rated is no part of this history.
    reading.rows -= others


def _read_rating(
    reading: Reading, line: int, row: Row, names: Mapping[str, Row], links: Mapping[str, Row]
) -> None:
    number = row["movieid"].strip()
    link = links.get(number, {})
    ids = _ids_of(number, link.get("imdbid", ""), link.get("tmdbid", ""))
    if not ids:
        reading.skip(line, "movieId", "not a number")
        return
    column = "rating"
    try:
        rating = read_rating(row["rating"], scale=5)
        column = "timestamp"
        at = _time_of(row.get("timestamp", ""))
    except ValueError as error:
        reading.skip(line, column, str(error))
        return
    name, year = split_name(clean_name(names.get(number, {}).get("title", "")))
    name = name or f"MovieLens film {number}"
    reading.add(number, Watched(name, year, Title.Kind.FILM, ids, rating, watched_at=at))


def _whose(table: Table, user: int | None) -> str:
    """Return the user whose ratings to take: the one asked for, else the only one."""
    seen: dict[str, None] = {}
    # A reading of its own: these rows are counted when they are read for good.
    for _, row in table.rows(Reading(HistoryImport.Source.MOVIELENS)):
        seen.setdefault(row["userid"].strip())
    if user is not None:
        if str(user) not in seen:
            raise UnusableFile(
                f"No rating in this file is by user {user}. Its users are {_some(list(seen))}."
            )
        return str(user)
    if len(seen) > 1:
        raise UnusableFile(
            f"This file holds ratings of {len(seen):,} users ({_some(list(seen))}). Type the "
            "number of the one to take under “MovieLens user” and upload it again."
        )
    return next(iter(seen), "")


def _some(users: list[str]) -> str:
    named = ", ".join(user[:12] for user in users[:MAX_USERS_NAMED])
    return f"{named}, …" if len(users) > MAX_USERS_NAMED else named


def _rows_by_id(archive: Archive, path: str) -> dict[str, Row]:
    """Return the rows of a file beside the ratings, by the film's number; none without it."""
    if path not in archive.paths():
        return {}
    table = read_table(archive.opener(path))
    rows = table.rows(Reading(HistoryImport.Source.MOVIELENS))
    return {row["movieid"].strip(): row for _, row in rows} if table.has("movieid") else {}


def _ids_of(movielens: str, imdb: str, tmdb: str) -> tuple[OutsideId, ...]:
    # links.csv writes IMDb's numbers without "tt", and without leading zeros at times.
    bare = imdb.strip()
    found = bare if bare.startswith("tt") else f"tt{bare.zfill(7)}" if bare else ""
    return (
        *imdb_id(found),
        *number_id(ExternalId.Source.TMDB, tmdb.strip().removesuffix(".0")),
        *number_id(ExternalId.Source.MOVIELENS, movielens),
    )


def _time_of(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError("not a time in seconds since 1970") from None
    if not math.isfinite(seconds) or not 0 <= seconds <= MAX_TIMESTAMP:
        raise ValueError("not a time in seconds since 1970")
    return datetime.fromtimestamp(seconds, tz=UTC)
