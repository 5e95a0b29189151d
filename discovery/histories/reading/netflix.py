"""Netflix viewing activity: a CSV of Title and Date, newest first, one row a viewing.

    Title,Date
    "Dark: Season 1: Secrets","3/14/21"

Episodes become their series, once. There is no year and no opinion: everything is "seen".
"""

from __future__ import annotations

import re
from datetime import date, datetime

from catalog.models import Title
from discovery.histories.reading.base import Reading, Watched, clean_name, start_of
from discovery.histories.reading.dates import Order, day_of, decide_order, parts_of
from discovery.histories.reading.tables import Table
from discovery.models import HistoryImport

COLUMNS = ("title", "date")

_NUMBER = r"(?:\d+|[ivx]+|one|two|three|four|five|six|seven|eight|nine|ten)"
# "Season 2" in the languages that the service writes it in: a film's name has no such part.
_SEASON = re.compile(
    r"(?:season|series|staffel|saison|temporada|stagione|seizoen|s\u00e4song|s\u00e6son|sesong|"
    rf"sezon|sezonul|kausi|\u00e9vad|limited series|mini-?series?|miniserie)(?: {_NUMBER})?"
    rf"(?: \(.*\))?|(?:\d+\. (?:staffel|s\u00e9rie|\u00e9vad|sezon))",
    re.IGNORECASE,
)
# A film may end in "Part 2"; between a name and an episode it is a season.
_SEASON_IF_EPISODE_FOLLOWS = re.compile(
    rf"(?:part|volume|vol\.|book|chapter|collection|teil|partie|parte|deel|del) {_NUMBER}"
    r"(?: \(.*\))?",
    re.IGNORECASE,
)
_EPISODE = re.compile(
    rf"(?:episode|folge|\u00e9pisode|episodio|epis\u00f3dio|aflevering|avsnitt) {_NUMBER}",
    re.IGNORECASE,
)


def recognises(table: Table) -> bool:
    return table.has(*COLUMNS) and len(table.columns) == len(COLUMNS)


def read(table: Table, *, today: date) -> Reading:
    """Read the whole file, twice: first its dates, to tell days from months."""
    reading = Reading(HistoryImport.Source.NETFLIX)
    order = _order_of(table, today)
    for line, row in table.rows(reading):
        name = clean_name(row["title"])
        if not name:
            reading.skip(line, "Title", "no title")
            continue
        at = _time_of(row["date"], order, today)
        if at is None:
            reading.remark(line, "Date", "not a date: the title is used without one")
        series = series_of(name)
        kind = Title.Kind.SERIES if series else Title.Kind.FILM
        watched = Watched(series or name, title_kind=kind, watched_at=at)
        reading.add((kind, watched.name.casefold()), watched)
    return reading


def series_of(name: str) -> str:
    """Return the series that an episode is of, or "" for what is no episode."""
    parts = [part.strip() for part in name.split(":")]
    for i, part in enumerate(parts[1:], start=1):
        is_last = i == len(parts) - 1
        marks_season = _SEASON.fullmatch(part) or (
            not is_last and _SEASON_IF_EPISODE_FOLLOWS.fullmatch(part)
        )
        if marks_season or (is_last and _EPISODE.fullmatch(part)):
            return ": ".join(parts[:i])
    return ""


def _order_of(table: Table, today: date) -> Order:
    # Counted apart: the rows are counted when they are read for good.
    dates = (row["date"] for _, row in table.rows(Reading(HistoryImport.Source.NETFLIX)))
    return decide_order([parts for text in dates if (parts := parts_of(text))], today=today)


def _time_of(text: str, order: Order, today: date) -> datetime | None:
    parts = parts_of(text)
    day = day_of(parts, order, today=today) if parts else None
    return start_of(day) if day else None
