"""Chips say what a Query holds, and taking one away leaves the rest as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.chips import MAX_COLLECTIONS, UnknownChip, chips_of, with_collection, without
from discovery.types import Query

FULL: dict[str, Any] = {
    "moods": ("funny", "tense"),
    "themes": ("time travel",),
    "like": ({"mention": "alien", "title_id": 1, "label": "Alien (1979)"},),
    "unlike": ({"mention": "Aliens"},),
    "people": ({"mention": "Bill Murray"},),
    "kinds": ("film",),
    "collections": ("christmas-shelf", "staff-picks"),
    "genres_all": ("Comedy", "Horror"),
    "genres_any": ("Action", "Adventure"),
    "genres_none": ("War",),
    "year_min": 1980,
    "year_max": 1989,
    "runtime_max": 120,
    "languages": ("French",),
    "countries": ("Japan",),
    "people_required": ({"mention": "Ridley Scott", "role": "director"},),
    "people_none": ({"mention": "Tom Cruise"},),
    "age_max": 12,
    "content_max": {"gore": 0, "scary": 1},
    "availability": ("Netflix",),
    "exclude_titles": ({"mention": "Gremlins"},),
    "count": 3,
    "quotas": {"comedy": 2},
    "novelty": "unusual",
    "runtime_total": 240,
    "allow_unknown": True,
    "evidence": {"year_min": "the eighties", "year_max": "the eighties", "runtime_max": "chip"},
}
QUERY = Query.model_validate(FULL)
SILENT = {"version", "intent", "text", "evidence"}


def labels(query: Query) -> list[str]:
    return [chip.label for chip in chips_of(query, {"christmas-shelf": "The Christmas Shelf"})]


def test_every_wish_has_a_chip_in_words() -> None:
    assert labels(QUERY) == [
        "from The Christmas Shelf",
        "from staff picks",
        "films only",
        "Comedy",
        "Horror",
        "Action or Adventure",
        "no War",
        "1980\N{EN DASH}1989",
        "up to 120 min",
        "in French",
        "from Japan",
        "directed by Ridley Scott",
        "without Tom Cruise",
        "not Gremlins",
        "fit for age 12",
        "no gore",
        "little frights",
        "on Netflix",
        "in the spirit of Bill Murray",
        "like Alien (1979)",
        "unlike Aliens",
        "funny",
        "tense",
        "time travel",
        "3 titles",
        "2 of comedy",
        "4 h in all",
        "off the beaten path",
        "unknown facts allowed",
    ]


def test_no_field_of_the_query_is_left_without_a_chip() -> None:
    """A new field of the Query must be given one, or be said to need none."""
    assert set(FULL) | SILENT | {"runtime_min"} == set(Query.model_fields)


def test_hard_wishes_come_first_and_are_marked() -> None:
    kinds = [chip.kind for chip in chips_of(QUERY)]
    assert kinds == sorted(kinds)
    assert {c.label for c in chips_of(QUERY) if c.kind == "soft"} >= {"funny", "like Alien (1979)"}


def test_a_chip_quotes_the_words_behind_it_and_not_itself() -> None:
    evidence = {chip.slot: chip.evidence for chip in chips_of(QUERY)}
    assert evidence["years"] == "the eighties"
    assert evidence["runtime"] == ""


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"year_min": 1980}, "1980 or later"),
        ({"year_max": 1959}, "1959 or earlier"),
        ({"year_min": 1999, "year_max": 1999}, "1999"),
        ({"runtime_min": 90}, "90 min or longer"),
        ({"runtime_min": 90, "runtime_max": 120}, "90\N{EN DASH}120 min"),
        ({"count": 1}, "1 title"),
        ({"novelty": "usual"}, "well known"),
        ({"content_max": {"sex": 2}}, "some sex"),
    ],
)
def test_ranges_and_limits_are_spoken(fields: dict[str, Any], label: str) -> None:
    assert labels(Query.model_validate(fields)) == [label]


def test_an_empty_query_has_no_chips() -> None:
    assert chips_of(Query()) == []


@pytest.mark.parametrize("number", range(len(chips_of(QUERY))))
def test_taking_a_chip_away_takes_only_that(number: int) -> None:
    chips = chips_of(QUERY)
    gone = chips.pop(number)

    smaller = without(QUERY, gone.slot, gone.value)

    assert chips_of(smaller) == chips
    Query.model_validate(smaller.model_dump())


@given(st.permutations(range(len(chips_of(QUERY)))))
def test_taking_all_away_in_any_order_leaves_nothing(order: list[int]) -> None:
    query, chips = QUERY, chips_of(QUERY)
    for number in order:
        query = without(query, chips[number].slot, chips[number].value)
    assert query.said() == {}


def test_evidence_goes_with_the_last_wish_of_its_field() -> None:
    assert "year_min" not in without(QUERY, "years", "").evidence
    query = Query.model_validate({"moods": ("a", "b"), "evidence": {"moods": "a and b"}})
    assert without(query, "moods", "a").evidence == {"moods": "a and b"}


@pytest.mark.parametrize(
    ("slot", "value"),
    [("evidence", ""), ("version", "1"), ("moods", "sad"), ("moods", ""), ("__class__", ""),
     ("year_min", "1980"), ("years", "x")],
)  # fmt: skip
def test_a_forged_chip_is_refused(slot: str, value: str) -> None:
    with pytest.raises(UnknownChip):
        without(QUERY, slot, value)


def test_a_collection_is_added_to_what_is_asked_for() -> None:
    query = Query.model_validate({"moods": ("funny",), "evidence": {"moods": "funny"}})

    once = with_collection(query, "christmas")
    twice = with_collection(once, "staff-picks")

    assert once.evidence == {"moods": "funny", "collections": "chip"}
    assert twice.collections == ("christmas", "staff-picks")
    assert (
        without(without(twice, "collections", "christmas"), "collections", "staff-picks") == query
    )


def test_a_collection_keeps_the_words_that_first_said_one() -> None:
    said = Query(collections=("christmas",), evidence={"collections": "from the Christmas shelf"})

    assert with_collection(said, "staff-picks").evidence == said.evidence


@pytest.mark.parametrize("intent", ["chitchat", "out_of_scope", "malicious"])
def test_a_collection_after_no_wish_is_a_wish(intent: str) -> None:
    held = Query.model_validate({"intent": intent, "text": "hello"})

    assert with_collection(held, "christmas").said() == {
        "collections": ["christmas"],
        "evidence": {"collections": "chip"},
    }


def test_a_collection_is_added_once_and_not_without_end() -> None:
    with pytest.raises(UnknownChip):
        with_collection(Query(collections=("christmas",)), "christmas")
    many = Query(collections=tuple(f"shelf-{n}" for n in range(MAX_COLLECTIONS)))
    with pytest.raises(UnknownChip):
        with_collection(many, "one-more")
