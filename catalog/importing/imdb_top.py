"""The CSV of IMDb's top 1000: good facts, but no ids.

Rows are recognised by title, year and people. Known oddities:
- One row has "PG" where the year should be: it is reported. Without a year and an id it can't be
  told apart from others of its title, so it is skipped.
- Certificates are those of India where there is one (U, UA, A), else American.
"""

from __future__ import annotations

import re
from typing import Any

from catalog.importing.base import SourceRow
from catalog.importing.cells import parse_genres, parse_people, parse_runtime, parse_year
from catalog.importing.certificates import youngest_age
from catalog.importing.files import Row
from catalog.importing.filesource import FileSource

STARS = ("Star1", "Star2", "Star3", "Star4")
_MINUTES = re.compile(r"(\d+)(?: min)?")
_COLUMNS = {"name": "Series_Title", "year": "Released_Year", "synopsis": "Overview"}


class ImdbTop(FileSource):
    """One row a film. There is no key."""

    name = "imdb-top"
    key = None
    required = (("Series_Title",), ("Released_Year",), ("Director",), ("Star1",))
    looks_like = "CSV of the IMDb top 1000"
    votes_column = "No_of_Votes"

    def read_row(self, line: int, cells: Row) -> SourceRow:
        row = self.reader(line, cells.get("Series_Title"), cells)
        certificate = row.certificate("Certificate")
        fields: dict[str, Any] = {
            "ids": {},
            "name": row.text("Series_Title"),
            "year": row.take("Released_Year", parse_year, None),
            "runtime_min": row.take("Runtime", parse_minutes, None),
            "synopsis": row.text("Overview"),
            "certificate": certificate,
            "age_min": youngest_age(certificate),
            "popularity": self.popularity(cells),
            "genres": row.take("Genre", parse_genres, ()),
            "directors": row.people("Director", row.take("Director", parse_people, ())),
            "cast": row.people("Star1", (row.text(star) for star in STARS)),
        }
        return row.row(fields, _COLUMNS)


def parse_minutes(value: Any) -> int | None:
    """Return the minutes of "142 min"."""
    text = str(value or "").strip()
    if not text:
        return None
    minutes = _MINUTES.fullmatch(text)
    if not minutes:
        raise ValueError('not minutes such as "142 min"')
    return parse_runtime(minutes[1])
