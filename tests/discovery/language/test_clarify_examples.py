"""Clarifying questions to learn: short, under the schema, with answers that the parser reads."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from catalog.text import fold
from discovery.language import clarify_examples as examples
from discovery.language.clarify_examples import clarify_examples
from discovery.language.clarify_prompt import (
    Clarification,
    clarification_text,
    clarify_messages,
)
from discovery.language.record import LanguageExample
from discovery.understanding.lexical import parse
from tests.discovery.names import FewNames

NAMES = FewNames()
# About 40 tokens.
MAX_ANSWER_CHARS = 130


@pytest.fixture(scope="module")
def written() -> list[LanguageExample]:
    return clarify_examples()


def test_there_are_enough_and_every_seed_is_used(written: list[LanguageExample]) -> None:
    seeds = [seed.id for seed in examples.read_seeds()]
    assert len(seeds) == len(set(seeds)) >= 250
    assert {one["id"].rpartition(".")[0] for one in written} == set(seeds)
    assert sum(not one["held_out"] for one in written) >= 800
    assert sum(one["held_out"] for one in written) >= 100


def test_every_answer_is_short_and_fits_the_schema(written: list[LanguageExample]) -> None:
    for one in written:
        clarification = Clarification.model_validate(json.loads(one["answer"]))
        assert clarification.ask.endswith("?")
        assert len({fold(option) for option in clarification.options}) >= 2
        assert len(one["answer"]) <= MAX_ANSWER_CHARS
        assert one["schema"] == Clarification.model_json_schema()


def test_every_option_is_a_wish_that_the_parser_reads() -> None:
    for option in {option for seed in examples.read_seeds() for option in seed.options}:
        said = parse(option, NAMES).query.said().keys() - {"text", "evidence", "version"}
        assert said, option


def test_no_option_repeats_the_wish() -> None:
    for seed in examples.read_seeds():
        said = {fold(words) for words in (*seed.wants, *seed.says)}
        assert not said & {fold(option) for option in seed.options}, seed


def test_no_wish_is_asked_twice(written: list[LanguageExample]) -> None:
    wishes = [one["messages"][-1]["content"].lower() for one in written]
    assert len(wishes) == len(set(wishes))


def test_the_prompt_is_the_wish() -> None:
    task, wish = (str(message.content) for message in clarify_messages("something nice"))
    assert wish == "something nice"
    assert len(task.split()) <= 25


@pytest.mark.parametrize(
    ("ask", "options"),
    [
        ("Funny?", ["Funny"]),
        ("Which?", ["a1", "b2", "c3", "d4", "e5"]),
        ("?", ["Funny", "Scary"]),
        (
            "How would you like this film to feel when you watch it alone?",
            ["A1", "B1"],
        ),
    ],
)
def test_what_does_not_fit_the_page_is_refused(ask: str, options: list[str]) -> None:
    with pytest.raises(ValidationError):
        clarification_text(ask, options)


def test_the_seed_decides_the_frames() -> None:
    first, again, other = (clarify_examples(seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other
