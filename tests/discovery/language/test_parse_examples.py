"""Examples of the parse: what a seed must be, and what its expansion may do to it."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.ontology import load_ontology
from catalog.text import fold
from discovery.language.parse_examples import (
    expand,
    load_seeds,
    load_words,
    parse_examples,
    read_unread,
)
from discovery.language.record import LanguageExample, is_held_out
from discovery.understanding.model_parse import MAX_WORDS, label_words, unread_words
from genrec.contract import Query
from tests.discovery.genrec_http import ScriptedGenRec

ROOT = Path(__file__).parents[3]
SEEDS = load_seeds()


@pytest.fixture(scope="module")
def examples() -> list[LanguageExample]:
    return list(parse_examples())


def wish_and_words(example: LanguageExample) -> tuple[str, list[str]]:
    wish, _, words = example["messages"][-1]["content"].rpartition("\nWords: ")
    return wish, words.split(", ")


def sentences_elsewhere() -> Iterator[str]:
    """Every string in the tests and the measurements, and every word of the lexicon."""
    for folder in ("tests", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            if path == Path(__file__):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
    lexicon = (ROOT / "discovery/understanding/lexicon.toml").read_text(encoding="utf-8")
    yield from lexicon.split('"')[1::2]


# --- the seeds ---


def test_there_are_hundreds_of_different_seeds_and_some_are_held_out() -> None:
    assert len(SEEDS) >= 400
    assert len({seed.id for seed in SEEDS}) == len({fold(seed.text) for seed in SEEDS})
    assert all(seed.held_out == is_held_out(seed.id) for seed in SEEDS)
    assert 0.1 < sum(seed.held_out for seed in SEEDS) / len(SEEDS) < 0.2


def test_a_seed_labels_exactly_the_words_that_the_rules_leave() -> None:
    for seed in SEEDS:
        words = read_unread(seed)

        assert words, seed
        assert set(seed.labels) == set(words), seed
        assert all(word in f"{seed.text} {seed.before}" for word in words), seed


def test_a_swap_keeps_the_label() -> None:
    for seed in SEEDS:
        for word, name in seed.swaps.items():
            # A word that is refused, or said of the viewer, labels nothing whatever it is.
            assert seed.labels[word] in {load_words()[name]["label"], "other"}, seed


def test_labels_agree_with_the_ontology() -> None:
    ontology = load_ontology()
    labelled = [(word, label) for seed in SEEDS for word, label in seed.labels.items()]
    for name, entry in load_words().items():
        labelled += [(word, entry["label"]) for word in entry.get("words", ()) if name != "around"]

    for word, label in labelled:
        term = ontology.find(fold(word))
        if term is not None and label not in {"other", "title"}:
            assert term.is_mood == (label == "mood"), word


def test_every_list_is_of_words_that_the_rules_leave_unread() -> None:
    for name, entry in load_words().items():
        for word in entry.get("words", ()):
            assert unread_words(Query(text=word)) == [word], (name, word)


def test_forms_that_are_swapped_say_the_same_term() -> None:
    ontology = load_ontology()
    for group in load_words()["same_term"]["groups"]:
        assert len(group) > 1
        assert len({ontology.by_form[form].name for form in group}) == 1, group


def test_no_label_has_two_meanings_by_accident() -> None:
    said: dict[str, set[str]] = {}
    for seed in SEEDS:
        for word, label in seed.labels.items():
            said.setdefault(fold(word), set()).add(label)

    # Rome as a place, and the film.
    assert {word for word, labels in said.items() if len(labels - {"other"}) > 1} == {"roma"}


# --- the examples ---


def test_enough_on_both_sides_and_no_text_on_both(examples: list[LanguageExample]) -> None:
    training = {fold(wish_and_words(e)[0]) for e in examples if not e["held_out"]}
    held_out = {fold(wish_and_words(e)[0]) for e in examples if e["held_out"]}

    assert 2000 <= sum(not e["held_out"] for e in examples) <= 3000
    assert sum(e["held_out"] for e in examples) >= 300
    assert not training & held_out


def test_ids_are_unique_and_expansions_stay_on_their_seeds_side(
    examples: list[LanguageExample],
) -> None:
    side = {seed.id: seed.held_out for seed in SEEDS}

    assert len({e["id"] for e in examples}) == len(examples)
    assert all(e["held_out"] == side[e["id"].split(".")[0]] for e in examples)


def test_swapped_words_are_new_to_the_other_side() -> None:
    lists = [name for name, entry in load_words().items() if "words" in entry]
    own = {fold(word) for seed in SEEDS if not seed.held_out for word in seed.labels}
    for seed in [seed for seed in SEEDS if not seed.held_out][::8]:
        added = {fold(w) for variant, _ in expand(seed) for w in variant.labels} - own
        for name in lists:
            assert not [w for w in added & set(load_words()[name]["words"]) if is_held_out(w)]


def test_answers_are_what_the_served_schema_allows(examples: list[LanguageExample]) -> None:
    for example in examples:
        answer = json.loads(example["answer"])
        wish, words = wish_and_words(example)

        properties = example["schema"]["properties"]
        assert all(answer[word] in properties[word]["enum"] for word in words)
        assert list(answer) == list(properties) == example["schema"]["required"] == words
        assert len(words) <= MAX_WORDS
        assert example["answer"] == json.dumps(answer, ensure_ascii=False)
        if all(word in wish for word in words):
            continue
        # What an earlier turn has left is no part of this message: it labels nothing.
        assert {answer[word] for word in words if word not in wish} == {"other"}


def test_every_label_is_learnt(examples: list[LanguageExample]) -> None:
    counts = Counter(
        label for e in examples if not e["held_out"] for label in json.loads(e["answer"]).values()
    )

    assert set(counts) == {"mood", "theme", "place", "title", "other"}
    assert min(counts.values()) >= 80


def test_prompts_are_short(examples: list[LanguageExample]) -> None:
    """Two words are about three tokens, and marks cost one: 120 tokens are about 70 of both."""
    for example in examples:
        text = " ".join(message["content"] for message in example["messages"])
        assert len(text.split()) < 90, text


async def test_the_messages_and_the_schema_are_those_that_the_app_sends(
    examples: list[LanguageExample],
) -> None:
    for example in examples[::150]:
        wish, words = wish_and_words(example)
        allowed = example["schema"]["properties"]
        titles = {word for word in words if "title" in allowed[word]["enum"]}
        server = ScriptedGenRec(text=example["answer"])
        labels = await label_words(server.client(), wish, words, titles)
        (body,) = server.bodies("POST /v1/chat/completions")

        assert body["messages"] == example["messages"]
        assert body["response_format"]["json_schema"]["schema"] == example["schema"]
        assert labels == json.loads(example["answer"])


def test_no_wish_is_one_of_the_tests(examples: list[LanguageExample]) -> None:
    # A bare word is no sentence: tests are full of them.
    elsewhere = {key for text in sentences_elsewhere() if " " in (key := fold(text))}
    written = {fold(seed.text) for seed in SEEDS} | {fold(wish_and_words(e)[0]) for e in examples}

    shared = written & elsewhere
    assert not shared


def test_a_seed_expands_the_same_way_every_time() -> None:
    for seed in SEEDS[::40]:
        assert list(expand(seed)) == list(expand(seed))
