"""One-tap wishes part what is shown: never all of it, never none, never what is asked already."""

from __future__ import annotations

from typing import Any

from catalog.facts import TitleFacts
from chat.additions import MAX_ADDITIONS, additions_for
from discovery.types import Query


def title(number: int, *genres: str, **facts: Any) -> TitleFacts:
    known = {"kind": "film", "year": 1995, "runtime_min": 95, **facts}
    return TitleFacts(title_id=number, name=f"Title {number}", genres=genres, **known)


SHOWN = [
    title(1, "Comedy", "Crime", year=1984, runtime_min=130),
    title(2, "Comedy", "Crime", year=1988, runtime_min=90),
    title(3, "Comedy", "Drama", year=2003, runtime_min=90),
    title(4, "Comedy", year=2011, runtime_min=120),
]


def labels(query: Query, shown: list[TitleFacts]) -> list[str]:
    return [addition.label for addition in additions_for(query, shown)]


def test_they_part_what_is_shown_best_first() -> None:
    found = labels(Query(), SHOWN)
    assert found == ["Crime", "up to 100 min", "2000 or later", "off the beaten path"]
    assert "Comedy" not in found
    assert "films only" not in found
    assert len(found) == MAX_ADDITIONS


def test_what_is_asked_already_is_not_offered() -> None:
    query = Query(genres_none=("Crime",), runtime_max=140, year_min=1980, novelty="usual")
    assert labels(query, SHOWN) == ["Drama"]


def test_films_and_series_are_told_apart_only_where_both_are_shown() -> None:
    mixed = [*SHOWN, title(5, kind="series"), title(6, kind="series")]
    assert {"films only", "series only"} & set(labels(Query(), mixed))


def test_nothing_shown_offers_nothing() -> None:
    assert labels(Query(), []) == []
