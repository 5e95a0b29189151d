"""Trakt: JSON lists of history, ratings and watched titles, alone or together in a zip.

    [{"watched_at": ..., "type": "movie", "movie": {"title", "year", "ids": {"imdb", "tmdb"}}}]
    [{"rated_at": ..., "rating": 8, "type": "show", "show": {...}}]
    [{"plays": 3, "last_watched_at": ..., "show": {...}, "seasons": [...]}]

An object of such lists ({"movies": [...], "shows": [...]}) will do as well. Episodes become their
show, once. The watchlist and the collection are no history and are left alone.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import ijson

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
    read_year,
)
from discovery.histories.reading.tables import NOT_UTF8, OpenBinary
from discovery.models import HistoryImport

# A long-running show lists some thousand episodes in its entry.
MAX_EVENTS_PER_ENTRY = 200_000
MAX_DEPTH = 12
_ENTRY = re.compile(r"(?:[^.]+\.)?item")
_TIMES = ("watched_at", "last_watched_at", "rated_at")


def read(open_binary: OpenBinary) -> Reading:
    """Read one JSON file.

    Raises:
        UnusableFile: it is no JSON, or none of Trakt's.
    """
    reading = Reading(HistoryImport.Source.TRAKT)
    _read_file(open_binary, reading)
    if not reading.rows:
        raise UnusableFile(
            "This JSON file holds no history, ratings or watched titles of Trakt's form."
        )
    return reading


def recognises_archive(archive: Archive) -> bool:
    return any(path.lower().endswith(".json") for path in archive.paths())


def read_archive(archive: Archive) -> Reading:
    """Read every JSON file of an archive; what is in them decides, not how they are called."""
    reading = Reading(HistoryImport.Source.TRAKT)
    for path in archive.paths():
        if path.lower().endswith(".json"):
            _read_file(archive.opener(path), reading)
    if not reading.rows:
        raise UnusableFile(
            "The JSON files in this archive hold no history, ratings or watched titles of Trakt's "
            "form."
        )
    return reading


def _read_file(open_binary: OpenBinary, reading: Reading) -> None:
    for number, entry in enumerate(_entries(open_binary), start=1):
        if not any(time in entry for time in _TIMES) and "rating" not in entry:
            continue  # the watchlist, the collection, or something else of a viewer's
        reading.count_row()
        _read_entry(reading, number, entry)


def _read_entry(reading: Reading, number: int, entry: Mapping[str, Any]) -> None:
    kind = Title.Kind.FILM if "movie" in entry else Title.Kind.SERIES
    title = entry.get("movie") if "movie" in entry else entry.get("show")
    if not isinstance(title, Mapping):
        reading.skip(number, "movie or show", "neither is there")
        return
    name = clean_name(title.get("title"))
    ids = _ids_of(title.get("ids"), kind)
    if not name and not ids:
        reading.skip(number, "title", "neither a title nor an id")
        return
    # A season's or an episode's rating says little of the whole show.
    is_whole = entry.get("type", kind) not in ("season", "episode")
    column = "rating"
    try:
        rating = read_rating(entry.get("rating") if is_whole else None, scale=10)
        column = "year"
        year = read_year(title.get("year"))
        column = "time"
        at = _time_of(entry)
    except ValueError as error:
        reading.skip(number, column, str(error))
        return
    watched = Watched(name or ids[0].value, year, kind, ids, rating, watched_at=at)
    reading.add((kind, ids[0] if ids else (name.casefold(), year)), watched)


def _ids_of(ids: Any, kind: Title.Kind) -> tuple[OutsideId, ...]:
    if not isinstance(ids, Mapping):
        return ()
    tmdb = ExternalId.Source.TMDB_TV if kind == Title.Kind.SERIES else ExternalId.Source.TMDB
    return (
        *imdb_id(ids.get("imdb")),
        *number_id(tmdb, ids.get("tmdb")),
        *number_id(ExternalId.Source.TRAKT, ids.get("trakt")),
    )


def _time_of(entry: Mapping[str, Any]) -> datetime | None:
    value = next((entry[name] for name in _TIMES if entry.get(name)), None)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError("not a time such as 2024-05-31T20:15:00.000Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _entries(open_binary: OpenBinary) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of the file's lists one by one, however long the lists are."""
    with open_binary() as binary:
        try:
            yield from _objects(binary)
        except UnicodeDecodeError as error:
            raise UnusableFile(NOT_UTF8) from error
        except (ijson.JSONError, ValueError) as error:
            raise UnusableFile(
                "This JSON file is damaged or cut short. Export it again."
            ) from error


def _objects(binary: Any) -> Iterator[Mapping[str, Any]]:
    if binary.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        binary.seek(0)
    builder, start, n_events, depth = None, "", 0, 0
    for prefix, event, value in ijson.parse(binary, use_float=True):
        depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
        if depth > MAX_DEPTH:
            raise UnusableFile("This JSON file is nested too deeply to be one of Trakt's.")
        if builder is None:
            if event != "start_map" or not _ENTRY.fullmatch(prefix):
                continue
            builder, start, n_events = ijson.ObjectBuilder(), prefix, 0
        n_events += 1
        if n_events > MAX_EVENTS_PER_ENTRY:
            raise UnusableFile("One entry of this JSON file is too long to be one of Trakt's.")
        builder.event(event, value)
        if event == "end_map" and prefix == start:
            yield builder.value
            builder = None
