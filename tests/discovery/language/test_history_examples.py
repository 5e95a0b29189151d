"""Answers beside a spelled-out history: short, true of it, and unlike what is measured."""

from __future__ import annotations

import json
import random
import re

import pytest
from django.conf import settings

from catalog.facts import TitleFacts
from discovery.language import history_examples as examples
from discovery.language.history_examples import (
    film_shelf,
    history_slots,
    measured_prompts,
    measured_titles,
    read_seeds,
)
from discovery.language.history_layouts import LAYOUTS, told
from discovery.language.record import LanguageExample, is_held_out
from discovery.language.taste_viewers import Viewer

HEAT = TitleFacts(1, "film", "Heat", 1995, 170, ("Crime", "Drama"), tags=("gritty", "tense"))
THIEF = TitleFacts(2, "film", "Thief", 1981, 123, ("Crime",), tags=("gritty",))
RIFIFI = TitleFacts(3, "film", "Rififi", 1955, 118, ("Crime",), tags=("tense", "gritty"))
# What histories look like when a model writes one; `genrec.continuation` knows more forms.
EVENT = re.compile(r"\b(?:liked|seen|saved|played|watched) \d+ \w+ ago\b|\d+ days ago", re.I)


@pytest.fixture(scope="module")
def written() -> list[LanguageExample]:
    return examples.history_examples()


def question_of(one: LanguageExample) -> str:
    return one["messages"][-1]["content"]


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower()))


def test_every_seed_is_used_as_often(written: list[LanguageExample]) -> None:
    seeds = [line["id"] for line in read_seeds()]
    assert len(seeds) == len(set(seeds))
    assert [one["id"].rpartition(".")[0] for one in written] == [
        name for name in seeds for _ in range(examples.EXPANSIONS)
    ]
    assert len({question_of(one) for one in written}) == len(written)


def test_no_answer_is_a_list_of_events(written: list[LanguageExample]) -> None:
    for one in written:
        assert len(one["answer"]) <= 130, one["answer"]
        assert not EVENT.search(one["answer"])
        named = [t.name for t in film_shelf(held_out=one["held_out"]).titles
                 if len(t.name) > 12 and t.name in one["answer"]]  # fmt: skip
        assert len(named) <= 4


def test_nothing_that_is_measured_is_trained_on(written: list[LanguageExample]) -> None:
    """Neither its titles nor its questions, and no question that shares most words with one."""
    measured = measured_prompts()
    assert len(measured_titles()) >= 30
    for one in written:
        assert not [title for title in measured["titles"] if title in question_of(one)]
        assert " ago" not in question_of(one)
    instructions = settings.BASE_DIR / "genrec" / "instructions.jsonl"
    others = [json.loads(line)["instruction"] for line in instructions.read_text().splitlines()]
    assert len(others) >= 300
    asked = [words_of(ask) for ask in [*measured["asks"], *others] if ask]
    for line in read_seeds():
        for ask in line["ask"]:
            words = words_of(ask)
            assert ask.strip()
            near = [other for other in asked if len(words & other) > 0.5 * len(words | other)]
            assert not near, (ask, near)


def test_what_is_held_out_shares_no_title_and_no_wording(written: list[LanguageExample]) -> None:
    names = [{title.name for title in film_shelf(held_out=side).titles} for side in (False, True)]
    assert len(names[1]) > 50
    sides = [{ask for line in read_seeds() if is_held_out(line["id"]) is side
              for ask in line["ask"]} for side in (False, True)]  # fmt: skip
    assert not sides[0] & sides[1]


def test_slots_are_true_of_the_history() -> None:
    titles = (HEAT, THIEF, RIFIFI)
    for number in range(20):
        slots = history_slots(
            Viewer(titles, (), "gritty"), titles, film_shelf(held_out=False), random.Random(number)
        )
        years = {title.name: str(title.year) for title in titles}
        assert (slots["first"], slots["last"], slots["count"]) == ("Heat", "Rififi", "three")
        assert years[slots["any"]] == slots["any_year"]
        assert years[slots["older"]] < years[slots["newer"]] == slots["newer_year"]
        assert slots["stranger"] not in years
        assert (slots["feel"], slots["Feel"]) == ("gritty", "Gritty")
        assert slots["genres"] == "crime films"
        assert slots["unlike"] not in {"gritty", "tense"}


def test_every_layout_names_every_title_in_order() -> None:
    for layout in LAYOUTS:
        for number in range(20):
            text = layout((HEAT, THIEF, RIFIFI), random.Random(number))
            places = [text.index(name) for name in ("Heat", "Thief", "Rififi")]
            assert places == sorted(places), text
            assert layout is told or all(year in text for year in ("1995", "1981", "1955")), text
