"""Selection: time for 200 candidates, and what the slate is worth beside greedy and the optimum.

For each kind of shape, random candidates with made-up facts (seeded) are selected from: by
`discovery.selection` (ours), by a greedy that takes the best title that still fits, and by the
same programme as one integer programme over all titles at once, given all the time it wants (the
optimum). Prints a markdown table: milliseconds of the whole selection, share of the optimum's
worth (variety's penalties included), and how often each found a full slate.

    bin/manage shell < benchmarks/selection.py

Wall and processor time are both printed: on a busy machine the first says more of the machine.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from catalog.facts import TitleFacts
from discovery.selection import highs
from discovery.selection.choosing import select
from discovery.selection.highs import Solution
from discovery.selection.likeness import same_series, similarities
from discovery.selection.programme import MAX_PER_DIRECTOR, Programme
from discovery.selection.shape import Shape, fits
from discovery.types import Candidate

N = 200
ROUNDS = 30
SEED = 7
GENRES = (
    *("Drama",) * 8, *("Comedy",) * 6, *("Thriller",) * 4, *("Action",) * 4, *("Romance",) * 3,
    "Horror", "Horror", "Crime", "Crime", "Adventure", "Science Fiction", "Fantasy", "Western",
)  # fmt: skip
SHAPES = {
    "six": Shape(6),
    "three comedies and a drama": Shape(4, {"Comedy": 3, "Drama": 1}),
    "three in five hours": Shape(3, runtime_total=300, count_said=True),
    "two comedies, a thriller, six hours": Shape(3, {"Comedy": 2, "Thriller": 1}, 330),
    "ten in fifteen hours": Shape(10, runtime_total=900, count_said=True),
}


class Case(NamedTuple):
    candidates: list[Candidate]
    facts: dict[int, TitleFacts]


def make_case(generator: random.Random) -> Case:
    """Return 200 candidates: some series, some busy directors, 7% without a runtime."""
    facts = {i: make_title(i, generator) for i in range(N)}
    scores = sorted((generator.gauss(0, 1) for _ in range(N)), reverse=True)
    return Case([Candidate(i, score) for i, score in enumerate(scores)], facts)


def make_title(number: int, generator: random.Random) -> TitleFacts:
    part = generator.random() < 0.15
    name = f"Saga {generator.randrange(8)} {number}" if part else f"Film{number} tale"
    minutes = None if generator.random() < 0.07 else max(60, round(generator.gauss(108, 20)))
    genres = tuple(
        sorted({generator.choice(GENRES) for _ in range(generator.choice((1, 2, 2, 3)))})
    )
    cast = tuple({f"Player {int(generator.paretovariate(0.6))}" for _ in range(3)})
    director = f"Director {int(generator.paretovariate(0.5))}"
    return TitleFacts(number, "film", name, 2000, minutes, genres, (director,), cast)


def greedy(case: Case, shape: Shape) -> list[int]:
    """Take the best title that breaks nothing yet: it can't look ahead."""
    chosen: list[TitleFacts] = []
    left = dict(shape.quotas)
    minutes = 0
    for candidate in case.candidates:
        title = case.facts[candidate.title_id]
        if len(chosen) == shape.count:
            break
        if any(same_series(title, other) for other in chosen):
            continue
        if sum(title.directors == other.directors for other in chosen) == MAX_PER_DIRECTOR:
            continue
        if minutes + (title.runtime_min or 10_000) > (shape.runtime_total or 100_000):
            continue
        quota = next((key for key in left if left[key] and fits(title, key)), None)
        if shape.quotas and quota is None:
            continue
        if quota:
            left[quota] -= 1
        chosen.append(title)
        minutes += title.runtime_min or 0
    return [title.title_id for title in chosen]


def optimum(programme: Programme, shape: Shape) -> Solution:
    """Solve as one integer programme over every title, without a limit worth the name."""
    core, limit = highs.CORE, highs.TIME_LIMIT_S
    highs.CORE, highs.TIME_LIMIT_S = N, 60.0
    try:
        return programme.solve(shape)
    finally:
        highs.CORE, highs.TIME_LIMIT_S = core, limit


def percentile(values: Sequence[float], share: float) -> float:
    return float(np.quantile(values, share))


def measure(name: str, shape: Shape) -> str:
    generator = random.Random(SEED)
    wall, cpu, ours, theirs, full, greedy_full = [], [], [], [], 0, 0
    select(*make_case(generator), shape)
    for _ in range(ROUNDS):
        case = make_case(generator)
        started, started_cpu = time.perf_counter(), time.process_time()
        selection = select(case.candidates, case.facts, shape)
        cpu.append((time.process_time() - started_cpu) * 1000)
        wall.append((time.perf_counter() - started) * 1000)
        chosen = [item.candidate.title_id for item in selection.chosen]
        full += len(chosen) == shape.count
        titles = [case.facts[c.title_id] for c in case.candidates]
        programme = Programme([c.score for c in case.candidates], titles, similarities(titles))
        best = optimum(programme, shape).objective
        ours.append(programme.worth(chosen, shape.count) / best)
        simple = greedy(case, shape)
        if len(simple) == shape.count:
            greedy_full += 1
            theirs.append(programme.worth(simple, shape.count) / best)
    return (
        f"| {name} | {percentile(wall, 0.5):.1f} / {percentile(wall, 0.95):.1f} "
        f"| {percentile(cpu, 0.5):.1f} / {percentile(cpu, 0.95):.1f} "
        f"| {np.mean(ours):.4f} | {full / ROUNDS:.0%} "
        f"| {np.mean(theirs) if theirs else float('nan'):.4f} | {greedy_full / ROUNDS:.0%} |"
    )


def main(show: Callable[[str], None]) -> None:
    show(
        "| shape | ms p50 / p95 | processor ms p50 / p95 | ours / optimum | full | greedy | full |"
    )
    show("|---|---|---|---|---|---|---|")
    for name, shape in SHAPES.items():
        show(measure(name, shape))


main(print)
