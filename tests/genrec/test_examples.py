"""Batches of ranking examples: complete, repeatable, and right about what comes next."""

from __future__ import annotations

import copy
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from genrec.data import TitleFacts
from genrec.examples import IGNORE, ExampleMaker, bucketed, stretches
from genrec.verbalization import Verbalizer
from genrec.vocabulary import N_POSITIONS, Vocabulary

N_TITLES = 60


@pytest.fixture
def examples(tiny_model: Path) -> ExampleMaker:
    facts = [
        TitleFacts(words="", genres=("Comedy",) if row % 2 else ("Drama",))
        for row in range(N_TITLES)
    ]
    verbalizer = Verbalizer.from_directory(tiny_model.parent / "base", Vocabulary(49152, N_TITLES))
    histories = [list(range(N_TITLES)), [3, 1, 4], [7]]
    return ExampleMaker(histories, facts, verbalizer, forms={}, max_events=10, seed=1)


def test_stretches_predict_every_event_once() -> None:
    histories = [list(range(57)), [1, 2, 3], list(range(10))]
    for seed in range(20):
        predicted: Counter[tuple[int, int]] = Counter()
        for index, first, last in stretches(histories, 10, random.Random(seed)):
            start = first + (first > 0)
            assert 1 <= last - start <= 10
            predicted.update((index, at) for at in range(start, last))
        assert set(predicted.values()) == {1}
        assert sum(predicted.values()) == 57 + 3 + 10


def test_buckets_hold_every_stretch_and_no_more_tokens_than_allowed() -> None:
    items = [(index, 0, 1 + index % 17) for index in range(100)]
    batches = bucketed(items, 40, random.Random(0))

    assert sorted(item for batch in batches for item in batch) == sorted(items)
    for batch in batches:
        width = max(last - first + 1 for _, first, last in batch)
        assert len(batch) * width <= 40
    lengths = [item[2] for batch in batches for item in batch]
    assert lengths != sorted(lengths)  # long and short batches alternate


def test_spelled_out_a_batch_has_fewer_events_and_as_many_tokens(
    examples: ExampleMaker, tiny_model: Path
) -> None:
    spelled = Verbalizer.from_directory(
        tiny_model.parent / "base",
        Vocabulary(49152, N_TITLES),
        mode="text",
        titles={row: f"The Film of the Number {row} (2001)" for row in range(N_TITLES)},
    )
    facts = [TitleFacts(words="") for _ in range(N_TITLES)]
    histories = [[(row + at) % N_TITLES for at in range(9)] for row in range(N_TITLES)] * 10
    sizes = []
    for verbalizer in (examples.verbalizer, spelled):
        made = ExampleMaker(histories, facts, verbalizer, forms={}, max_events=10, seed=1)
        batch = made.next_titles(0, 900)
        sizes.append((len(batch), sum(len(example.ids) for example in batch)))
    (n_rows, entity_tokens), (n_spelled, text_tokens) = sizes

    assert examples.verbalizer.event_tokens == 1
    assert n_spelled * 8 < n_rows
    assert 450 < text_tokens <= 900
    assert 450 < entity_tokens <= 900


def test_a_batch_is_a_function_of_its_number(examples: ExampleMaker) -> None:
    for make in (examples.next_titles, examples.wishes, examples.positional):
        first = make(3, 30)
        make(4, 30)
        assert make(3, 30) == first
        assert make(5, 30) != first


def test_a_history_example_predicts_every_next_title(examples: ExampleMaker) -> None:
    seen: Counter[int] = Counter()
    n_batches = len(examples.epoch(0, 40))
    for number in range(n_batches):
        for example in examples.next_titles(number, 40):
            labels = [label for label in example.labels if label != IGNORE]
            slots = [examples.verbalizer.vocabulary.slot_of(token) for token in example.ids]
            shown = [slot for slot in slots if slot is not None]
            # What is read is what was predicted one step before; a row of context may come first.
            assert shown[-(len(labels) - 1) :] == labels[:-1] or len(labels) == 1
            seen.update(labels)
    assert seen == Counter([*range(N_TITLES), 3, 1, 4])


def test_a_second_pass_is_cut_elsewhere(examples: ExampleMaker) -> None:
    assert sorted(examples.epoch(0, 40)) != sorted(examples.epoch(1, 40))


@pytest.mark.parametrize("order", ["on", "back", "any"])
def test_passes_follow_each_other_in_whatever_order_they_are_asked_for(
    examples: ExampleMaker, order: str
) -> None:
    passes = [batch for number in range(4) for batch in examples.epoch(number, 40)]
    again = copy.copy(examples)
    again.epochs, again.sizes = {}, {}
    steps = {
        "on": list(range(len(passes))),
        "back": list(reversed(range(len(passes)))),
        "any": random.Random(0).sample(range(len(passes)), len(passes)),
    }[order]

    for step in steps:
        wanted = [tuple(again.histories[index][a:b]) for index, a, b in passes[step]]
        assert [example.rows for example in again.next_titles(step, 40)] == wanted


def test_a_pass_is_made_once_and_not_those_before_it_again(
    examples: ExampleMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(*given: Any) -> Any:
        made.append(given)
        return bucketed(*given)

    monkeypatch.setattr("genrec.examples.bucketed", counted)
    n_batches = sum(len(examples.epoch(number, 40)) for number in range(4))
    examples.epochs, examples.sizes = {}, {}
    made.clear()

    for step in range(n_batches):
        examples.next_titles(step, 40)
    assert len(made) == 4
    for step in range(n_batches - 3, n_batches):
        examples.next_titles(step, 40)
    assert len(made) == 4


def test_a_wish_example_predicts_only_what_satisfies_the_wish(examples: ExampleMaker) -> None:
    for example in examples.wishes(0, 50):
        labels = [label for label in example.labels if label != IGNORE]

        assert labels
        assert example.facets
        assert all(set(example.facets) <= examples.facets[label] for label in labels)


def test_labels_sit_where_a_ranking_is_read(examples: ExampleMaker) -> None:
    vocabulary = examples.verbalizer.vocabulary
    for example in [*examples.wishes(0, 30), *examples.positional(0, 30)]:
        start = example.ids.index(vocabulary.marker_id("history"))
        for at, (token, label) in enumerate(zip(example.ids, example.labels, strict=True)):
            reads = at == start or (at > start and vocabulary.slot_of(token) is not None)
            assert reads or label == IGNORE
        assert example.labels[-1] != IGNORE


def test_positions_stand_for_the_titles_that_the_prompt_lists(examples: ExampleMaker) -> None:
    vocabulary = examples.verbalizer.vocabulary
    by_position = 0
    for example in examples.positional(0, 40):
        assert 2 <= len(example.listed) <= N_POSITIONS
        assert len(set(example.listed)) == len(example.listed)
        assert example.ids[0] == vocabulary.marker_id("new")
        for place, row in enumerate(example.listed):
            at = example.ids.index(vocabulary.marker_id(f"position_{place + 1}"))
            assert example.ids[at + 1] == vocabulary.slot_id(row)
        labels = [label for label in example.labels if label != IGNORE]
        by_position += sum(label >= N_TITLES for label in labels)
        assert not set(labels) & set(example.listed)
        assert all(label - N_TITLES < len(example.listed) for label in labels)
    assert by_position > 40
