"""Netflix titles: the CSV of what the service offers, with show_id, type, title and rating.

Known oddities:
- Three rows have their duration in the column of the certificate. It is reported, and used.
- `release_year` of a series is that of its latest season here, so a series is recognised by three
  of its cast across the years (see `catalog.importing.likeness`).
- `listed_in` mixes genres with shelves: "International Movies" says nothing and is left out.
- The length of a series is a number of seasons: its runtime is unknown.
"""

from __future__ import annotations

import re
from typing import Any

from catalog.importing.base import SourceRow
from catalog.importing.cellreader import MAX_CAST, CellReader
from catalog.importing.cells import parse_countries, parse_people, parse_runtime, parse_year
from catalog.importing.certificates import youngest_age
from catalog.importing.files import Row
from catalog.importing.filesource import FileSource
from catalog.importing.lists import split_list
from catalog.models import ExternalId, Title

_MINUTES = re.compile(r"(\d+) min", re.IGNORECASE)
_SEASONS = re.compile(r"\d+ seasons?", re.IGNORECASE)
_KINDS = {"movie": Title.Kind.FILM, "tv show": Title.Kind.SERIES}

# Shelf: genres, then keywords.
_SHELVES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Action & Adventure": (("Action", "Adventure"), ()),
    "Anime Features": (("Animation",), ("anime",)),
    "Anime Series": (("Animation",), ("anime",)),
    "British TV Shows": ((), ()),
    "Children & Family Movies": (("Family",), ()),
    "Classic & Cult TV": ((), ()),
    "Classic Movies": ((), ()),
    "Comedies": (("Comedy",), ()),
    "Crime TV Shows": (("Crime",), ()),
    "Cult Movies": ((), ()),
    "Documentaries": (("Documentary",), ()),
    "Docuseries": (("Documentary",), ()),
    "Dramas": (("Drama",), ()),
    "Faith & Spirituality": ((), ("faith",)),
    "Horror Movies": (("Horror",), ()),
    "Independent Movies": ((), ()),
    "International Movies": ((), ()),
    "International TV Shows": ((), ()),
    "Kids' TV": (("Family",), ()),
    "Korean TV Shows": ((), ()),
    "LGBTQ Movies": ((), ("lgbtq",)),
    "Movies": ((), ()),
    "Music & Musicals": (("Music",), ()),
    "Reality TV": (("Reality TV",), ()),
    "Romantic Movies": (("Romance",), ()),
    "Romantic TV Shows": (("Romance",), ()),
    "Sci-Fi & Fantasy": (("Science Fiction", "Fantasy"), ()),
    "Science & Nature TV": (("Documentary",), ("nature",)),
    "Spanish-Language TV Shows": ((), ()),
    "Sports Movies": (("Sport",), ()),
    "Stand-Up Comedy": (("Comedy",), ("stand-up comedy",)),
    "Stand-Up Comedy & Talk Shows": (("Comedy",), ()),
    "TV Action & Adventure": (("Action", "Adventure"), ()),
    "TV Comedies": (("Comedy",), ()),
    "TV Dramas": (("Drama",), ()),
    "TV Horror": (("Horror",), ()),
    "TV Mysteries": (("Mystery",), ()),
    "TV Sci-Fi & Fantasy": (("Science Fiction", "Fantasy"), ()),
    "TV Shows": ((), ()),
    "TV Thrillers": (("Thriller",), ()),
    "Teen TV Shows": ((), ("teenager",)),
    "Thrillers": (("Thriller",), ()),
}  # fmt: skip
_LANGUAGE_SHELVES = {"Spanish-Language TV Shows": ("Spanish",)}
_COLUMNS = {"name": "title", "year": "release_year", "synopsis": "description", "cast": "cast"}


class NetflixTitles(FileSource):
    """One row a title; show_id is the key."""

    name = "netflix"
    key = ExternalId.Source.NETFLIX
    required = (("show_id",), ("type", "show_type"), ("title",), ("rating",), ("duration",))
    looks_like = "CSV of Netflix titles"

    def read_row(self, line: int, cells: Row) -> SourceRow:
        row = self.reader(line, cells.get("show_id"), cells)
        kind_column = "type" if "type" in cells else "show_type"
        kind = _KINDS.get(row.text(kind_column).lower())
        if kind is None:
            return row.skip(kind_column, cells.get(kind_column), "neither Movie nor TV Show")
        certificate, runtime_min = read_rating_and_duration(row)
        genres, tags, languages = self.read_shelves(row)
        country = "countries" if "countries" in cells else "country"
        fields = {
            "ids": {ExternalId.Source.NETFLIX: row.text("show_id")},
            "kind": kind,
            "name": row.text("title"),
            "year": row.take("release_year", parse_year, None),
            "runtime_min": runtime_min,
            "synopsis": row.text("description"),
            "certificate": certificate,
            "age_min": youngest_age(certificate),
            "languages": languages,
            "countries": row.take(country, parse_countries, ()),
            "genres": genres,
            "tags": dict.fromkeys(tags, 1),
            "directors": row.people("director", row.take("director", parse_people, ())),
            "cast": row.people("cast", row.take("cast", parse_people, ()))[:MAX_CAST],
        }
        return row.row(fields, _COLUMNS)

    def read_shelves(
        self, row: CellReader
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Return genres, keywords and languages; an unknown shelf is reported once."""
        column = next((c for c in ("listed_in", "categories") if c in row.cells), "listed_in")
        genres: list[str] = []
        tags: list[str] = []
        languages: list[str] = []
        for shelf in row.take(column, split_list, []):
            if shelf not in _SHELVES:
                row.report_once(column, shelf, "unknown category (reported once for the file)")
                continue
            genres += _SHELVES[shelf][0]
            tags += _SHELVES[shelf][1]
            languages += _LANGUAGE_SHELVES.get(shelf, ())
        return tuple(dict.fromkeys(genres)), tuple(dict.fromkeys(tags)), tuple(languages)


def read_rating_and_duration(row: CellReader) -> tuple[str, int | None]:
    """Return certificate and runtime. A duration that slipped into the other column is used."""
    duration = row.take("duration", parse_duration, None)
    slipped = _MINUTES.fullmatch(row.text("rating"))
    if not slipped:
        return row.certificate("rating"), duration
    use = not row.text("duration")
    where = "used as runtime" if use else "the duration has its own column"
    row.report("rating", row.text("rating"), f"a duration, not a certificate: {where}")
    return "", row.take("rating", parse_duration, None) if use else duration


def parse_duration(value: Any) -> int | None:
    """Return the minutes of "90 min"; None for seasons and for an empty cell."""
    text = str(value or "").strip()
    if not text or _SEASONS.fullmatch(text):
        return None
    minutes = _MINUTES.fullmatch(text)
    if not minutes:
        raise ValueError('neither minutes such as "90 min" nor seasons')
    return parse_runtime(minutes[1])
