"""The cold protocol: new titles are truly new, and every path can score them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from genrec.cold import (
    Positional,
    cold_rankers,
    content_knn,
    mean_of,
    newest_rows,
    remembered,
    split_cold,
    without_new,
)
from genrec.cold_scores import evaluate_cold, recall_at_20
from genrec.errors import GenRecError
from genrec.recipe import TrainingData, read_training_data
from genrec.training import Run
from tests.genrec.world import N_TITLES, SMALL, data_paths, text_paths


@pytest.fixture(scope="module")
def data(world: Path) -> TrainingData:
    return read_training_data(data_paths(world))


def test_the_newest_titles_are_the_latest_by_year(data: TrainingData) -> None:
    new = newest_rows(data, 0.1)
    years = {data.facts[row].year for row in new}

    assert len(new) == round(0.1 * len(data.facts))
    assert years == {2010}
    latest = [row for row, title in enumerate(data.facts) if title.year == 2010]
    assert set(new) == set(latest[-len(new) :])


def test_new_titles_are_in_no_training_history(data: TrainingData) -> None:
    split = split_cold(data)
    cold = without_new(data, split)
    held = set(split.new)

    for user, rows in cold.histories.items():
        assert not held & {*rows, cold.validation[user]}
    for user, target in split.targets.items():
        assert target in held
        complete = [*data.histories[user], data.validation[user]]
        before = complete[: complete.index(target)]
        assert split.histories[user] == [row for row in before if row not in held]


def test_a_share_that_nobody_saw_is_refused(data: TrainingData) -> None:
    lonely = data.histories | {user: rows[:2] for user, rows in data.histories.items()}
    short = type(data)(data.catalogue, data.facts, data.forms, lonely, data.validation)
    with pytest.raises(GenRecError, match="larger share"):
        split_cold(short, 0.01)


def test_content_neighbours_are_the_nearest() -> None:
    content = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [-1.0, 0.0]])
    scores = content_knn(content)([0])

    assert scores.argmax() == 0
    assert scores[1] > scores[2] > scores[3]


@pytest.fixture(scope="module")
def run(
    world: Path, data: TrainingData, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    return Run(
        SMALL,
        data,
        tiny_model.parent / "base",
        text_paths(world),
        tmp_path_factory.mktemp("run"),
    )


def test_every_ranker_scores_every_title(run: Run, data: TrainingData) -> None:
    split = split_cold(data, 0.2)
    rankers = cold_rankers(run.model, run.verbalizer, run.full, split, max_events=8)
    report = evaluate_cold(rankers, split, max_users=10)

    assert list(report["rankers"]) == [
        "popularity",
        "content_knn",
        "two_tower",
        "positional",
        "both",
    ]
    history = next(iter(split.histories.values()))
    for name, ranker in rankers.items():
        scores = ranker(history)
        assert scores.shape == (N_TITLES,), name
        assert np.isfinite(scores).all(), name
    # Never seen in training: the last of all by popularity.
    assert report["rankers"]["popularity"]["Recall@20"] == 0
    assert report["rankers"]["popularity"]["MRR, new"] == pytest.approx(
        1 / len(split.new), abs=1e-5
    )
    for figures in report["rankers"].values():
        assert figures["MRR, new"] >= figures["MRR"]  # fewer to compete with
        assert set(figures["ci95"]) == set(figures) - {"ci95"}
    difference = report["differences"]["two_tower - content_knn"]
    means = [report["rankers"][name]["MRR"] for name in ("two_tower", "content_knn")]
    assert difference["MRR"] == pytest.approx(means[0] - means[1], abs=2e-5)


def test_a_positional_prompt_scores_what_it_lists_by_place(run: Run) -> None:
    with torch.no_grad():
        run.model.towers.positions.normal_(std=3.0)
    ranker = Positional(run.model, run.verbalizer, run.full, [5, 9, 30], max_events=8)
    history = [0, 2, 4]
    rows = run.model.rows(run.full, torch.ones(N_TITLES))
    with torch.no_grad():
        logs = ranker.log_probabilities(history, [ranker.new], rows)[0]
    listed = ranker.new

    assert logs.exp().sum().item() == pytest.approx(1, abs=1e-4)
    assert logs[listed].exp().sum().item() < 1e-6  # their columns take no part
    assert logs[N_TITLES + 3 :].exp().sum().item() < 1e-6  # nor do unused places
    scores = ranker(history)
    assert scores[listed].tolist() != scores[sorted(listed)].tolist() or listed == sorted(listed)
    assert np.isfinite(scores).all()


def test_recall_counts_the_first_twenty() -> None:
    assert (recall_at_20(20), recall_at_20(21)) == (1.0, 0.0)


def test_what_rankers_share_is_computed_once_a_history() -> None:
    asked: list[list[int]] = []

    def ranker(history: list[int]) -> np.ndarray:
        asked.append(list(history))
        return np.full(3, float(sum(history)))

    shared = remembered(ranker)
    both = mean_of(shared, lambda history: np.zeros(3))
    found = [(shared(h)[0], both(h)[0]) for h in ([1], [1], [2], [1])]
    assert found == [(1.0, 0.5), (1.0, 0.5), (2.0, 1.0), (1.0, 0.5)]
    assert asked == [[1], [2]]
