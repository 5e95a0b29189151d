"""The lift of titles that nobody has a history with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from genrec.model import GenRec
from genrec.newcomers import MOST_LIFT, fit_lift, lifted
from genrec.ranking import head_scores
from genrec.recipe import read_training_data
from genrec.training import Run
from tests.genrec.world import SMALL, data_paths, text_paths, write_world

HISTORIES = [[row, row + 2, row + 4] for row in range(30)]


@pytest.fixture
def run(tiny_model: Path, tmp_path: Path) -> Run:
    """An untrained run whose known titles are famous: their residuals say so."""
    write_world(tmp_path)
    data = read_training_data(data_paths(tmp_path))
    made = Run(SMALL, data, tiny_model.parent / "base", text_paths(tmp_path), tmp_path / "run")
    made.model.residuals.bias.data += 2.0
    return made


def scores(run: Run) -> np.ndarray:
    found = head_scores(run.model, run.verbalizer, run.full, HISTORIES, max_events=8)
    return np.stack(list(found))


TARGETS = [row + 6 for row in range(30)]


def fitted(run: Run) -> float:
    return fit_lift(run.model, run.verbalizer, run.full, HISTORIES, TARGETS, max_events=8)


def test_the_lift_is_what_known_titles_can_bear(run: Run) -> None:
    """Fame of 2 nats is what hides the new ones: a lift of about as much begins to cost."""
    lift = fitted(run)
    run.model.residuals.bias.data += 1.0

    assert 0.5 < lift < 3.5
    assert fitted(run) == pytest.approx(lift + 1.0, abs=0.1)


def test_new_titles_that_known_ones_cannot_bear_are_lowered(run: Run) -> None:
    before = fitted(run)
    run.model.residuals.bias.data -= before + 1.0

    assert fitted(run) == pytest.approx(-1.0, abs=0.1)


def test_what_was_lifted_needs_less(run: Run) -> None:
    lift = fitted(run)
    with lifted(run.model, lift):
        assert fitted(run) == pytest.approx(0.0, abs=0.05)


def test_a_lift_changes_no_score_of_a_known_title(run: Run) -> None:
    places = run.model.places
    assert isinstance(places, torch.Tensor)
    known = (places >= 0).numpy()
    before = scores(run)

    with lifted(run.model, 1.5):
        after = scores(run)

    assert np.allclose(after[:, known], before[:, known], atol=1e-4)
    assert np.allclose(after[:, ~known], before[:, ~known] + 1.5, atol=1e-4)
    assert np.array_equal(scores(run), before)


def test_without_known_titles_there_is_no_lift(run: Run) -> None:
    model = run.model
    nobody = GenRec(model.base, model.towers, model.residuals, model.vocabulary, [""] * 40)
    run.model = nobody

    assert fitted(run) == 0.0
    assert MOST_LIFT > 0
