"""Collaborative neighbours: learned from histories here, kept sparse, none of a few people."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from catalog.models import Title
from discovery.answers.counting import count_matches
from discovery.learned import TitleNeighbours
from discovery.models import Feedback, HistoryEntry, HistoryImport, Viewer
from discovery.retrieval.candidates import RetrieveCandidates
from discovery.retrieval.eligibility import eligibility_of
from discovery.retrieval.neighbours import (
    MIN_VIEWERS,
    item_weights,
    neighbour_scores,
    refresh_neighbours,
)
from discovery.types import Event
from genrec.contract import Query
from worker.tasks.neighbours import refresh_neighbours as nightly

KNOWN_TOGETHER = ("Tremors", "Lost in Translation")


def test_the_weights_solve_the_ridge_regression() -> None:
    """Each column is the ridge solution for its title from the others, solved directly."""
    matrix = np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=np.float64)
    weights = item_weights(sparse.csr_matrix(matrix))

    for title in range(3):
        others = [n for n in range(3) if n != title]
        known = matrix[:, others]
        gram = known.T @ known + 300.0 * np.eye(2)
        solved = np.linalg.solve(gram, known.T @ matrix[:, title])
        assert weights[others, title] == pytest.approx(solved)
        assert weights[title, title] == 0


def make_viewers(
    titles: dict[str, Title], count: int, *, kind: str = Feedback.Kind.LIKED
) -> list[Viewer]:
    """Half know the pair that has nothing else in common, half another title."""
    viewers = Viewer.objects.bulk_create(Viewer() for _ in range(count))
    feedback = []
    for n, viewer in enumerate(viewers):
        names = (*KNOWN_TOGETHER, "Airplane!") if n % 2 else ("Alien", "Airplane!")
        feedback += [Feedback(viewer=viewer, title=titles[name], kind=kind) for name in names]
    Feedback.objects.bulk_create(feedback)
    return viewers


@pytest.mark.django_db
def test_neighbours_are_learned_from_feedback_and_imports(catalogue: dict[str, Title]) -> None:
    viewers = make_viewers(catalogue, MIN_VIEWERS)
    batch = HistoryImport.objects.create(viewer=viewers[0], source="imdb", file_name="a")
    HistoryEntry.objects.create(
        batch=batch, name="Heat", kind="seen", title=catalogue["Gremlins"], status="matched"
    )
    assert refresh_neighbours() > 0

    first, second = (catalogue[name].pk for name in KNOWN_TOGETHER)
    scores = neighbour_scores({first: 1.0})
    assert max(scores, key=scores.__getitem__) == second
    # One viewer knows it: that is nobody else's business.
    assert catalogue["Gremlins"].pk not in scores


@pytest.mark.django_db
def test_a_few_viewers_teach_nothing(catalogue: dict[str, Title]) -> None:
    make_viewers(catalogue, MIN_VIEWERS)
    refresh_neighbours()
    Viewer.objects.filter(pk=Viewer.objects.latest("pk").pk).delete()

    assert refresh_neighbours() == 0
    assert neighbour_scores({catalogue["Tremors"].pk: 1.0}) == {}


@pytest.mark.django_db
def test_dislikes_teach_nothing(catalogue: dict[str, Title]) -> None:
    make_viewers(catalogue, MIN_VIEWERS, kind=Feedback.Kind.DISLIKED)
    assert refresh_neighbours() == 0


@pytest.mark.django_db
def test_what_others_know_as_well_rises_and_says_why(
    embedded_catalogue: dict[str, Title],
) -> None:
    first, second = (embedded_catalogue[name].pk for name in KNOWN_TOGETHER)
    history = (Event(first, "liked"),)
    query = Query()

    def rank_and_sources() -> tuple[int, dict[str, float]]:
        eligibility = eligibility_of(query, history)
        matching = count_matches(eligibility).matching
        found = RetrieveCandidates(query, history, eligibility, matching)().candidates
        place = [c.title_id for c in found].index(second)
        return place, dict(found[place].sources)

    before, _ = rank_and_sources()
    make_viewers(embedded_catalogue, MIN_VIEWERS)
    nightly()
    after, sources = rank_and_sources()

    assert TitleNeighbours.objects.filter(title=first).exists()
    assert after < before
    assert sources["neighbours"] > 0
