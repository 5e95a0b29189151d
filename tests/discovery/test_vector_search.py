"""Filtered nearest neighbours: always k rows when k match, by either route."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from django.db import connection

from catalog.models import Title, TitleQuerySet
from discovery.retrieval import vector_search
from discovery.retrieval.vector_search import nearest_titles
from genrec.contract import CONTENT_DIM

pytestmark = pytest.mark.django_db
Vectors = npt.NDArray[np.float32]
N = 1500
K = 50


@pytest.fixture
def vectors() -> Vectors:
    """Clustered unit vectors: neighbours of a query are of one cluster, as films are of a kind."""
    generator = np.random.default_rng(7)
    centres = generator.normal(size=(15, CONTENT_DIM))
    drawn = centres[np.arange(N) % 15] + 0.6 * generator.normal(size=(N, CONTENT_DIM))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def many(vectors: Vectors) -> TitleQuerySet:
    """Title i is in cluster i mod 15; its year is 1900 + i mod 15, its runtime 1 + i mod 500.

    The index is made anew: what rolled-back tests leave in it until a vacuum is another graph.
    """
    with connection.cursor() as cursor:
        cursor.execute("REINDEX INDEX title_embedding_hnsw")
    Title.objects.bulk_create(
        Title(
            name=f"Film {i}",
            year=1900 + i % 15,
            runtime_min=1 + i % 500,
            embedding=vector.tolist(),
            embedding_version="test",
        )
        for i, vector in enumerate(vectors)
    )
    return Title.objects.published()


def exact(titles: TitleQuerySet, vectors: Vectors, query: int) -> list[int]:
    rows = titles.values_list("pk", "name")
    index = {pk: int(name.split()[1]) for pk, name in rows}
    return sorted(index, key=lambda pk: -float(vectors[index[pk]] @ vectors[query]))[:K]


@pytest.mark.parametrize("limit", [0, 100_000], ids=["index", "exact"])
@pytest.mark.parametrize(
    "condition",
    [{}, {"runtime_min__lte": 100}, {"runtime_min__lte": 25}, {"year": 1903}, {"runtime_min": 7}],
    ids=["all", "20%", "5%", "another cluster", "0.2%"],
)
def test_finds_the_nearest_of_what_matches(
    many: TitleQuerySet,
    vectors: Vectors,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    condition: dict[str, int],
) -> None:
    monkeypatch.setattr(vector_search, "EXACT_LIMIT", limit)
    titles = many.filter(**condition)
    wanted = exact(titles, vectors, query=0)
    found = nearest_titles(titles, vectors[0].tolist(), k=K, matching=titles.count())

    assert len(found.distances) == len(wanted) == min(K, titles.count())
    assert len(set(found.distances) & set(wanted)) >= 0.98 * len(wanted)
    assert list(found.distances.values()) == sorted(found.distances.values())


def test_routes_by_how_many_match(many: TitleQuerySet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_search, "EXACT_LIMIT", 1000)
    vector = [1.0] + [0.0] * (CONTENT_DIM - 1)
    few = many.filter(runtime_min__lte=100)

    assert nearest_titles(few, vector, k=K, matching=few.count()).route == "exact"
    assert nearest_titles(many, vector, k=K, matching=N).route == "index"


def test_a_wrong_estimate_still_returns_what_matches(
    many: TitleQuerySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_search, "EXACT_LIMIT", 0)
    vector = [1.0] + [0.0] * (CONTENT_DIM - 1)
    few = many.filter(runtime_min=7)
    found = nearest_titles(few, vector, k=K, matching=N)

    assert set(found.distances) == set(few.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_settings_end_with_the_search(many: TitleQuerySet) -> None:
    nearest_titles(many, [1.0] + [0.0] * (CONTENT_DIM - 1), k=K, matching=10**6)

    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_sort")
        assert cursor.fetchone() == ("on",)
        cursor.execute("SHOW hnsw.iterative_scan")
        assert cursor.fetchone() == ("off",)
