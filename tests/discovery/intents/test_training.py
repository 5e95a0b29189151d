"""Cases, features, the classifier's training, and the figures of a part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from discovery.intents.cases import (
    INTENTS,
    SPLITS,
    BadCase,
    Case,
    expected_pairs,
    load_cases,
    match_pairs,
    read_cases,
    slot_pairs,
)
from discovery.intents.classifier import (
    Classifier,
    load_classifier,
    save_classifier,
)
from discovery.intents.features import (
    FEATURES_VERSION,
    WIDTH,
    Matrix,
    decayed,
    feature_row,
    hashed_words,
)
from discovery.intents.scoring import f1_by_name, figures_of
from discovery.intents.shipped import WEIGHTS_DIR, UnusableWeights
from discovery.intents.training import coordinates, fit, macro_f1
from genrec.contract import CONTENT_DIM, Query, TitleRef


def embed(texts: Sequence[str]) -> Matrix:
    rows = [np.random.default_rng(len(text)).normal(size=CONTENT_DIM) for text in texts]
    return np.stack(rows).astype(np.float32)


def test_no_family_is_on_two_sides() -> None:
    families = [{case.family for case in load_cases(split)} for split in SPLITS]
    assert not families[0] & families[1]
    assert not families[0] & families[2]
    assert not families[1] & families[2]


def test_every_part_has_every_intent() -> None:
    for split in SPLITS:
        assert {case.intent for case in load_cases(split)} == set(INTENTS)


def test_no_message_is_there_twice() -> None:
    said = [(case.turns, case.text.lower()) for split in SPLITS for case in load_cases(split)]
    assert len(said) == len(set(said))


@pytest.mark.parametrize("line", ['{"id": 1}', "nonsense", '{"id":"a","family":"b","text":"c",'
                                  '"intent":"shout"}'])  # fmt: skip
def test_a_line_that_is_no_case_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(BadCase, match=r"cases\.jsonl:1"):
        read_cases(path)


def test_the_window_reads_earlier_turns_and_no_more() -> None:
    none = feature_row("older", [], embed)
    one = feature_row("older", ["a comedy"], embed)
    assert none.shape == (WIDTH,)
    assert not np.allclose(none, one)
    assert np.allclose(none, feature_row("older", ["a comedy"], embed, window=0))
    far = ["x" * 9, "a", "bb", "ccc", "dddd"]
    assert np.allclose(feature_row("older", far, embed), feature_row("older", far[1:], embed))


def test_the_last_turn_counts_most() -> None:
    turns = np.eye(2, CONTENT_DIM, dtype=np.float32)
    assert decayed(turns)[:2] == pytest.approx([1 / 3, 2 / 3])


def test_hashed_words_tell_messages_apart() -> None:
    assert np.linalg.norm(hashed_words("a comedy")) == pytest.approx(1.0)
    assert not np.allclose(hashed_words("a comedy"), hashed_words("a western"))
    assert not hashed_words("").any() or np.isfinite(hashed_words("")).all()


def test_training_learns_what_can_be_learnt() -> None:
    rng = np.random.default_rng(3)
    labels = np.arange(60) % len(INTENTS)
    rows = rng.normal(scale=0.1, size=(60, 30)).astype(np.float32)
    rows[np.arange(60), labels] += 2.0
    guesses = fit(rows, labels, penalty=0.001).probabilities(rows).argmax(axis=1)
    assert macro_f1(labels, guesses) == 1.0


def test_coordinates_keep_the_rows() -> None:
    rows = np.random.default_rng(1).normal(size=(5, 40)).astype(np.float32)
    z, basis = coordinates(rows)
    assert np.allclose(z @ basis, rows, atol=1e-4)


def test_weights_are_read_as_written_and_refused_if_they_do_not_fit(tmp_path: Path) -> None:
    weights = np.ones((WIDTH, len(INTENTS)), dtype=np.float32)
    bias = np.zeros(len(INTENTS), dtype=np.float32)
    save_classifier(Classifier(weights, bias, {"features_version": FEATURES_VERSION}), tmp_path)
    assert np.allclose(load_classifier(tmp_path).weights, weights)
    save_classifier(Classifier(weights, bias, {"features_version": -1}), tmp_path)
    with pytest.raises(UnusableWeights, match="train_intents"):
        load_classifier(tmp_path)


def test_the_shipped_weights_fit_this_program() -> None:
    manifest = load_classifier(WEIGHTS_DIR).manifest
    assert set(manifest["thresholds"]) == {"off_topic", "attack_share", "silent", "other"}
    assert set(manifest["window_ablation"]) == {"0", "1", "2", "4"}


def test_slots_are_compared_by_plain_values() -> None:
    case = Case("a", "a", (), "", "more_like", {"like": ["Heat"], "content_max": {"gore": 0}})
    heat = TitleRef(mention="heat", title_id=1, label="Heat (1995)")
    query = Query(like=(heat,), content_max={"gore": 0, "sex": 1})
    right, extra, missing = match_pairs(expected_pairs(case), slot_pairs(query))
    assert right == expected_pairs(case)
    assert extra == {("content_max", "sex=1")}
    assert not missing


def test_f1_by_hand() -> None:
    scored = f1_by_name([({("a", "1"), ("a", "2")}, {("a", "1"), ("a", "3")})])
    assert scored == {"a": {"f1": 0.5, "n": 2}}


def test_figures_of_perfect_answers() -> None:
    case = Case("a", "a", (), "a comedy", "discover", {"genres_all": ["Comedy"]})
    figures = figures_of([case], [Query(genres_all=("Comedy",))])
    assert figures["intent_macro_f1"] == 1.0
    assert figures["slot_macro_f1"] == 1.0
