"""Taste summaries to learn: true of the titles, silent about the person."""

from __future__ import annotations

import pytest

from catalog.facts import TitleFacts
from catalog.ontology import load_ontology
from discovery.language import taste_examples as examples
from discovery.language.taste_examples import WrittenTaste, plural_of, written_tastes
from discovery.language.taste_prompt import (
    MAX_DISLIKED,
    MAX_LIKED,
    SENSITIVE_TERMS,
    check_taste,
    sensitive_word,
    taste_lines,
    taste_messages,
)

HEAT = TitleFacts(
    1, "film", "Heat", 1995, 170, ("Crime", "Drama"), tags=("gritty", "heist", "tense")
)
THIEF = TitleFacts(2, "film", "Thief", 1981, 123, ("Crime",), tags=("gritty", "neo-noir"))
PRIDE = TitleFacts(3, "film", "Pride", 2014, 119, ("Comedy", "Drama"),
                   tags=("queer love", "politics", "heartwarming"))  # fmt: skip


@pytest.fixture(scope="module")
def tastes() -> list[WrittenTaste]:
    return written_tastes()


def test_there_are_enough_and_every_seed_is_used(tastes: list[WrittenTaste]) -> None:
    seeds = [line["id"] for line in examples.read_seeds()]
    assert len(seeds) == len(set(seeds)) >= 250
    assert {one.id.rpartition(".")[0] for one in tastes} == set(seeds)
    assert sum(not one.held_out for one in tastes) >= 800
    assert sum(one.held_out for one in tastes) >= 100


def test_every_summary_is_backed_and_says_nothing_private(tastes: list[WrittenTaste]) -> None:
    for one in tastes:
        viewer = one.viewer
        assert check_taste(one.answer, viewer.liked, viewer.disliked) == "", one.answer
        assert not [term for term in SENSITIVE_TERMS if f" {term}" in f" {one.answer.lower()}"
                    and not any(term in title.name.lower()
                                for title in (*viewer.liked, *viewer.disliked))]  # fmt: skip


def test_seeds_hold_no_private_word() -> None:
    assert not [line for line in examples.read_seeds() if sensitive_word(line["text"])]


def test_a_plural_is_said_only_of_what_two_titles_share(tastes: list[WrittenTaste]) -> None:
    shared = [one for one in tastes if one.id.startswith("taste-about-")]
    assert shared
    for one in shared:
        holders = [title for title in one.viewer.liked if one.viewer.anchor in title.tags]
        assert len(holders) >= 2, one


def test_the_prompt_leaves_out_what_is_private() -> None:
    prompt = taste_lines([HEAT, PRIDE], [THIEF])
    assert prompt == (
        "+ Heat: crime drama, gritty, heist, tense\n+ Pride: comedy drama, heartwarming\n"
        "- Thief: crime film, gritty, neo-noir"
    )
    assert load_ontology().terms.keys() >= SENSITIVE_TERMS


def test_the_prompt_has_the_newest_titles_and_is_short() -> None:
    many = [TitleFacts(n, "film", f"Film {n}", 2000, 90, ("Drama",)) for n in range(20)]
    task, titles = (str(message.content) for message in taste_messages(many, many))
    assert len(titles.splitlines()) == MAX_LIKED + MAX_DISLIKED
    assert "+ Film 19: drama" in titles
    assert len(task.split()) <= 25


@pytest.mark.parametrize(
    ("summary", "problem"),
    [
        ("You like gritty crime films such as Heat and Thief.", ""),
        ("You like heartwarming films, and gritty ones too.", "heartwarming"),
        ("You like musicals when they are gritty.", "musicals"),
        ("You like gritty films such as Collateral and Heat.", "Collateral"),
        ("You are gay and like gritty crime films.", "gay"),
        ("You seem depressed, for you like gritty films.", "depress"),
        ("As a Christian you like gritty crime films.", "christian"),
        ("You vote for liberals and like gritty films.", "liberals"),
        ("You like gritty crime films and", "cut off"),
        ("You do.", "length"),
    ],
)
def test_what_may_be_said_of_a_viewer(summary: str, problem: str) -> None:
    found = check_taste(summary, [HEAT, THIEF])
    assert (problem in found) if problem else found == ""


def test_a_dislike_may_be_named() -> None:
    assert (
        check_taste("You like gritty films; Pride was not for you.", [HEAT, THIEF], [PRIDE]) == ""
    )


def test_the_same_seed_gives_the_same_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    some = examples.read_seeds()[:3]
    monkeypatch.setattr(examples, "read_seeds", lambda: some)
    first, again, other = (examples.taste_examples(seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("crime drama", "crime dramas"),
        ("comedy", "comedies"),
        ("crime series", "crime series"),
        ("war film", "war films"),
    ],
)
def test_plurals(phrase: str, expected: str) -> None:
    assert plural_of(phrase) == expected
