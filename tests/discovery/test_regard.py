"""Regard: what those who know a title think of it, beside what they think of others."""

from __future__ import annotations

import pytest

from catalog.models import Title
from discovery.answers.counting import count_matches
from discovery.learned import TitleRegard
from discovery.models import Feedback, HistoryEntry, HistoryImport, Viewer
from discovery.retrieval.candidates import RetrieveCandidates
from discovery.retrieval.eligibility import eligibility_of
from discovery.retrieval.neighbours import MIN_VIEWERS
from discovery.retrieval.regard import refresh_regard, regards_of
from discovery.types import Candidate
from genrec.contract import Query
from worker.tasks.neighbours import refresh_neighbours as nightly

GOOD, BAD, OTHER = 1, 2, 3


def test_verdicts_are_compared_with_their_viewers_own() -> None:
    # Half like everything and half nothing much: all prefer the one to the other by .2.
    verdicts = [
        (viewer, title, level + (0.2 if title == GOOD else 0.0))
        for viewer in range(MIN_VIEWERS)
        for level in [0.7 if viewer % 2 else 0.1]
        for title in (GOOD, BAD)
    ]
    found = regards_of(verdicts)

    # The sum of what is above each viewer's mean, over the verdicts and ten more.
    assert found[GOOD] == pytest.approx(0.1 * MIN_VIEWERS / (MIN_VIEWERS + 10))
    assert found[BAD] == pytest.approx(-found[GOOD])
    # One viewer fewer, and nobody's verdicts are told.
    assert regards_of([v for v in verdicts if v[0]]) == {}


def test_the_fewer_judge_a_title_the_nearer_it_stays_to_the_average() -> None:
    everybody = [(v, title, 0.5) for v in range(MIN_VIEWERS) for title in (BAD, OTHER)]
    few, fewer = ([(v, GOOD, 0.9) for v in range(number)] for number in (20, 3))

    many, three = regards_of(everybody + few)[GOOD], regards_of(everybody + fewer)[GOOD]
    assert many > three > 0
    assert GOOD not in regards_of(everybody + fewer[:2])


def test_who_only_likes_tells_nothing() -> None:
    verdicts = [(v, title, 0.9) for v in range(MIN_VIEWERS) for title in (GOOD, OTHER)]
    assert set(regards_of(verdicts).values()) == {0.0}
    assert regards_of([]) == {}


def give_verdicts(good: Title, bad: Title) -> list[Viewer]:
    """Everybody has rated both in an import, and half say here that they like the one."""
    viewers = Viewer.objects.bulk_create(Viewer() for _ in range(MIN_VIEWERS))
    for viewer in viewers:
        batch = HistoryImport.objects.create(viewer=viewer, source="imdb", file_name="a")
        for title, rating, kind in ((good, 0.8, "liked"), (bad, 0.3, "disliked")):
            HistoryEntry.objects.create(
                batch=batch, name="x", kind=kind, rating=rating, title=title, status="matched"
            )
    Feedback.objects.bulk_create(
        Feedback(viewer=viewer, title=good, kind="liked") for viewer in viewers[::2]
    )
    return viewers


def candidates(**options: object) -> dict[int, Candidate]:
    eligibility = eligibility_of(Query(), ())
    matching = count_matches(eligibility).matching
    retrieve = RetrieveCandidates(Query(), (), eligibility, matching, **options)  # type: ignore[arg-type]
    return {candidate.title_id: candidate for candidate in retrieve().candidates}


@pytest.mark.django_db
def test_what_viewers_think_of_a_title_moves_it(embedded_catalogue: dict[str, Title]) -> None:
    good, bad = embedded_catalogue["Dark Star"], embedded_catalogue["Home Alone"]
    before = candidates()
    give_verdicts(good, bad)
    nightly()
    after, without = candidates(), candidates(without=frozenset({"regard"}))

    assert after[good.pk].sources["regard"] > 0.5
    assert after[bad.pk].sources["regard"] < -0.5
    assert after[good.pk].score > before[good.pk].score
    assert after[bad.pk].score < before[bad.pk].score
    assert without == before


@pytest.mark.django_db
def test_what_was_said_here_wins_and_a_deleted_viewer_takes_it_away(
    catalogue: dict[str, Title],
) -> None:
    good, bad = catalogue["Dark Star"], catalogue["Home Alone"]
    viewers = give_verdicts(good, bad)

    assert refresh_regard() == 2
    # 25 viewers of .9 and .3, 25 of .8 and .3.
    above = (25 * 0.3 + 25 * 0.25) / (MIN_VIEWERS + 10)
    assert TitleRegard.objects.get(title=good).value == pytest.approx(above, abs=1e-4)
    viewers[0].delete()
    assert refresh_regard() == 0
    assert not TitleRegard.objects.exists()
