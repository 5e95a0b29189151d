"""The report of `genrec evaluate`, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from genrec.evaluation import (
    Ranks,
    add_cached,
    difference,
    evaluate,
    rank_targets,
    summary,
    table,
)
from genrec.rankers import ClassicalRanking, Matrix

HISTORIES = {1: [0], 2: [1, 2], 3: [0, 4]}


class Fixed:
    """A ranking that scores every history alike."""

    def __init__(self, **scores: Sequence[float]) -> None:
        self.scores = scores
        self.names = list(scores)

    def batches(self, histories: Sequence[list[int]]) -> list[list[int]]:
        """Longest first, to see that ranks find their way back to their users."""
        return [
            [index] for index in sorted(range(len(histories)), key=lambda i: -len(histories[i]))
        ]

    def __call__(self, histories: Sequence[list[int]]) -> Mapping[str, Matrix]:
        return {name: np.tile(row, (len(histories), 1)) for name, row in self.scores.items()}


def test_ranks_leave_out_the_history_and_count_ties_against_the_target() -> None:
    ranking = Fixed(genrec=[9, 3, 5, 3, 1])

    ranks = rank_targets([ranking], HISTORIES, {1: 3, 2: 4, 3: 2})

    # User 1 has seen title 0: of 3, 5, 3, 1 the target's 3 is beaten by 5 and tied.
    # User 2 has seen 1 and 2: of 9, 3, 1 the target is last. User 3: of 3, 5, 3 it is first.
    assert ranks == {"genrec": {1: 3, 2: 3, 3: 1}}


def test_a_target_in_the_history_is_nobody_s_failure() -> None:
    ranks = rank_targets([Fixed(genrec=[9, 3, 5, 3, 1])], HISTORIES, {1: 0, 3: 2})

    assert ranks["genrec"] == {1: None, 3: 1}
    assert summary(list(ranks["genrec"].values()))["MRR"] == 1


def test_metrics_are_means_over_users() -> None:
    report = evaluate([Fixed(genrec=[9, 3, 5, 3, 1])], HISTORIES, {1: 3, 2: 4, 3: 2}, n_titles=5)

    figures = report["rankers"]["genrec"]
    assert (report["users"], report["titles"]) == (3, 5)
    assert figures["HR@10"] == 1
    assert figures["NDCG@10"] == pytest.approx((0.5 + 0.5 + 1) / 3, abs=1e-5)
    assert figures["MRR"] == pytest.approx((1 / 3 + 1 / 3 + 1) / 3, abs=1e-5)
    low, high = figures["ci95"]["MRR"]
    assert low < figures["MRR"] < high


def test_a_difference_is_paired() -> None:
    """One ranker is always one place better: their own intervals overlap, all the same."""
    better = {user: 3 + user % 2 * 37 for user in range(60)}
    worse = {user: rank + 1 for user, rank in better.items()}

    one, other = (summary(list(ranks.values())) for ranks in (better, worse))
    found = difference(better, worse)

    by_hand = (1 / 3 - 1 / 4 + 1 / 40 - 1 / 41) / 2
    assert one["ci95"]["MRR"][0] < other["ci95"]["MRR"][1]
    assert found["MRR"] == pytest.approx(by_hand, abs=1e-5)
    assert found["ci95"]["MRR"][0] > 0
    assert found["HR@10"] == 0
    assert found["ci95"]["HR@10"] == [0, 0]


def test_a_difference_is_of_those_whom_both_rank() -> None:
    found = difference({1: 1, 2: None, 3: 2}, {1: 2, 2: 1, 4: 1})

    assert found["users"] == 2  # user 2's target is in the history for one: nothing to compare
    assert found["MRR"] == 0.5


def test_differences_are_between_those_that_are_there() -> None:
    ranking = Fixed(blend=[9, 3, 5, 3, 1], classical_blend=[1, 2, 3, 4, 5], other=[1, 1, 1, 1, 1])

    report = evaluate([ranking], HISTORIES, {1: 3, 2: 4, 3: 2}, n_titles=5)

    assert list(report["differences"]) == ["blend - classical_blend"]
    assert list(report["rankers"]) == ["blend", "classical_blend", "other"]


def test_ranks_from_elsewhere_are_compared_user_by_user() -> None:
    ranks = {1: 2, 2: 2, 3: 2}
    report = evaluate(
        [Fixed(blend=[9, 3, 5, 3, 1])],
        HISTORIES,
        {1: 3, 2: 4, 3: 2},
        n_titles=5,
        others={"sasrec": ranks},
    )

    assert report["rankers"]["sasrec"]["MRR"] == 0.5
    assert report["differences"]["blend - sasrec"]["MRR"] == pytest.approx(
        (2 * (1 / 3 - 1 / 2) + 1 - 1 / 2) / 3, abs=1e-5
    )


def test_ranks_from_elsewhere_count_for_these_users_only() -> None:
    others: dict[str, Ranks] = {
        "sasrec": {1: 1, 3: 2, 7: 100},
        "gru4rec": {1: 1, 2: 2, 3: None, 8: 100},
    }

    report = evaluate([], HISTORIES, {1: 3, 2: 4, 3: 2}, n_titles=5, others=others)

    assert report["rankers"]["sasrec"]["MRR"] == 0.75
    assert report["rankers"]["gru4rec"]["MRR"] == 0.75
    (note,) = report["notes"]
    assert note.startswith("the ranks of sasrec lack 1 of 3 users")


def test_cached_peers_are_marked_and_never_replace_what_ran() -> None:
    report = evaluate([Fixed(genrec=[9, 3, 5, 3, 1])], HISTORIES, {1: 3}, n_titles=5)
    own = report["rankers"]["genrec"]
    figures = {"HR@10": 0.2, "NDCG@10": 0.1, "MRR": 0.1, "users": 3}
    figures["ci95"] = {name: [0.0, 1.0] for name in ("HR@10", "NDCG@10", "MRR")}  # type: ignore[assignment]

    sasrec = {"metrics": figures, "train_s": 60, "converged": True, "settings": {"lr": 1e-3}}
    gru4rec = {"metrics": figures, "converged": False}

    add_cached(report, {"sasrec": sasrec, "gru4rec": gru4rec, "genrec": {"metrics": {}}})

    assert report["rankers"]["genrec"] is own
    assert report["rankers"]["sasrec"]["cached"] == {"train_s": 60, "converged": True}
    assert "sasrec * " in table(report)
    assert "gru4rec ** " in table(report)
    assert "genrec *" not in table(report)


def test_without_a_user_who_can_be_ranked_figures_are_no_numbers() -> None:
    assert math.isnan(summary([None])["MRR"])


def test_classical_batches_cover_every_history_once() -> None:
    batches = ClassicalRanking({}).batches([[0]] * 600)

    assert sorted(index for batch in batches for index in batch) == list(range(600))
