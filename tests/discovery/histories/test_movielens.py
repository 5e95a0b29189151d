"""MovieLens: one user of several, a data set's names and ids, a viewer's own export."""

from __future__ import annotations

import pytest

from discovery.histories.reading.base import UnusableFile
from discovery.histories.reading.movielens import split_name
from tests.discovery.histories import exports
from tests.discovery.histories.exports import by_name, read, zipped


def test_movielens_of_one_user() -> None:
    reading = read(exports.ONE_USER)

    found = by_name(reading)
    assert reading.source == "movielens"
    assert {name: watched.kind for name, watched in found.items()} == {
        "MovieLens film 1214": "liked",
        "MovieLens film 2997": "disliked",
        "MovieLens film 1380": "seen",
    }
    assert dict(found["MovieLens film 1214"].ids) == {"movielens": "1214"}


def test_movielens_of_several_users_asks_which() -> None:
    with pytest.raises(UnusableFile, match=r"2 users \(7, 12\)"):
        read(exports.TWO_USERS)
    with pytest.raises(UnusableFile, match="by user 8"):
        read(exports.TWO_USERS, user=8)

    reading = read(exports.TWO_USERS, user=12)
    assert (reading.rows, reading.unreadable) == (1, 0)
    assert [dict(watched.ids)["movielens"] for watched in reading.watched] == ["593"]


def test_a_movielens_data_set_brings_names_and_ids() -> None:
    members = {"ratings.csv": exports.TWO_USERS, "movies.csv": exports.MOVIES}
    members["links.csv"] = exports.LINKS
    inside = {f"ml-latest-small/{name}": text for name, text in members.items()}
    (lambs,) = read(zipped(inside), user=12).watched

    assert (lambs.name, lambs.year) == ("The Silence of the Lambs", 1991)
    assert dict(lambs.ids) == {"imdb": "tt0102926", "tmdb": "274", "movielens": "593"}


def test_movielens_own_export() -> None:
    found = by_name(read(exports.OWN_MOVIELENS))

    assert found["Alien"].kind == "liked"
    assert found["Galaxy Quest"].year == 1999
    assert dict(found["Alien"].ids)["imdb"] == "tt0078748"


def test_movielens_rows_that_make_no_sense() -> None:
    reading = read(exports.ONE_USER + "7,x,3,1\n7,5,0,1\n7,6,3,1e300\n7,7,nan,1\n7,8,3,inf\n")

    assert [(p.line, p.column) for p in reading.problems] == [
        (5, "movieId"),
        (6, "rating"),
        (7, "timestamp"),
        (8, "rating"),
        (9, "timestamp"),
    ]


@pytest.mark.parametrize(
    ("text", "name", "year"),
    [
        ("Matrix, The (1999)", "The Matrix", 1999),
        ("Avventura, L' (Adventure, The) (1960)", "L'Avventura", 1960),
        ("Seven (a.k.a. Se7en) (1995)", "Seven", 1995),
        ("Alien", "Alien", None),
    ],
)
def test_movielens_names(text: str, name: str, year: int | None) -> None:
    assert split_name(text) == (name, year)
