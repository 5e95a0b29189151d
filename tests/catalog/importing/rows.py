"""Rows in the shapes of the sources that nobody else has written, and what became of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from catalog.models import ImportRun

WriteCsv = Callable[..., Path]

NETFLIX_ROW = {
    "show_id": "s1",
    "type": "Movie",
    "title": "The Paper Lighthouse",
    "director": "Ines Marot",
    "cast": "Theo Vandal, Ana Sorel, Luc Petit, Jr.",
    "country": "France, Belgium,",
    "date_added": "March 3, 2021",
    "release_year": "2019",
    "rating": "TV-14",
    "duration": "94 min",
    "listed_in": "Dramas, International Movies, LGBTQ Movies",
    "description": "A keeper folds the letters that never left the island.",
}
IMDB_ROW = {
    "Poster_Link": "",
    "Series_Title": "The Paper Lighthouse",
    "Released_Year": "2019",
    "Certificate": "UA",
    "Runtime": "94 min",
    "Genre": "Drama, Sci-Fi",
    "IMDB_Rating": "8.1",
    "Overview": "Letters that never left an island.",
    "Director": "Ines Marot",
    "Star1": "Theo Vandal",
    "Star2": "Ana Sorel",
    "Star3": "",
    "Star4": "Ana Sorel",
    "No_of_Votes": "1000",
}
TMDB_ROW = {
    "id": "71",
    "title": "The Paper Lighthouse",
    "overview": "Letters that never left an island.",
    "genres": '[{"id": 18, "name": "Drama"}, {"id": 878, "name": "Science Fiction"}]',
    "keywords": "['lighthouse', \"keeper's logbook\", 'aftercreditsstinger']",
    "cast": "['Theo Vandal', 'Ana Sorel']",
    "director": "Ines Marot",
    "runtime": "94.0",
    "release_date": "2019-04-05",
    "vote_count": "120",
    "original_language": "fr",
    "spoken_languages": '[{"iso_639_1": "fr", "name": "x"}, {"iso_639_1": "cn", "name": "y"}]',
    "production_countries": '[{"iso_3166_1": "FR", "name": "France"}]',
}


def write_json(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.created, run.updated, run.unchanged, run.errors


def report(run: ImportRun) -> list[list[str]]:
    """Return the report's lines: line, row, column, value, reason, outcome."""
    with Path(run.report_path).open(newline="") as file:
        return list(csv.reader(file))[1:]
