"""A catalogue of invented films, with ratings and requests, as files of the forms evaluated."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from discovery.evaluation.index import CatalogueIndex, name_key

# movieId, title, year, genres, overview, ml_tags
FILMS = (
    (1, "Lighthouse Winter (1991)", 1991, "Drama", "A keeper alone in a snowed-in lighthouse.",
     "lonely|sea"),
    (2, "Pirates of Plum Bay (2003)", 2003, "Adventure|Comedy", "Clumsy pirates hunt for jam.",
     "funny|pirates"),
    (3, "Robot Orchard, The (2012)", 2012, "Science Fiction", "Robots tend apple trees in space.",
     "robots|space"),
    (4, "Night Bus (1988)", 1988, "Horror", "Passengers vanish one by one on a night bus.",
     "scary|bus"),
    (5, "Ballroom Detectives (1999)", 1999, "Comedy|Mystery", "Two dancers solve a murder.",
     "dancing|detective"),
    (6, "Starfall (2015)", 2015, "Science Fiction|Drama", "An astronaut drifts home from Saturn.",
     "space|lonely"),
    (7, "Night Bus (2014)", 2014, "Comedy", "A wedding party takes the wrong bus.", "wedding"),
    (8, "Jam (2008)", 2008, "Documentary", "How a village cooks jam for the whole country.",
     "food"),
)  # fmt: skip


def write_catalogue(path: Path) -> Path:
    columns = ("movieId", "title", "year", "genres", "overview", "ml_tags")
    table = {name: [film[n] for film in FILMS] for n, name in enumerate(columns)}
    table["imdbId"] = [film[0] + 100 for film in FILMS]
    table["director"] = ["Ada Invented"] * len(FILMS)
    parquet.write_table(pa.table(table), path)
    return path


def write_ratings(path: Path) -> Path:
    """Four viewers: everybody knows film 2, three of them film 3."""
    rated = {1: (1, 2, 3, 6), 2: (2, 3, 6), 3: (2, 5, 8), 4: (2, 3, 4)}
    rows = [(user, film, 4.5, 1000 + film) for user, films in rated.items() for film in films]
    names = ("userId", "movieId", "rating", "timestamp")
    columns = {name: list(values) for name, values in zip(names, zip(*rows, strict=True),
                                                          strict=True)}  # fmt: skip
    parquet.write_table(pa.table(columns), path)
    return path


def write_requests(path: Path) -> Path:
    return write_json(
        path,
        [
            {
                "id": "a",
                "title": "Something with robots in space",
                "selftext": "Anything but Starfall.",
                "request_mentions": [{"imdb_id": "tt0000106"}],
                "gold": [
                    {"imdb_id": "tt0000103", "movielens_id": 3},
                    {"imdb_id": "tt7777777", "movielens_id": None},
                    {"imdb_id": "tt0000106", "movielens_id": 6},
                ],
            },
            {
                "id": "b",
                "title": "A detective story among dancers",
                "selftext": "",
                "request_mentions": [],
                "gold": [{"imdb_id": "tt0000105"}],
            },
            {
                "id": "c",
                "title": "Nothing of this is in the catalogue",
                "selftext": None,
                "gold": [{"imdb_id": "tt7777777"}],
            },
        ],
    )


def write_redial(path: Path, items: Path) -> tuple[Path, Path]:
    resource = "<http://dbpedia.org/resource/{}>".format
    write_json(
        items,
        {
            "10": resource("Night_Bus"),
            "11": resource("The_Robot_Orchard_(film)"),
            "12": resource("Night_Bus_(2014_film)"),
            "13": resource("A_Film_Nobody_Has"),
        },
    )
    turn = {
        "dialog_id": "d1",
        "turn_id": 2,
        "context": ["", "Hello", "Hi there", "I liked Night Bus (1988). Something with robots?"],
        "resp": "Try The Robot Orchard (2012)",
        "rec": [11, 13, 10],
        "prev_entity": [10, 999],
        "is_user": 0,
    }
    return write_json(path, [turn, {**turn, "turn_id": 3, "rec": [10]}]), items


def write_inspired(path: Path) -> Path:
    rows = [
        ("d1", "RECOMMENDER", "Hello! What do you like?", ""),
        ("d1", "SEEKER", "Space films.", ""),
        ("d1", "SEEKER", "I loved Starfall.", "Starfall (2015)"),
        ("d1", "RECOMMENDER", "Then see Starfall again, or The Robot Orchard!",
         "Starfall (2015); The Robot Orchard (2012)"),
        ("d2", "RECOMMENDER", "Have you seen Lost Reel?", "Lost Reel (1950)"),
    ]  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(("dialog_id", "speaker", "text", "movies"))
        writer.writerows(rows)
    return path


def write_json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def small_index() -> CatalogueIndex:
    """The films as an index without a database: the first is the best known."""
    names: dict[str, list[tuple[int | None, int]]] = {}
    for pk, title, year, *_ in FILMS:
        name = title.rpartition(" (")[0].removesuffix(", The")
        names.setdefault(name_key(name), []).append((year, pk))
    n_films = len(FILMS)
    return CatalogueIndex(
        ids=np.arange(1, n_films + 1),
        popularity=np.linspace(1, 0.1, n_films, dtype=np.float32),
        vectors=np.eye(n_films, 384, dtype=np.float32),
        positions={pk: pk - 1 for pk in range(1, n_films + 1)},
        imdb={f"tt{pk + 100:07d}": pk for pk in range(1, n_films + 1)},
        movielens={str(pk): pk for pk in range(1, n_films + 1)},
        names=names,
    )
