"""The closed forms against values worked out by hand, on catalogues of three or four titles."""

from __future__ import annotations

import numpy as np
import pytest

from genrec.classical import (
    Blend,
    ClassicalConfig,
    Linear,
    Popularity,
    cooccurrences,
    ease_weights,
    fit_classical,
    fit_item_knn,
    fit_markov,
    standardised,
)
from genrec.errors import GenRecError
from genrec.events import decay, forward_counts, read_events, recent

HISTORIES = [[0, 1, 2], [0, 1], [2, 0]]
NAMES = {"popularity", "item_knn", "ease", "ease_recency", "markov", "classical_blend"}


def test_popularity_counts_events() -> None:
    scores = fit_classical(HISTORIES, 4)["popularity"]([[3], []])

    assert scores.tolist() == [[3, 2, 2, 0], [3, 2, 2, 0]]


def test_cooccurrences_count_users() -> None:
    assert cooccurrences(HISTORIES, 3).tolist() == [[3, 2, 2], [2, 2, 1], [2, 1, 2]]


def test_item_knn_is_the_shrunk_cosine() -> None:
    gram = cooccurrences(HISTORIES, 3)

    weights = fit_item_knn(gram, ClassicalConfig(knn_shrinkage=2, knn_neighbours=3)).weights

    # 2 users have both 0 and 1: cosine 2 / sqrt(3 * 2), shrunk by 2 / (2 + 2).
    assert weights[0, 1] == pytest.approx(2 / np.sqrt(6) / 2)
    assert weights[1, 2] == pytest.approx(1 / 2 / 3)
    assert np.diag(weights).tolist() == [0, 0, 0]


def test_item_knn_keeps_the_nearest_neighbours_of_each_title() -> None:
    gram = cooccurrences(HISTORIES, 3)

    weights = fit_item_knn(gram, ClassicalConfig(knn_neighbours=1)).weights

    assert np.count_nonzero(weights[:, 1]) == 1
    assert weights[0, 1] > 0


def test_ease_of_two_titles() -> None:
    gram = np.array([[3, 2], [2, 2]], dtype=np.float32)

    weights = ease_weights(gram, 1.0)

    # With G + I = [[4, 2], [2, 3]] the weight of i for j is G_ij / (G_ii + 1).
    assert weights == pytest.approx(np.array([[0, 2 / 4], [2 / 3, 0]]))


def test_ease_solves_its_normal_equations() -> None:
    gram = cooccurrences([[0, 1, 2], [0, 2, 3], [1, 3], [0, 3]], 4)
    weights = ease_weights(gram, 2.0)

    gradient = (gram + 2 * np.eye(4)) @ weights - gram

    off_diagonal = gradient[~np.eye(4, dtype=bool)]
    assert off_diagonal == pytest.approx(np.zeros(12), abs=1e-5)


def test_recent_titles_weigh_more() -> None:
    values = recent([[2, 0, 1]], 4, decay(0.5, length=2))

    assert values.tolist() == [[0.5, 1, 0, 0]]


def test_a_title_that_occurs_again_counts_by_its_latest_event() -> None:
    assert recent([[1, 0, 1]], 2, decay(0.5, length=3)).tolist() == [[0.5, 1]]


def test_recency_changes_only_the_input_of_ease() -> None:
    models = fit_classical(HISTORIES, 3, ClassicalConfig(ease_decay=0.5))
    plain, faded = models["ease"], models["ease_recency"]
    assert isinstance(plain, Linear)
    assert isinstance(faded, Linear)

    assert faded.weights is plain.weights
    assert faded([[0, 1]])[0] == pytest.approx(plain.weights[1] + plain.weights[0] / 2)


def test_counts_at_each_lag_stay_inside_a_history() -> None:
    one_later, two_later = forward_counts(
        read_events(HISTORIES, 3), [np.array([1.0]), np.array([0.0, 1.0])]
    )

    assert one_later.tolist() == [[0, 2, 0], [0, 0, 1], [1, 0, 0]]
    assert two_later.tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_a_kernel_adds_lags_up() -> None:
    (both,) = forward_counts(read_events(HISTORIES, 3), [np.array([1.0, 0.5])])

    assert both.tolist() == [[0, 2, 0.5], [0, 0, 1], [1, 0, 0]]


def test_users_can_weigh_the_same() -> None:
    events = read_events([[0, 1, 2], [0]], 3, user_power=1.0)

    by_user = np.bincount(events.users, weights=events.weights)
    assert by_user[0] == pytest.approx(by_user[1])
    assert by_user.sum() == pytest.approx(4)


def test_markov_smooths_with_popularity() -> None:
    config = ClassicalConfig(markov_lags=2, markov_smoothing=1.0, markov_decay=0.5)
    markov = fit_markov(read_events(HISTORIES, 3), config)

    # Title 1 follows title 0 twice of twice; 2 of 7 events are title 1.
    assert markov.transitions[0][0, 1] == pytest.approx((2 + 2 / 7) / 3)
    assert markov.transitions[0].sum(axis=1) == pytest.approx(np.ones(3))


def test_markov_adds_the_last_titles_newest_first() -> None:
    config = ClassicalConfig(markov_lags=2, markov_decay=0.5)
    markov = fit_markov(read_events(HISTORIES, 3), config)
    first, second = markov.transitions

    scores = markov([[0, 1], [1]])

    assert scores[0] == pytest.approx(first[1] + 0.5 * second[0])
    assert scores[1] == pytest.approx(first[1])


def test_a_blend_is_a_weighted_sum_of_standard_scores() -> None:
    one = Popularity(np.array([0, 1, 2], dtype=np.float32))
    two = Popularity(np.array([500, 0, 250], dtype=np.float32))

    (scores,) = Blend(((one, 1.0), (two, 2.0)))([[0]])

    step = np.sqrt(1.5)  # of three equidistant values with deviation 1
    assert scores == pytest.approx([-step + 2 * step, -2 * step, step])


def test_constant_scores_say_nothing_in_a_blend() -> None:
    assert standardised(np.full((1, 3), 7, dtype=np.float32)).tolist() == [[0, 0, 0]]


def test_all_rankers_score_every_title_even_without_a_history() -> None:
    models = fit_classical(HISTORIES, 4)

    assert set(models) == NAMES
    for model in models.values():
        scores = model([[0, 1], []])
        assert scores.shape == (2, 4)
        assert np.isfinite(scores).all()


def test_the_chain_is_found_by_those_that_see_order() -> None:
    chains = [[0, 1, 2], [3, 1, 0], [0, 1, 2], [3, 0]] * 5
    models = fit_classical(chains, 4, ClassicalConfig(ease_regularisation=1))

    assert models["markov"]([[0, 1]])[0].argmax() == 2
    assert models["classical_blend"]([[0, 1]])[0, 2] > models["classical_blend"]([[0, 1]])[0, 3]


def test_without_events_there_is_nothing_to_fit() -> None:
    with pytest.raises(GenRecError, match="no events"):
        fit_classical([[], []], 3)


def test_rows_outside_the_catalogue_are_an_error() -> None:
    with pytest.raises(GenRecError, match="outside"):
        fit_classical([[0, 3]], 3)
