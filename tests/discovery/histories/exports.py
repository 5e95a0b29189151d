"""Exports as the five services write them, made up: real columns, invented viewers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import date
from typing import Any, BinaryIO

from discovery.histories.reading.base import Reading, Watched
from discovery.histories.reading.recognising import read_history

TODAY = date(2025, 6, 30)

NETFLIX = """Title,Date
"Dark: Season 1: Secrets","6/14/25"
"Dark: Season 1: Lies","6/13/25"
"Alien","5/30/25"
"Avatar: The Last Airbender: Book 1: The Boy in the Iceberg","5/2/25"
"Mission: Impossible - Fallout","4/1/25"
"""

WATCHED = """Date,Name,Year,Letterboxd URI
2024-01-02,Alien,1979,https://boxd.it/2aHi
2024-01-03,Galaxy Quest,1999,https://boxd.it/1Xyz
2024-01-04,Seven,1995,https://boxd.it/2aaa
"""
STARS = """Date,Name,Year,Letterboxd URI,Rating
2024-01-02,Alien,1979,https://boxd.it/2aHi,4.5
2024-01-04,Seven,1995,https://boxd.it/2aaa,1.5
"""
DIARY = """Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date
2024-02-02,Alien,1979,https://boxd.it/9zzz,5,Yes,"space, cat",2024-02-01
2024-02-03,Fargo,1996,https://boxd.it/9yyy,,,,2024-02-02
"""
LIKED = """Date,Name,Year,Letterboxd URI
2024-01-05,Galaxy Quest,1999,https://boxd.it/1Xyz
"""
WATCHLIST = """Date,Name,Year,Letterboxd URI
2024-01-05,Pulp Fiction,1994,https://boxd.it/2bbb
"""
LETTERBOXD: dict[str, str] = {
    "profile.csv": "Date Joined,Username\n2020-01-01,somebody\n",
    "watched.csv": WATCHED,
    "ratings.csv": STARS,
    "diary.csv": DIARY,
    "watchlist.csv": WATCHLIST,
    "likes/films.csv": LIKED,
    "lists/best.csv": "Letterboxd list export v7\n",
    "deleted/diary.csv": DIARY.replace("Fargo", "Tremors"),
}

IMDB = """Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors
tt0078748,9,2024-05-31,Alien,Alien,https://www.imdb.com/title/tt0078748,Movie,8.5,117,1979,"Horror, Sci-Fi",900000,1979-05-25,Ridley Scott
tt0116996,3,2024-05-30,Mars Attacks!,Mars Attacks!,https://www.imdb.com/title/tt0116996,Movie,6.4,106,1996,Comedy,200000,1996-12-12,Tim Burton
tt5753856,6,2024-05-29,Dark,Dark,https://www.imdb.com/title/tt5753856,TV Series,8.7,60,2017,Drama,400000,2017-12-01,
tt0959621,8,2024-05-28,Pilot,Pilot,https://www.imdb.com/title/tt0959621,TV Episode,9.0,58,2008,Drama,40000,2008-01-20,Vince Gilligan
tt0000001,11,2024-05-27,Too Good,Too Good,https://www.imdb.com/title/tt0000001,Movie,5.0,5,1994,Short,10,1994-01-01,
"""  # noqa: E501

OWN_MOVIELENS = """movie_id,imdb_id,tmdb_id,rating,average_rating,title
1214,tt0078748,348,5.0,4.0,Alien (1979)
2997,tt0177789,926,2.0,3.5,Galaxy Quest (1999)
"""
ONE_USER = """userId,movieId,rating,timestamp
7,1214,5.0,964982703
7,2997,2.0,964981247
7,1380,3.0,964981247
"""
TWO_USERS = ONE_USER + "12,593,4.0,964981250\n"
MOVIES = """movieId,title,genres
1214,Alien (1979),Horror|Sci-Fi
2997,Galaxy Quest (1999),Adventure|Comedy|Sci-Fi
593,"Silence of the Lambs, The (1991)",Crime|Horror|Thriller
"""
LINKS = """movieId,imdbId,tmdbId
1214,0078748,348
2997,0177789,926
593,0102926,274
"""

_ALIEN = {"title": "Alien", "year": 1979, "ids": {"trakt": 1, "imdb": "tt0078748", "tmdb": 348}}
_DARK = {"title": "Dark", "year": 2017, "ids": {"trakt": 2, "imdb": "tt5753856", "tmdb": 70523}}
_EPISODE = {"season": 1, "number": 1, "title": "Secrets", "ids": {"trakt": 3}}
TRAKT_HISTORY: list[dict[str, Any]] = [
    {
        "id": 5,
        "watched_at": "2024-03-01T20:00:00.000Z",
        "action": "watch",
        "type": "movie",
        "movie": _ALIEN,
    },
    {
        "id": 6,
        "watched_at": "2024-03-02T20:00:00.000Z",
        "action": "scrobble",
        "type": "episode",
        "episode": _EPISODE,
        "show": _DARK,
    },
]
TRAKT_RATINGS: list[dict[str, Any]] = [
    {"rated_at": "2024-03-03T20:00:00.000Z", "rating": 9, "type": "movie", "movie": _ALIEN},
    {
        "rated_at": "2024-03-04T20:00:00.000Z",
        "rating": 2,
        "type": "episode",
        "episode": _EPISODE,
        "show": _DARK,
    },
]
TRAKT_WATCHED: list[dict[str, Any]] = [
    {
        "plays": 8,
        "last_watched_at": "2024-03-09T20:00:00.000Z",
        "last_updated_at": "2024-03-09T20:00:00.000Z",
        "show": _DARK,
        "seasons": [{"number": 1, "episodes": [{"number": 1, "plays": 8}]}],
    }
]
TRAKT_WATCHLIST: list[dict[str, Any]] = [
    {"rank": 1, "listed_at": "2024-01-01T00:00:00.000Z", "type": "movie", "movie": _ALIEN}
]


def read(content: str | bytes, *, user: int | None = None) -> Reading:
    data = content.encode() if isinstance(content, str) else content
    file: BinaryIO = io.BytesIO(data)
    return read_history(file, size=len(data), today=TODAY, movielens_user=user)


def zipped(members: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def as_json(value: Any) -> str:
    return json.dumps(value)


def by_name(reading: Reading) -> dict[str, Watched]:
    return {watched.name: watched for watched in reading.watched}
