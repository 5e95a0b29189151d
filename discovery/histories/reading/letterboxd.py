"""Letterboxd: the export's zip, or its ratings or diary alone. Stars are out of five.

    watched.csv      Date,Name,Year,Letterboxd URI
    ratings.csv      Date,Name,Year,Letterboxd URI,Rating
    diary.csv        Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date
    likes/films.csv  Date,Name,Year,Letterboxd URI

The watchlist is no history, and what is in `deleted/` and `orphaned/` was taken back: both are
left alone, and so are lists and reviews.
"""

from __future__ import annotations

from datetime import datetime

from discovery.histories.reading.archives import Archive
from discovery.histories.reading.base import (
    Reading,
    UnusableFile,
    Watched,
    clean_name,
    read_day,
    read_rating,
    read_year,
)
from discovery.histories.reading.tables import Row, Table, read_table
from discovery.models import HistoryImport

COLUMNS = ("name", "year", "letterboxd uri")
LIKES = "likes/films.csv"
# The diary comes after the ratings: its days are those of watching.
MEMBERS = ("watched.csv", "ratings.csv", "diary.csv", LIKES)


def recognises(table: Table) -> bool:
    return table.has(*COLUMNS)


def recognises_archive(archive: Archive) -> bool:
    paths = archive.paths()
    return any(p in paths and recognises(read_table(archive.opener(p))) for p in MEMBERS)


def read(table: Table) -> Reading:
    """Read a single CSV file of the export.

    Raises:
        UnusableFile: it could be the watchlist, whose columns are those of what was watched.
    """
    if not (table.has("rating") or table.has("watched date")):
        raise UnusableFile(
            "This file alone doesn't say whether you have watched these or want to. Upload the "
            "whole zip that Letterboxd made."
        )
    reading = Reading(HistoryImport.Source.LETTERBOXD)
    _read_table(table, reading, liked=False)
    return reading


def read_archive(archive: Archive) -> Reading:
    """Read the four files of the export that say what was watched and liked."""
    reading = Reading(HistoryImport.Source.LETTERBOXD)
    present = [path for path in MEMBERS if path in archive.paths()]
    for path in present:
        table = read_table(archive.opener(path))
        if recognises(table):
            _read_table(table, reading, liked=path == LIKES)
    return reading


def _read_table(table: Table, reading: Reading, *, liked: bool) -> None:
    for line, row in table.rows(reading):
        name = clean_name(row["name"])
        if not name:
            reading.skip(line, "Name", "no name")
            continue
        column = "Year"
        try:
            year = read_year(row["year"])
            column = "Rating"
            rating = read_rating(row.get("rating", ""), scale=5)
            column = "Date"
            at = _time_of(row)
        except ValueError as error:
            reading.skip(line, column, str(error))
            continue
        watched = Watched(name, year=year, rating=rating, liked=liked, watched_at=at)
        reading.add((name.casefold(), year), watched)


def _time_of(row: Row) -> datetime | None:
    """Return the day of watching if the diary says it, else that of the entry."""
    return read_day(row.get("watched date", "")) or read_day(row.get("date", ""))
