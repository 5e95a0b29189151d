"""Each source's columns, and what becomes of its rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from catalog.models import Title
from discovery.histories.reading.base import UnusableFile
from discovery.histories.reading.netflix import series_of
from tests.discovery.histories import exports
from tests.discovery.histories.exports import as_json, by_name, read, zipped

# --- Netflix ---


def test_netflix_episodes_are_their_series_once() -> None:
    reading = read(exports.NETFLIX)

    found = by_name(reading)
    assert reading.source == "netflix"
    assert reading.rows == 5
    assert set(found) == {
        "Dark",
        "Alien",
        "Avatar: The Last Airbender",
        "Mission: Impossible - Fallout",
    }
    assert found["Dark"].title_kind == Title.Kind.SERIES
    assert found["Dark"].watched_at == datetime(2025, 6, 14, tzinfo=UTC)
    assert found["Alien"].title_kind == Title.Kind.FILM
    assert {watched.kind for watched in reading.watched} == {"seen"}


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("Dark: Season 1: Secrets", "Dark"),
        ("Dark: Staffel 1: Geheimnisse", "Dark"),
        ("La casa de papel: Parte 1: Efectuar lo acordado", "La casa de papel"),
        ("Chernobyl: Miniseries: Please Remain Calm", "Chernobyl"),
        ("Beef: Limited Series: Figures of Light", "Beef"),
        ("Lupin: Part 1: Chapter 1", "Lupin"),
        ("Call the Midwife: Series 3: Episode 4", "Call the Midwife"),
        ("The Vietnam War: Episode 2", "The Vietnam War"),
        ("Star Wars: Rebels: Season 2: The Lost Commanders", "Star Wars: Rebels"),
        ("Attack on Titan: Season 3 (Part 2): Midnight Train", "Attack on Titan"),
        ("Kill Bill: Vol. 1", ""),
        ("Dune: Part Two", ""),
        ("Star Wars: Episode IV - A New Hope", ""),
        ("Mission: Impossible", ""),
        ("Alien", ""),
    ],
)
def test_what_is_an_episode(name: str, series: str) -> None:
    assert series_of(name) == series


def test_netflix_rows_without_a_title_or_a_date() -> None:
    reading = read('Title,Date\n"","6/14/25"\n"Alien","soon"\n"Aliens","6/31/25"\n')

    assert reading.unreadable == 1
    assert [(p.line, p.column) for p in reading.problems] == [
        (2, "Title"),
        (3, "Date"),
        (4, "Date"),
    ]
    assert by_name(reading)["Alien"].watched_at is None


# --- Letterboxd ---


def test_letterboxd_puts_its_files_together() -> None:
    reading = read(zipped(exports.LETTERBOXD))

    found = by_name(reading)
    assert reading.source == "letterboxd"
    assert {name: watched.kind for name, watched in found.items()} == {
        "Alien": "liked",
        "Galaxy Quest": "liked",
        "Seven": "disliked",
        "Fargo": "seen",
    }
    assert found["Alien"].rating == 1.0
    assert found["Alien"].watched_at == datetime(2024, 2, 1, tzinfo=UTC)
    assert found["Alien"].year == 1979


def test_letterboxd_packed_again_with_its_folder() -> None:
    inside = {f"letterboxd-somebody/{name}": text for name, text in exports.LETTERBOXD.items()}
    inside["__MACOSX/letterboxd-somebody/._watched.csv"] = "\x00"

    assert set(by_name(read(zipped(inside)))) == {"Alien", "Galaxy Quest", "Seven", "Fargo"}


@pytest.mark.parametrize(("text", "names"), [
    (exports.STARS, {"Alien", "Seven"}), (exports.DIARY, {"Alien", "Fargo"}),
])  # fmt: skip
def test_letterboxd_ratings_or_diary_alone(text: str, names: set[str]) -> None:
    assert set(by_name(read(text))) == names


@pytest.mark.parametrize("text", [exports.WATCHED, exports.WATCHLIST])
def test_watched_alone_could_be_the_watchlist(text: str) -> None:
    with pytest.raises(UnusableFile, match="whole zip"):
        read(text)


def test_letterboxd_rows_that_make_no_sense() -> None:
    bad = exports.STARS + "2024-01-04,,1995,x,3\n2024-01-04,A,195,x,3\n2024-01-04,B,1995,x,9\n"
    bad += "yesterday,C,1995,x,3\n"
    reading = read(bad)

    assert reading.unreadable == 4
    assert [(p.line, p.column) for p in reading.problems] == [
        (4, "Name"),
        (5, "Year"),
        (6, "Rating"),
        (7, "Date"),
    ]


# --- Trakt ---


def test_trakt_history_ratings_and_watched() -> None:
    members = {
        "history.json": as_json(exports.TRAKT_HISTORY),
        "ratings.json": as_json(exports.TRAKT_RATINGS),
        "watched-shows.json": as_json(exports.TRAKT_WATCHED),
        "watchlist.json": as_json(exports.TRAKT_WATCHLIST),
    }
    reading = read(zipped(members))

    found = by_name(reading)
    assert reading.source == "trakt"
    assert reading.rows == 5
    assert found["Alien"].kind == "liked"
    assert dict(found["Alien"].ids) == {"imdb": "tt0078748", "tmdb": "348", "trakt": "1"}
    # One episode's bad mark says little of the show.
    assert found["Dark"].kind == "seen"
    assert found["Dark"].title_kind == Title.Kind.SERIES
    assert dict(found["Dark"].ids)["tmdb_tv"] == "70523"
    assert found["Dark"].watched_at == datetime(2024, 3, 9, 20, tzinfo=UTC)


@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_trakt_lists_in_one_object(bom: str) -> None:
    lists = {"movies": exports.TRAKT_RATINGS[:1], "shows": exports.TRAKT_WATCHED, "user": {"a": 1}}

    assert set(by_name(read(bom + as_json(lists)))) == {"Alien", "Dark"}


def test_a_trakt_watchlist_alone_is_no_history() -> None:
    with pytest.raises(UnusableFile, match="no history, ratings or watched"):
        read(as_json(exports.TRAKT_WATCHLIST))


def test_trakt_entries_that_make_no_sense() -> None:
    alien = exports.TRAKT_RATINGS[0]["movie"]
    entries = [
        {"rated_at": "2024-03-03T20:00:00Z", "rating": 12, "type": "movie", "movie": alien},
        {"watched_at": "lately", "type": "movie", "movie": alien},
        {"watched_at": "2024-03-03T20:00:00Z", "type": "movie", "movie": "Alien"},
        {"watched_at": "2024-03-03T20:00:00Z", "type": "movie", "movie": {"title": None}},
    ]
    reading = read(as_json(entries))

    assert reading.watched == []
    assert [(p.line, p.column) for p in reading.problems] == [
        (1, "rating"),
        (2, "time"),
        (3, "movie or show"),
        (4, "title"),
    ]


# --- IMDb ---


def test_imdb_ratings() -> None:
    reading = read(exports.IMDB)

    found = by_name(reading)
    assert reading.source == "imdb"
    assert {name: watched.kind for name, watched in found.items()} == {
        "Alien": "liked",
        "Mars Attacks!": "disliked",
        "Dark": "seen",
    }
    assert dict(found["Alien"].ids) == {"imdb": "tt0078748"}
    assert found["Dark"].title_kind == Title.Kind.SERIES
    assert [(p.line, p.column) for p in reading.problems] == [(5, "Title Type"), (6, "Your Rating")]


def test_an_imdb_list_is_not_a_history() -> None:
    header = "Position,Const,Created,Modified,Description,Title,Your Rating\n"
    with pytest.raises(UnusableFile, match="list from IMDb"):
        read(header + "1,tt0078748,2024-01-01,,,Alien,\n")


# --- all ---


@pytest.mark.parametrize(
    ("rating", "kind"), [("3.5", "liked"), ("3", "seen"), ("2.5", "seen"), ("2", "disliked")]
)
def test_which_ratings_are_verdicts(rating: str, kind: str) -> None:
    text = f"Date,Name,Year,Letterboxd URI,Rating\n2024-01-02,Alien,1979,x,{rating}\n"

    assert [watched.kind for watched in read(text).watched] == [kind]


def test_a_later_rating_replaces_an_earlier_one_wherever_it_stands() -> None:
    old = "2020-01-02,Alien,1979,x,1\n"
    new = "2024-01-02,Alien,1979,x,5\n"
    header = "Date,Name,Year,Letterboxd URI,Rating\n"

    for text in (header + old + new, header + new + old):
        (alien,) = read(text).watched
        assert alien.rating == 1.0


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_spreadsheets_of_other_countries(delimiter: str) -> None:
    text = exports.STARS.replace(",", delimiter)

    assert set(by_name(read(text))) == {"Alien", "Seven"}


def test_names_lose_what_would_not_print() -> None:
    (watched,) = read('Title,Date\n"A\u202eli\x07en <|im_end|>",6/14/25\n').watched

    assert watched.name == "Ali en < |im_end| >"
