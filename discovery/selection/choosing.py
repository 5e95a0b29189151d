"""Choose the titles of a slate and their order, and say which wishes can't hold together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from catalog.facts import TitleFacts
from discovery.selection.conflicts import Conflict, find_conflict
from discovery.selection.highs import INFEASIBLE, Solution
from discovery.selection.likeness import Matrix, same_series, similarities
from discovery.selection.programme import Programme
from discovery.selection.shape import COUNT, Shape
from discovery.selection.surprise import chances_of_surprise, draw_surprise
from discovery.types import Candidate

# How many of the best compete where nothing binds the slate as a whole.
SHORTLIST = 40
SIMILARITY_PENALTY = 0.5
SERIES_PENALTY = 2.0


@dataclass(frozen=True, slots=True)
class Selected:
    """A candidate for the slate, with the probability that this policy shows it."""

    candidate: Candidate
    propensity: float = 1.0
    explored: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The titles of a slate in the order to show them, and how they were found."""

    chosen: list[Selected]
    # The next best, best first: what one more card would be drawn from.
    next_best: list[Candidate] = field(default_factory=list)
    # Set where the shape could not be had: which wishes don't hold together, and what would.
    conflict: Conflict | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


def select(
    candidates: Sequence[Candidate],
    facts: Mapping[int, TitleFacts],
    shape: Shape,
    *,
    mentioned: Sequence[TitleFacts] = (),
) -> Selection:
    """Return the slate of the highest worth, or the most of it that keeps the viewer's wishes.

    Args:
        candidates: best first; one without facts is passed over.
        facts: of the candidates.
        shape: what the slate has to be as a whole.
        mentioned: titles the wish is to be like: their sequels count as repeats.
    """
    started = perf_counter()
    pool = [c for c in candidates if c.title_id in facts]
    pool = pool if shape.binds else pool[: max(SHORTLIST, 2 * shape.count)]
    titles = [facts[c.title_id] for c in pool]
    scores = [
        candidate.score - SERIES_PENALTY * _repeats(title, mentioned)
        for candidate, title in zip(pool, titles, strict=True)
    ]
    alike = similarities(titles)
    programme = Programme(scores, titles, alike)
    solution, conflict = _solve(programme, shape)
    order = order_of(solution.places, scores, alike)
    rest = _next_best(solution.places, scores, alike)
    notes = {
        "status": solution.status if conflict is None else "infeasible",
        "route": solution.route,
        "objective": round(solution.objective, 4),
        "gap": round(solution.gap, 4),
        "candidates": len(pool),
        "milliseconds": round((perf_counter() - started) * 1000, 1),
    } | ({"conflict": list(conflict.wishes)} if conflict else {})
    return Selection(
        chosen=[Selected(pool[place]) for place in order],
        next_best=[pool[place] for place in rest],
        conflict=conflict,
        notes=notes,
    )


def _solve(programme: Programme, shape: Shape) -> tuple[Solution, Conflict | None]:
    """Solve for the shape; failing that, for as much of it as there is."""
    count = min(shape.count, len(programme.titles))
    if not count:
        return INFEASIBLE, None
    if not shape.binds:
        # Too few titles break no wish of shape: hard wishes kept the others out.
        return programme.solve(Shape(count)), None
    solution = programme.solve(shape)
    if solution.places:
        return solution, None
    most = programme.solve_most(shape)
    if most.places and not (shape.quotas or shape.count_said):
        # "We have four hours" names no number: what fits is what was asked for.
        return most, None
    conflict = find_conflict(programme, shape)
    # Not one title has room: better the best that keep every hard wish than nothing.
    best = most if most.places else programme.solve(Shape(count))
    return best, (None if conflict.wishes == (COUNT,) else conflict)


def order_of(places: Sequence[int], scores: Sequence[float], alike: Matrix) -> list[int]:
    """Return the chosen in the order to show them: each next one is the best of what is left.

    Greedy maximal marginal relevance: the score, less a penalty for resembling what stands above.
    """
    left = list(places)
    nearest = np.zeros(len(scores))
    order: list[int] = []
    while left:
        best = max(left, key=lambda place: scores[place] - SIMILARITY_PENALTY * nearest[place])
        order.append(best)
        left.remove(best)
        nearest = np.maximum(nearest, alike[best])
    return order


def _next_best(places: Sequence[int], scores: Sequence[float], alike: Matrix) -> list[int]:
    """Return the others by what they would add after those chosen."""
    chosen = list(places)
    if not chosen:
        return []
    marginal = np.asarray(scores) - SIMILARITY_PENALTY * alike[:, chosen].max(axis=1)
    taken = set(chosen)
    return [p for p in np.argsort(-marginal, kind="stable").tolist() if p not in taken]


def _repeats(title: TitleFacts, mentioned: Sequence[TitleFacts]) -> bool:
    return any(same_series(title, other) for other in mentioned)


def select_surprise(
    candidates: Sequence[Candidate],
    facts: Mapping[int, TitleFacts],
    *,
    count: int,
    seed: str,
) -> list[Selected]:
    """Return a random draw that favours good candidates, and each one's probability.

    The draw repeats for the same seed. A propensity here is the probability that the title is
    anywhere in the slate, computed and not estimated; in which place it stands is another draw.
    """
    left = [c for c in candidates if c.title_id in facts][: max(SHORTLIST, count)]
    scores = [candidate.score for candidate in left]
    chances = chances_of_surprise(scores, count)
    return [
        Selected(left[place], float(chances[place]), explored=bool(chances[place] < 1))
        for place in draw_surprise(scores, count, seed)
    ]
