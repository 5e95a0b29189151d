"""Titles among many alike step back where nearness to the words counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from catalog.models import Title
from discovery.answers.counting import count_matches
from discovery.learned import TitleCrowding
from discovery.retrieval import crowding
from discovery.retrieval.candidates import RetrieveCandidates
from discovery.retrieval.crowding import NEAREST, crowding_of, refresh_crowding
from discovery.retrieval.eligibility import eligibility_of
from discovery.types import Candidate, Query
from discovery.wording import Spoken


def unit_rows(n_rows: int, *, alike: int = 0) -> npt.NDArray[np.float16]:
    """Return random directions; the first `alike` of them lean the same way."""
    rows = np.random.default_rng(0).normal(size=(n_rows, 384))
    rows[:alike] += 3 * rows[-1]
    units: npt.NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units.astype(np.float16)


def test_it_is_the_mean_cosine_to_the_ten_nearest_others() -> None:
    rows = unit_rows(600)
    cosines = rows.astype(np.float32) @ rows.astype(np.float32).T
    np.fill_diagonal(cosines, -1)

    expected = np.sort(cosines, axis=1)[:, -NEAREST:].mean(axis=1)
    assert crowding_of(rows) == pytest.approx(expected, abs=1e-5)


def test_a_sample_tells_the_crowded_from_the_lonely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowding, "MAX_COMPARED", 300)
    values = crowding_of(unit_rows(600, alike=200))

    assert values[:200].min() > values[200:-1].max()
    # Nobody is compared with themselves.
    assert values.max() < 0.96


def candidates(query: Query, **options: object) -> dict[int, Candidate]:
    eligibility = eligibility_of(query, ())
    matching = count_matches(eligibility).matching
    retrieve = RetrieveCandidates(query, (), eligibility, matching, **options)  # type: ignore[arg-type]
    return {candidate.title_id: candidate for candidate in retrieve().candidates}


@pytest.mark.django_db
def test_a_crowded_title_steps_back_where_words_are_searched(
    embedded_catalogue: dict[str, Title],
) -> None:
    words, alone = Query(text="astronauts meet a monster"), Query(genres_all=("Comedy",))
    before, before_alone = candidates(words), candidates(alone)
    hub, lonely = (embedded_catalogue[name].pk for name in ("Alien", "Aliens"))
    TitleCrowding.objects.create(title_id=hub, value=0.8)
    TitleCrowding.objects.create(title_id=lonely, value=0.4)
    after = candidates(words)

    assert after[hub].score < before[hub].score - 1
    assert after[lonely].score > before[lonely].score + 1
    assert "crowding" not in before[hub].sources
    assert candidates(words, without=frozenset({"crowding"})) == before
    assert candidates(alone) == before_alone
    talk = candidates(words, spoken=Spoken("yes, that one", before="I saw Alien"))
    assert "crowding" not in talk[hub].sources


@pytest.mark.django_db
def test_it_is_learned_of_published_titles_alone(embedded_catalogue: dict[str, Title]) -> None:
    gone = embedded_catalogue["Alien"]
    published = Title.objects.published().filter(embedding__isnull=False).count()
    assert refresh_crowding() == published
    Title.objects.filter(pk=gone.pk).update(status=Title.Status.DRAFT)

    assert refresh_crowding() == published - 1
    assert not TitleCrowding.objects.filter(title=gone).exists()
