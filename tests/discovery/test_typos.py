"""Slips of the fingers: slots survive them, what was corrected is listed, and nothing else is."""

from __future__ import annotations

import pytest

from discovery.types import Correction
from discovery.understanding.edits import edits, is_misspelt_person
from discovery.understanding.lexical import parse
from discovery.understanding.linking import NamedPerson
from discovery.understanding.spelling import correction_of
from tests.discovery.names import FewNames
from tests.discovery.typo_suite import PEOPLE, TITLES, Part, cases, measure, misspelt_cases

NAMES = FewNames(TITLES, PEOPLE)


@pytest.mark.parametrize("part", ["dev", "test"])
def test_slots_survive_slips(part: Part) -> None:
    clean, with_slips = measure(part)

    assert clean.f1 >= 0.95
    assert with_slips.f1 >= 0.95 * clean.f1


def test_the_suite_is_large_and_its_halves_are_apart() -> None:
    dev, test = cases("dev"), cases("test")

    assert len(dev) + len(test) >= 120
    assert not {text for text, _ in dev} & {text for text, _ in test}
    slipped = [text for text, _ in misspelt_cases("test")]
    assert not set(slipped) & {text for text, _ in test}


def test_what_is_spelt_right_is_not_corrected() -> None:
    corrected = {
        text: corrections
        for text, _ in (*cases("dev"), *cases("test"))
        if (corrections := parse(text, NAMES).corrections)
    }
    assert corrected == {}


def test_every_correction_is_listed_and_evidence_is_what_was_typed() -> None:
    parsed = parse("Chistopher Nolen scify under 2 huors", NAMES)
    clean = parse("Christopher Nolan scifi under 2 hours", NAMES)

    assert set(parsed.corrections) == {
        Correction("Chistopher Nolen", "Christopher Nolan"),
        Correction("scify", "scifi"),
        Correction("huors", "hours"),
    }
    assert parsed.query.evidence["runtime_max"] == "under 2 huors"
    assert parsed.query.evidence["people"] == "Chistopher Nolen"
    for name in ("genres_all", "runtime_max", "text"):
        assert getattr(parsed.query, name) == getattr(clean.query, name)
    assert [p.person_id for p in parsed.query.people] == [p.person_id for p in clean.query.people]


def test_a_misspelt_title_is_a_correction() -> None:
    parsed = parse("like Intersteller and Graviti", NAMES)

    assert [ref.label for ref in parsed.query.like] == ["Interstellar (2014)", "Gravity (2013)"]
    assert [c.read_as for c in parsed.corrections] == ["Interstellar", "Gravity"]


def test_literally_every_word_counts_as_it_is_spelt() -> None:
    parsed = parse("Chistopher Nolen scify under 2 huors, like Intersteller", NAMES, literal=True)

    assert parsed.corrections == ()
    assert parsed.query.genres_all == ()
    assert parsed.query.people == ()
    assert [ref.title_id for ref in parsed.query.like] == [None]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("comdy", "comedy"),
        ("horor", "horror"),
        ("fantacy", "fantasy"),
        ("documantary", "documentary"),
        ("huors", "hours"),
        ("witout", "without"),
        ("japenese", "japanese"),
        ("sevnties", "seventies"),
        ("lte", "late"),
        ("scar", None),
        ("wary", None),
        ("nolan", None),
        ("xyzzy", None),
        ("is", None),
        ("007", None),
    ],
)
def test_corrections_of_single_words(key: str, meant: str | None) -> None:
    assert correction_of(key) == meant


def test_a_word_of_a_name_is_no_slip() -> None:
    names = FewNames((("Comdy of Horors", 2001, 0.6),), ())
    parsed = parse("like Comdy of Horors", names)

    assert parsed.corrections == ()
    assert [ref.label for ref in parsed.query.like] == ["Comdy of Horors (2001)"]


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        ("a thriller form the 80s", "year_min", 1980),
        ("shorter then two hours", "runtime_max", 120),
        ("tow films", "count", 2),
    ],
)
def test_english_words_where_they_make_no_sense(message: str, field: str, value: int) -> None:
    assert getattr(parse(message, NAMES).query, field) == value


def test_they_stay_where_they_do() -> None:
    assert parse("a form of art, then a heist", NAMES).corrections == ()


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("alien", "alien", 0), ("alien", "alein", 1), ("huors", "hours", 1), ("abc", "cb", 2),
     ("", "abc", 3), ("kitten", "sitting", 3)],
)  # fmt: skip
def test_edits_count_a_swap_once(one: str, other: str, distance: int) -> None:
    assert edits(one, other) == edits(other, one) == distance


@pytest.mark.parametrize(
    ("key", "misspelt"),
    [
        ("chistopher nolen", True),
        ("christophernolan", True),
        ("jonathan nolan", False),
        ("christopher nelson", False),
        ("christopher walken", False),
        ("nolan", False),
    ],
)
def test_a_person_is_told_by_every_word_of_the_name(key: str, misspelt: bool) -> None:
    assert is_misspelt_person(key, "christopher nolan") is misspelt


class CountingNames(FewNames):
    """Names that count how often a person was looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_for: list[str] = []

    def similar_person(self, key: str) -> NamedPerson | None:
        self.looked_for.append(key)
        return super().similar_person(key)


def test_a_message_of_strange_words_costs_few_searches() -> None:
    names = CountingNames()
    parse("qwyx zpltk, vrrbo mnxk, kjrw qqtz, wvvxz plkj, hgfq rtzu", names)
    assert 0 < len([key for key in names.looked_for if " " in key]) <= 3


def test_a_surname_misspelt_into_a_word_is_read_in_capitals() -> None:
    names = FewNames(people=(("Clint Eastwood", 30, 0, 40),))
    query = parse("a thriller, Clint Eastward", names).query
    assert [person.label for person in query.people] == ["Clint Eastwood"]
    assert not parse("a thriller, clint eastward", names).query.people
