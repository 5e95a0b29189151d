"""Write small SQLite files in the schema of the sample of films, good rows and bad ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

_OMDB = (
    "ID", "imdbID", "Title", "Year", "Rating", "Runtime", "Genre", "Released", "Director",
    "Writer", "Cast", "Language", "Country",
)  # fmt: skip

ALIEN: dict[str, Any] = {
    "ID": 1,
    "imdbID": "tt0078748",
    "Title": "Alien",
    "Year": 1979,
    "Rating": "R",
    "Runtime": 117.0,
    "Genre": "Sci-Fi, Horror",
    "Director": "Ridley Scott",
    "Writer": "Dan O'Bannon, Ronald Shusett",
    "Cast": "Bolaji Badejo, John Hurt, Sigourney Weaver",
    "Language": "American English",
    "Country": "United Kingdom, United States",
    "Reviews": 100,
}


def film(number: int, **cells: Any) -> dict[str, Any]:
    """Return a row that is right, but for the cells that are given."""
    row = {
        "ID": number,
        "imdbID": f"tt{number:07d}",
        "Title": f"Film {number}",
        "Year": 1990,
        "Rating": None,
        "Runtime": 90.0,
        "Genre": "Drama",
        "Director": f"Director {number}",
        "Writer": "",
        "Cast": "Ann Actor, Zoe Star",
        "Language": "English",
        "Country": "France",
        "Reviews": 10,
    }
    return row | cells


def write_sample(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Write `movies.db` anew and return its path."""
    path.unlink(missing_ok=True)
    columns = ", ".join(f'"{column}"' for column in _OMDB)
    marks = ", ".join("?" * len(_OMDB))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE omdb ({columns}, Awards, imdbRating)")
        connection.execute("CREATE TABLE tomatoes (ID, Reviews, Consensus)")
        for row in rows:
            connection.execute(
                f"INSERT INTO omdb ({columns}) VALUES ({marks})",  # noqa: S608 - our constants
                [row.get(column) for column in _OMDB],
            )
            connection.execute(
                "INSERT INTO tomatoes VALUES (?, ?, 'must not be read')",
                [row["ID"], row["Reviews"]],
            )
    return path
