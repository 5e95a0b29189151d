"""Metrics of lists with several right answers, by hand; intervals that respect conversations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from discovery.evaluation.cases import Case, CaseSet
from discovery.evaluation.scores import (
    METRICS,
    Scores,
    difference,
    interval,
    score_lists,
    summary,
)

# Right answers at ranks 2 and 12, and a third that was not listed.
RANKS = (2, 12)
N_TARGETS = 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hit@10", 1.0),
        ("MRR", 0.5),
        ("Recall@1", 0.0),
        ("Recall@10", 1 / 3),
        ("Recall@20", 2 / 3),
        ("Recall@200", 2 / 3),
        ("NDCG@10", (1 / math.log2(3)) / (1 + 1 / math.log2(3) + 0.5)),
    ],
)
def test_metrics_of_three_right_answers(name: str, value: float) -> None:
    assert METRICS[name](RANKS, N_TARGETS) == pytest.approx(value)


@pytest.mark.parametrize("name", METRICS)
def test_nothing_found_scores_nothing(name: str) -> None:
    assert METRICS[name]((), 2) == 0


def test_ndcg_is_one_when_ten_of_many_fill_the_first_ten() -> None:
    assert METRICS["NDCG@10"](range(1, 11), 30) == pytest.approx(1)


def case(case_id: str, *targets: int | None, group: str = "") -> Case:
    return Case(case_id, (), "", targets, group=group)


def test_a_request_is_one_row_and_a_target_of_a_conversation_another() -> None:
    cases = [case("a", 7, None), case("b", 8)]
    lists = [[7], [1, 8]]

    whole = score_lists(CaseSet("s", cases, ("Recall@1", "Recall@10")), lists)
    each = score_lists(CaseSet("s", cases, ("Recall@1", "Recall@10"), per_target=True), lists)

    assert whole.values["Recall@10"].tolist() == [0.5, 1]
    # The one that can't be linked stays, as a miss.
    assert each.values["Recall@10"].tolist() == [1, 0, 1]
    assert each.values["Recall@1"].tolist() == [1, 0, 0]
    assert each.groups.tolist() == [0, 0, 1]


def test_refuses_a_case_without_a_right_answer() -> None:
    with pytest.raises(ValueError, match="case a has no right answer"):
        score_lists(CaseSet("s", [case("a")], ("MRR",)), [[1]])


def test_a_paired_difference_is_surer_than_the_two_alone() -> None:
    rng = np.random.default_rng(3)
    cases = [case(str(n), 1) for n in range(60)]
    # Ours is one rank better on every request, whatever the request.
    theirs = [[*range(100, 100 + n), 1] for n in rng.integers(1, 9, 60)]
    ours = [one[1:] for one in theirs]
    case_set = CaseSet("s", cases, ("MRR",))
    ours_scores, theirs_scores = score_lists(case_set, ours), score_lists(case_set, theirs)

    low, high = difference(ours_scores, theirs_scores)["ci95"]["MRR"]  # type: ignore[index]

    assert low > 0
    assert high - low < 0.4
    assert summary(ours_scores)["MRR"] == pytest.approx(ours_scores.values["MRR"].mean(), abs=1e-5)


def test_turns_of_one_conversation_are_no_independent_evidence() -> None:
    values = np.array([1.0] * 20 + [0.0] * 20)

    alone = interval(values, np.arange(40))
    together = interval(values, np.array([0] * 20 + [1] * 20))

    assert together == (0, 1)
    assert alone[0] > 0.3
    assert alone[1] < 0.7


def test_a_difference_resamples_whole_conversations_too() -> None:
    groups = np.array([0] * 20 + [1] * 20)
    ours = Scores({"MRR": np.array([1.0] * 20 + [0.0] * 20)}, groups)
    theirs = Scores({"MRR": np.zeros(40)}, groups)

    assert difference(ours, theirs) == {"MRR": 0.5, "ci95": {"MRR": [0, 1]}}
