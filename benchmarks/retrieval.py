"""Filtered vector search: rows returned, recall@50 and time, beside pgvector's own defaults.

For each filter, the same queries are answered over the catalogue of the database: exactly in numpy
(the truth), by `discovery.retrieval.vector_search` (ours), by the same ORM query with pgvector's
default settings (defaults; the planner may choose to scan everything), and by that query with scans
of everything made unattractive (index, as it would be in a catalogue too large to scan). Prints a
markdown table.

    bin/manage shell < benchmarks/retrieval.py

The number of matching rows is given to the search, as in a turn: there it comes from the count
that also explains what was left out.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction
from django.db.models import F

from catalog.models import Title, TitleQuerySet
from discovery.retrieval.vector_search import nearest_titles

K = 50
QUERIES = 100
SEED = 7

Vectors = npt.NDArray[np.float32]


class Filter(NamedTuple):
    """What passes, and which titles' vectors are the queries."""

    name: str
    titles: TitleQuerySet
    queries: TitleQuerySet


class Outcome(NamedTuple):
    """One way's answers to all queries of one filter."""

    fewest_rows: int
    recall: float
    p50_ms: float
    p95_ms: float


def every(n: int) -> TitleQuerySet:
    """Return one title in n, whatever it is."""
    embedded = Title.objects.published().filter(embedding__isnull=False)
    return embedded.annotate(rest=F("pk") % n).filter(rest=0)


def filters() -> list[Filter]:
    anything = every(1)
    documentaries = anything.filter(genres__name="Documentary")
    return [
        Filter("none", every(1), anything),
        Filter("20 %", every(5), anything),
        Filter("1 %", every(100), anything),
        Filter("0.2 %", every(500), anything),
        Filter("westerns, for queries near documentaries",
               anything.filter(genres__name="Western"), documentaries),
        Filter("after 2000, for queries of the 1950s",
               anything.filter(year__gt=2000), anything.filter(year__range=(1950, 1959))),
    ]  # fmt: skip


def load_vectors(titles: TitleQuerySet) -> tuple[list[int], Vectors]:
    rows = list(titles.order_by("pk").values_list("pk", "embedding"))
    return [pk for pk, _ in rows], np.asarray([vector for _, vector in rows], dtype=np.float32)


def measure(
    search: Callable[[list[float]], Sequence[int]], queries: Vectors, truth: Sequence[set[int]]
) -> Outcome:
    rows, recalls, times = [], [], []
    for query, wanted in zip(queries, truth, strict=True):
        started = time.perf_counter()
        found = search(query.tolist())
        times.append((time.perf_counter() - started) * 1000)
        rows.append(len(found))
        recalls.append(len(wanted.intersection(found)) / len(wanted))
    ordered = sorted(times)
    return Outcome(
        fewest_rows=min(rows),
        recall=statistics.fmean(recalls),
        p50_ms=statistics.median(times),
        p95_ms=ordered[int(0.95 * len(ordered))],
    )


def truth_of(queries: Vectors, ids: Sequence[int], vectors: Vectors) -> list[set[int]]:
    nearest = np.argsort(-(queries @ vectors.T), axis=1)[:, :K]
    return [{ids[position] for position in row} for row in nearest]


def benchmark(case: Filter) -> tuple[int, dict[str, Outcome]]:
    ids, vectors = load_vectors(case.titles)
    _, pool = load_vectors(case.queries)
    # Not for secrets: the same queries each time.
    chosen = random.Random(SEED).sample(range(len(pool)), min(QUERIES, len(pool)))
    queries = pool[chosen]
    truth = truth_of(queries, ids, vectors)

    def ours(vector: list[float]) -> Sequence[int]:
        return list(nearest_titles(case.titles, vector, k=K, matching=len(ids)).distances)

    def defaults(vector: list[float]) -> Sequence[int]:
        return list(case.titles.nearest(vector, limit=K).values_list("pk", flat=True))

    def index(vector: list[float]) -> Sequence[int]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            return defaults(vector)

    ways = {"ours": ours, "defaults": defaults, "index": index}
    for search in ways.values():
        search(queries[0].tolist())  # warm: plans, caches
    return len(ids), {way: measure(search, queries, truth) for way, search in ways.items()}


def main() -> None:
    total = Title.objects.published().filter(embedding__isnull=False).count()
    print(f"{total:,} titles, k = {K}, {QUERIES} queries a filter\n")
    print("| filter | matching | way | fewest rows | recall@50 | p50 ms | p95 ms |")
    print("|---|---:|---|---:|---:|---:|---:|")
    for case in filters():
        matching, outcomes = benchmark(case)
        for way, outcome in outcomes.items():
            print(_row(case.name, matching, way, outcome))


def _row(name: str, matching: int, way: str, outcome: Any) -> str:
    due = min(K, matching)
    return (
        f"| {name} | {matching:,} | {way} | {outcome.fewest_rows} of {due} | "
        f"{outcome.recall:.3f} | {outcome.p50_ms:.1f} | {outcome.p95_ms:.1f} |"
    )


main()
