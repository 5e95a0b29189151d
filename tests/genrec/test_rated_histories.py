"""Ratings as events, for the ablation: what is shown of them, and that nothing else changes."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from genrec.contract import CONTENT_DIM, HistoryEvent
from genrec.data import Catalogue, TitleFacts
from genrec.examples import IGNORE
from genrec.verbalization import Verbalizer
from genrec.vocabulary import Vocabulary
from tests.genrec.world import write_table

DAY = 86_400
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "rated_histories.py"
NEITHER: frozenset[str] = frozenset()
BOTH = frozenset({"kinds", "times"})


@pytest.fixture(scope="module")
def rated() -> Iterator[Any]:
    """The benchmark's module: benchmarks are scripts, no package."""
    spec = importlib.util.spec_from_file_location("rated_histories", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def history(rated: Any) -> list[Any]:
    return [
        rated.Rated.of(3, 4.0, 0),
        rated.Rated.of(1, 3.5, 90 * DAY),
        rated.Rated.of(4, 5.0, 95 * DAY),
        rated.Rated.of(0, 1.0, 96 * DAY),
    ]


def test_kinds_are_by_stars_and_ages_count_from_the_moment_of_asking(rated: Any) -> None:
    rows = history(rated)[:3]
    now = 96 * DAY

    assert rated.events_of(rows, now, BOTH) == [
        HistoryEvent(slot=3, kind="liked", days_ago=96),
        HistoryEvent(slot=1, kind="seen", days_ago=6),
        HistoryEvent(slot=4, kind="liked", days_ago=1),
    ]
    assert rated.events_of(rows, now, NEITHER) == [HistoryEvent(slot=slot) for slot in (3, 1, 4)]
    assert rated.events_of(rows[:1], now, frozenset({"kinds"}))[0].days_ago is None
    assert rated.events_of(rows[:1], now, frozenset({"times"}))[0].kind == "played"


def test_an_example_shows_all_but_its_last_event_as_of_then(rated: Any) -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=290, initial_alphabet=alphabet, show_progress=False, special_tokens=["<s>"]
    )
    tokenizer.train_from_iterator(["Liked: Seen: Today: Earlier:"], trainer)
    verbalizer = Verbalizer(tokenizer, Vocabulary(n_words=300, n_slots=5))
    maker = rated.RatedExamples(
        [history(rated)], [TitleFacts(words="")] * 5, verbalizer, forms={}, max_events=9, seed=0
    )
    maker.shown = BOTH

    (example,) = maker.next_titles(0, 50)

    expected = rated.events_of(history(rated)[:3], 96 * DAY, BOTH)
    assert example.ids == verbalizer.with_readings("", expected)[0]
    assert tokenizer.decode([i for i in example.ids if i < 300]).count("Liked:") == 2
    assert [label for label in example.labels if label != IGNORE] == [3, 1, 4, 0]


def test_rare_titles_and_short_histories_are_left_out(
    rated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rated, "LEAST_EVENTS", 2)
    ratings = [
        {"userId": user, "movieId": 10 + n, "rating": 4.0, "timestamp": 100 - n}
        for user, length in ((1, 9), (2, 8), (3, 4))
        for n in range(length)
    ]
    write_table(tmp_path / "ratings.parquet", ratings)
    vectors = np.zeros((10, CONTENT_DIM), np.float32)
    titles = Catalogue(tuple(range(10, 20)), vectors, vectors, "v")
    monkeypatch.setattr(rated, "read_catalogue", lambda path: titles)
    monkeypatch.setattr(rated, "read_title_facts", lambda *paths: [])

    found = rated.read_rated_data(rated.DataPaths(tmp_path / "ratings.parquet", tmp_path, tmp_path))

    # Title 18 has one rating; user 3 has too few titles. Oldest first.
    assert found.data.catalogue.movie_ids == tuple(range(10, 18))
    assert found.whole == {user: [7, 6, 5, 4, 3, 2, 1, 0] for user in (1, 2)}
    assert found.data.histories == {user: [7, 6, 5] for user in (1, 2)}
    assert found.data.validation == {1: 4, 2: 4}
