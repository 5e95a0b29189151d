"""Years, lengths and places that a message refuses: never asked for, and said if not kept."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.understanding.lexical import parse
from discovery.understanding.refining import patch_or_anew
from genrec.contract import HARD_FIELDS, Query
from tests.discovery.names import FewNames

NAMES = FewNames()


def hard(query: Query) -> dict[str, Any]:
    return {name: value for name in HARD_FIELDS - {"kinds"} if (value := getattr(query, name))}


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("no French films", "French films"),
        ("not Korean", "Korean"),
        ("not in English", "English"),
        ("nothing made in Japan", "Japan"),
        ("non-American films", "American films"),
        ("it shouldn't be French", "French"),
        ("sick of French comedies", "French comedies"),
        ("no French or Korean films", "French or Korean films"),
        ("nothing in French, German or Korean", "French, German or Korean"),
        ("no Korean horror", "Korean horror"),
        ("no horror from Korea", "horror from Korea"),
        ("nothing from the 2000s", "2000s"),
        ("not from the 80s", "80s"),
        ("no 80s horror", "80s horror"),
        ("no horror from the 80s", "horror from the 80s"),
        ("nothing from 1994", "from 1994"),
        ("no 1994 films", "1994 films"),
        ("nothing between 1980 and 1990", "between 1980 and 1990"),
        ("none from the 70s, 80s or 90s", "70s, 80s or 90s"),
        ("no 90 minute films", "90 minute films"),
    ],
)
def test_what_no_field_can_refuse_is_not_asked_for_and_that_is_said(
    message: str, named: str
) -> None:
    alone = parse(message, NAMES)
    assert hard(alone.query) == {}
    assert alone.query.text == ""
    assert [note.rpartition(": ")[2] for note in alone.notes] == [f"{named}."]

    beside = parse(f"a western, {message}", NAMES)
    assert hard(beside.query) == {"genres_all": ("Western",)}
    assert beside.notes == alone.notes

    before = Query(genres_all=("Western",), year_min=1950)
    after = patch_or_anew(message, alone.query, before, {})
    assert hard(after) == hard(before)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("nothing recent", {"year_max": 2003}),
        ("not too recent", {"year_max": 2003}),
        ("no recent films", {"year_max": 2003}),
        ("nothing from the last ten years", {"year_max": 2003}),
        ("nothing from this century", {"year_max": 1999}),
        ("no 20th century films", {"year_min": 2000}),
        ("nothing since the 80s", {"year_max": 1979}),
        ("nothing from 1980 on", {"year_max": 1979}),
        ("I don't like anything before 1980", {"year_min": 1980}),
        ("avoid films after 2000", {"year_max": 2000}),
        ("not an old film", {"year_min": 1970}),
        ("no three hour films", {"runtime_max": 179}),
        ("I can't watch more than two hours", {"runtime_max": 120}),
        ("I don't have more than 90 minutes", {"runtime_max": 90}),
        ("I haven't got more than 90 minutes", {"runtime_max": 90}),
        ("we won't manage anything over two hours", {"runtime_max": 120}),
        ("more than two hours", {"runtime_min": 120}),
    ],
)
def test_the_end_of_a_range_that_is_refused_leaves_the_other(
    message: str, expected: dict[str, Any]
) -> None:
    parsed = parse(message, NAMES)

    assert hard(parsed.query) == expected
    assert parsed.query.evidence.keys() >= expected.keys()
    assert parsed.notes == ()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("no gore, in French", {"content_max": {"gore": 0}, "languages": ("French",)}),
        ("without gore and in French", {"content_max": {"gore": 0}, "languages": ("French",)}),
        ("no musicals, French films", {"genres_none": ("Musical",), "countries": ("France",)}),
        ("no horror or French films", {"genres_none": ("Horror",)}),
        ("why not a French film", {"countries": ("France",)}),
        ("not a French film but a Korean one", {"countries": ("South Korea",)}),
        ("not only French films", {}),
        ("not only from the 80s", {}),
        ("not the new one", {}),
        ("no English accents", {}),
        ("not from the 80s but from the 90s", {"year_min": 1990, "year_max": 1999}),
        ("a western with no horror from the 80s",
         {"genres_all": ("Western",), "genres_none": ("Horror",),
          "year_min": 1980, "year_max": 1989}),
        ("I don't mind more than two hours", {"runtime_min": 120}),
    ],
)  # fmt: skip
def test_what_is_refused_beside_it_is_another_thing(message: str, expected: dict[str, Any]) -> None:
    assert hard(parse(message, NAMES).query) == expected


@pytest.mark.parametrize(
    ("message", "countries", "languages"),
    [
        ("no French films", ("Japan",), ()),
        ("nothing in French", ("Japan",), ()),
        ("no French or Japanese ones", (), ()),
        ("nothing made in Japan", ("France",), ("French",)),
        ("nothing made in Spain", ("France", "Japan"), ("French",)),
        ("not only French films", ("France", "Japan"), ("French",)),
    ],
)
def test_a_place_that_was_asked_for_and_is_refused_is_asked_for_no_more(
    message: str, countries: tuple[str, ...], languages: tuple[str, ...]
) -> None:
    before = Query(
        genres_all=("Western",),
        countries=("France", "Japan"),
        languages=("French",),
        evidence={"languages": "in French", "genres_all": "western"},
    )
    after = patch_or_anew(message, parse(message, NAMES).query, before, {})

    assert (after.countries, after.languages) == (countries, languages)
    assert after.genres_all == ("Western",)
    assert ("languages" in after.evidence) == bool(languages)
