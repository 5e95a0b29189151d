""" "Unlike my usual": the answer resembles the history less, viewer for viewer."""

from __future__ import annotations

from statistics import fmean

import numpy as np
import pytest

from catalog.models import Title
from discovery.answers.counting import count_matches
from discovery.retrieval.candidates import RetrieveCandidates
from discovery.retrieval.eligibility import eligibility_of
from discovery.retrieval.probes import centroid, vectors_of
from discovery.types import Event
from genrec.contract import Query

pytestmark = pytest.mark.django_db

# Viewers of one taste each.
TASTES = (
    ("Alien", "Aliens", "The Terminator"),
    ("Groundhog Day", "Lost in Translation", "The Princess Bride"),
    ("Gremlins", "Critters", "Tremors"),
    ("Spaceballs", "Airplane!", "Young Frankenstein"),
    ("Blade Runner", "The Thing", "Dark Star"),
    ("Men in Black", "Ghostbusters", "Evolution"),
    ("Army of Darkness", "Shaun of the Dead", "Young Frankenstein"),
    ("Back to the Future", "Innerspace", "Short Circuit"),
)


def first_cards(query: Query, history: tuple[Event, ...]) -> list[int]:
    eligibility = eligibility_of(query, history)
    matching = count_matches(eligibility).matching
    found = RetrieveCandidates(query, history, eligibility, matching)().candidates
    return [candidate.title_id for candidate in found[:6]]


def likeness(shown: list[int], history: tuple[Event, ...]) -> float:
    """Return the mean cosine of the cards to the middle of the history."""
    liked = [event.title_id for event in history]
    vectors = vectors_of([*shown, *liked])
    middle = centroid(vectors, liked)
    assert middle is not None
    return fmean(float(np.dot(vectors[pk], middle)) for pk in shown)


def test_unlike_my_usual_is_less_like_the_history(embedded_catalogue: dict[str, Title]) -> None:
    differences = []
    for names in TASTES:
        history = tuple(Event(embedded_catalogue[name].pk, "liked") for name in names)
        usual = likeness(first_cards(Query(), history), history)
        unusual = likeness(first_cards(Query(novelty="unusual"), history), history)
        differences.append(usual - unusual)

    # A paired test: all eight go the same way by chance in one case of 256.
    assert min(differences) > 0
    assert fmean(differences) > 0.05


def test_without_a_history_it_means_lesser_known(embedded_catalogue: dict[str, Title]) -> None:
    def fame(query: Query) -> float:
        shown = Title.objects.filter(pk__in=first_cards(query, ()))
        return fmean(shown.values_list("popularity", flat=True))

    assert fame(Query(novelty="unusual")) < fame(Query()) - 0.1
