"""A history of thousands: left out whole, by one parameter, with the last events in the prompt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Credit, Person, Title
from discovery.answers.counting import count_matches
from discovery.history import load_history, load_slots, ranking_history
from discovery.models import HistoryEntry, HistoryImport, Viewer
from discovery.retrieval.eligibility import eligibility_of
from discovery.retrieval.title_sets import MAX_LISTED, is_among
from discovery.types import Query
from genrec.contract import MAX_HISTORY

pytestmark = pytest.mark.django_db

N_SEEN = 5000
START = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def viewer(db: None) -> Viewer:
    """Somebody who has seen all but ten of the titles."""
    titles = Title.objects.bulk_create(
        Title(name=f"Film {n}", year=2000, slot=n) for n in range(N_SEEN + 10)
    )
    viewer = Viewer.objects.create()
    batch = HistoryImport.objects.create(viewer=viewer, source="imdb", file_name="x")
    HistoryEntry.objects.bulk_create(
        HistoryEntry(
            batch=batch,
            name=title.name,
            kind="seen",
            status="matched",
            title=title,
            watched_at=START + timedelta(hours=n),
        )
        for n, title in enumerate(titles[:N_SEEN])
    )
    return viewer


def test_all_of_it_is_left_out_without_a_parameter_for_each(viewer: Viewer) -> None:
    with CaptureQueriesContext(connection) as queries:
        history = load_history(viewer)
        eligibility = eligibility_of(Query(), history)
        counted = count_matches(eligibility)
        left = set(eligibility.titles().values_list("name", flat=True))

    assert len(history) == N_SEEN
    assert counted.left_out["seen"] == N_SEEN
    assert left == {f"Film {n}" for n in range(N_SEEN, N_SEEN + 10)}
    # Each id once, in an array; as parameters they come with separators, quotes and a plan each.
    assert all(query["sql"].count(", ") < 100 for query in queries.captured_queries)


def test_the_prompt_has_the_last_of_it(viewer: Viewer) -> None:
    Title.objects.update(embedding=[0.1] * 384, embedding_version="test")
    history = load_history(viewer)
    slots = load_slots([event.title_id for event in history])
    events = ranking_history(history, (), slots)

    assert len(slots) == N_SEEN
    assert len(events) == MAX_HISTORY
    assert [event.slot for event in events] == list(range(N_SEEN - MAX_HISTORY, N_SEEN))


@pytest.mark.parametrize("n", [0, 1, MAX_LISTED, MAX_LISTED + 1, 300])
def test_long_and_short_lists_mean_the_same(db: None, n: int) -> None:
    titles = Title.objects.bulk_create(Title(name=f"Film {i}") for i in range(305))
    ids = [title.pk for title in titles[:n]]

    assert set(Title.objects.filter(is_among(ids))) == set(titles[:n])
    assert set(Title.objects.filter(~is_among(ids))) == set(titles[n:])
    credited = Person.objects.create(name="Somebody")
    Credit.objects.bulk_create(Credit(title=one, person=credited, role="cast") for one in titles)
    theirs = Credit.objects.filter(is_among(ids, "title"))
    assert set(theirs.values_list("title", flat=True)) == set(ids)
