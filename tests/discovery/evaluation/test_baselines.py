"""Simple systems: by hand, by the textbook, and without a look at their own answers."""

from __future__ import annotations

import numpy as np
import pytest

from discovery.evaluation.baselines import Baselines, standardised, without_mentions
from discovery.evaluation.cases import Case
from discovery.evaluation.ease import REGULARISATION, MentionModel
from tests.discovery.evaluation.small_world import small_index

INDEX = small_index()


def case(case_id: str, *targets: int | None, mentioned: tuple[int, ...] = ()) -> Case:
    return Case(case_id, ("a film",), "a film", targets, mentioned, group=case_id.partition("/")[0])


def test_what_is_frequent_is_counted_in_other_groups_alone() -> None:
    cases = [case("d1/1", 7), case("d1/2", 7, None), case("d2/1", 7), case("d3/1", 8)]
    first, second, third, fourth = Baselines(INDEX, without_mentions({}))._frequencies(cases)

    at = INDEX.positions
    assert first[at[7]] - INDEX.popularity[at[7]] / 2 == pytest.approx(1)
    assert second.tolist() == first.tolist()
    assert third[at[7]] > third[at[8]] > third[at[1]]
    assert third[at[7]] - INDEX.popularity[at[7]] / 2 == pytest.approx(2)
    # Right in this one alone: no more than its popularity.
    assert fourth[at[8]] == pytest.approx(INDEX.popularity[at[8]] / 2)


def test_titles_of_the_file_and_of_the_parser_are_left_out() -> None:
    baselines = Baselines(INDEX, without_mentions({"b": frozenset({2})}))
    cases = [case("a", 3, mentioned=(1,)), case("b", 3, mentioned=(1,))]
    first, second = baselines._lists(cases, [INDEX.popularity] * 2)

    assert first == [2, 3, 4, 5, 6, 7, 8]
    assert second == [3, 4, 5, 6, 7, 8]


def test_equal_scores_go_by_popularity() -> None:
    assert INDEX.ranked(np.zeros(8, dtype=np.float32), without=(), limit=3) == [1, 2, 3]


def test_what_the_words_did_not_find_has_no_rank_by_words() -> None:
    text = np.array([0, 0, 0.5, 0, 0, 0, 0, 0.1], dtype=np.float32)
    cosine = np.linspace(0.8, 0.1, 8, dtype=np.float32)
    fused = Baselines(INDEX, without_mentions({}))._fused(text, cosine)

    assert fused[2] == pytest.approx(1 / 61 + 1 / 63)
    assert fused[7] == pytest.approx(1 / 62 + 1 / 68)
    assert fused[0] == pytest.approx(1 / 61)


def test_standardised_values_have_mean_zero_and_deviation_one() -> None:
    values = standardised(np.array([1, 2, 3], dtype=np.float32))

    assert (values.mean(), values.std()) == pytest.approx((0, 1), abs=1e-6)
    assert standardised(np.ones(3, dtype=np.float32)).tolist() == [0, 0, 0]


def test_ease_is_the_textbooks_without_a_matrix_of_titles() -> None:
    generator = np.random.default_rng(5)
    histories = (generator.random((5, 8)) < 0.4).astype(np.float32)
    precision = np.linalg.inv(histories.T @ histories + REGULARISATION * np.eye(8))
    weights = -precision / np.diag(precision)
    np.fill_diagonal(weights, 0)
    model = MentionModel(INDEX, histories)

    mentioned = [2, 5, 99]
    by_the_book = weights[1] + weights[4]
    assert model.scores(mentioned) == pytest.approx(by_the_book, abs=1e-5)
    assert np.argsort(-model.scores(())).tolist() == list(range(8))


@pytest.mark.parametrize(
    ("name", "year", "expected"),
    [
        ("Night Bus", None, 4),
        ("Night Bus", 2014, 7),
        ("Night Bus", 1989, 4),
        ("Night Bus", 1990, None),
        ("the robot orchard", 2012, 3),
        ("A Film Nobody Has", None, None),
    ],
)
def test_a_name_means_the_title_of_its_year(
    name: str, year: int | None, expected: int | None
) -> None:
    assert INDEX.by_name(name, year) == expected
