"""IMDb ratings: a CSV with one row a rating, out of ten.

Const,Your Rating,Date Rated,Title,...,Title Type,...,Year,...,Directors
tt0078748,9,2024-05-31,Alien,...,Movie,...,1979,...,Ridley Scott
"""

from __future__ import annotations

from catalog.models import Title
from catalog.text import fold
from discovery.histories.reading.base import (
    Reading,
    UnusableFile,
    Watched,
    clean_name,
    imdb_id,
    read_day,
    read_rating,
    read_year,
)
from discovery.histories.reading.tables import Row, Table
from discovery.models import HistoryImport

_KINDS = {
    "movie": Title.Kind.FILM,
    "tv movie": Title.Kind.FILM,
    "tvmovie": Title.Kind.FILM,
    "video": Title.Kind.FILM,
    "short": Title.Kind.FILM,
    "tv short": Title.Kind.FILM,
    "tvshort": Title.Kind.FILM,
    "tv special": Title.Kind.FILM,
    "tvspecial": Title.Kind.FILM,
    "tv series": Title.Kind.SERIES,
    "tvseries": Title.Kind.SERIES,
    "tv mini series": Title.Kind.SERIES,
    "tvminiseries": Title.Kind.SERIES,
}
_LEFT_OUT = {
    "tv episode": "an episode: only whole series and films are used",
    "tvepisode": "an episode: only whole series and films are used",
    "video game": "a game, not a film or series",
    "videogame": "a game, not a film or series",
    "music video": "a music video, not a film or series",
    "musicvideo": "a music video, not a film or series",
    "podcast series": "a podcast, not a film or series",
    "podcastseries": "a podcast, not a film or series",
    "podcast episode": "a podcast, not a film or series",
    "podcastepisode": "a podcast, not a film or series",
}


def recognises(table: Table) -> bool:
    return table.has("const", "title") and (table.has("your rating") or table.has("position"))


def read(table: Table) -> Reading:
    """Read the whole file.

    Raises:
        UnusableFile: it is a list or the watchlist, which says nothing of what was watched.
    """
    if table.has("position") or not table.has("your rating"):
        raise UnusableFile(
            "This is a list from IMDb, not your ratings. Open “Your ratings” there and export that."
        )
    reading = Reading(HistoryImport.Source.IMDB)
    for line, row in table.rows(reading):
        _read_row(reading, line, row)
    return reading


def _read_row(reading: Reading, line: int, row: Row) -> None:
    name, ids = clean_name(row["title"]), imdb_id(row["const"])
    if not name and not ids:
        reading.skip(line, "Title", "neither a title nor an id")
        return
    title_type = fold(row.get("title type", ""))
    if title_type in _LEFT_OUT:
        reading.skip(line, "Title Type", _LEFT_OUT[title_type])
        return
    column = "Your Rating"
    try:
        rating = read_rating(row["your rating"], scale=10)
        column = "Year"
        year = read_year(row.get("year", ""))
        column = "Date Rated"
        rated_at = read_day(row.get("date rated", ""))
    except ValueError as error:
        reading.skip(line, column, str(error))
        return
    watched = Watched(
        name or ids[0].value,
        year=year,
        title_kind=_KINDS.get(title_type),
        ids=ids,
        rating=rating,
        watched_at=rated_at,
    )
    reading.add(ids or (name.casefold(), year), watched)
