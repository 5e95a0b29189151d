"""Metrics by hand-computed cases, and intervals that hold what they should."""

from __future__ import annotations

import numpy as np
import pytest

from discovery.enrichment.scores import CUTOFF, METRICS, ROUNDS, compare, score, summarize
from discovery.enrichment.types import Description, Proposal

TRUTH = Description(
    terms={"noir": 3, "tense": 2, "rain": 1},
    notes={"violence": 2, "gore": 0},
    keywords=("Trench coat", "harbour"),
)


def term(value: str) -> Proposal:
    return Proposal("term", value, 2, 0.5)


def note(value: str, grade: int) -> Proposal:
    return Proposal("content", value, grade, 0.5)


FOUND = [
    term("noir"),
    term("funny"),
    term("rain"),
    note("violence", 3),
    note("gore", 0),
    note("scary", 3),
    Proposal("keyword", "trench coat", 1, 0.5),
]


def metric(name: str, proposals: list[Proposal]) -> float:
    (key,) = (key for key in METRICS if key.startswith(name))
    return summarize(score([proposals], [TRUTH]))[key][0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("terms micro-F1", 2 * 2 / (3 + 3)),
        ("terms precision", 2 / 5),
        ("terms weighted recall", 4 / 6),
        ("notes mean absolute error", 1 / 2),
        ("notes exact", 1 / 2),
        ("keywords recall", 1 / 2),
    ],
)
def test_one_title_by_hand(name: str, value: float) -> None:
    assert metric(name, FOUND) == pytest.approx(value)


def test_a_note_that_is_not_proposed_counts_as_none() -> None:
    assert metric("notes mean absolute error", []) == pytest.approx((2 + 0) / 2)


def test_terms_past_the_cutoff_do_not_count() -> None:
    late = [term(f"wrong {n}") for n in range(CUTOFF)] + [term("noir")]

    assert metric("terms weighted recall", late) == 0


def test_micro_f1_adds_up_titles_before_it_divides() -> None:
    found = score([FOUND, []], [TRUTH, TRUTH])

    assert summarize(found)["terms micro-F1@8"][0] == pytest.approx(2 * 2 / (3 + 6))


def test_intervals_hold_the_value_and_are_the_same_each_time() -> None:
    rng = np.random.default_rng(1)
    proposals = [FOUND if rng.random() < 0.5 else [term("tense")] for _ in range(60)]
    scores = score(proposals, [TRUTH] * 60)

    for value, low, high in summarize(scores).values():
        assert low <= value <= high
    assert summarize(scores) == summarize(scores)
    assert ROUNDS >= 1000


def test_differences_are_paired() -> None:
    """A system that is better by the same amount everywhere is better for sure."""
    worse = score([[term("noir")]] * 20, [TRUTH] * 20)
    better = score([[term("noir"), term("tense")]] * 20, [TRUTH] * 20)

    value, low, high = compare(better, worse)["terms weighted recall@8"]

    assert low == pytest.approx(high) == pytest.approx(value) == pytest.approx(2 / 6)
