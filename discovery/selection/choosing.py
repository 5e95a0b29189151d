"""Choose the titles of a slate and their order, and say which wishes can't hold together."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from time import perf_counter
from typing import Any

import numpy as np

from catalog.facts import TitleFacts
from discovery.selection.conflicts import Conflict, find_conflict
from discovery.selection.highs import INFEASIBLE, Solution
from discovery.selection.likeness import same_series, similarities
from discovery.selection.programme import Programme
from discovery.selection.shape import COUNT, Shape
from discovery.selection.surprise import chances_of_surprise, draw_surprise
from discovery.types import Candidate

# How many of the best compete where nothing binds the slate as a whole.
SHORTLIST = 40
# More betters than the slate has cards that a title needs to be out of the question.
MARGIN = 8
SIMILARITY_PENALTY = 0.5
SERIES_PENALTY = 2.0
_GAVE_UP = "selection: the solver's time was up, the best titles were taken one by one"


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
    # Set where the slate is not what the programme would choose.
    fallback: str = ""


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
    known = [c for c in candidates if c.title_id in facts]
    pool = _Pool(competing(known, facts, shape), facts, mentioned)
    solution, conflict = pool.solve(shape), None
    if not solution.places and shape.binds:
        pool = _Pool(known, facts, mentioned)
        solution, conflict = _settle(pool.programme, shape)
    notes = {
        "status": solution.status if conflict is None else "infeasible",
        "route": solution.route,
        "objective": round(solution.objective, 4),
        "gap": None if solution.gap is None else round(solution.gap, 4),
        "candidates": len(pool.candidates),
        "milliseconds": round((perf_counter() - started) * 1000, 1),
    } | ({"conflict": list(conflict.wishes)} if conflict else {})
    return Selection(
        chosen=[Selected(candidate) for candidate in pool.in_order(solution.places)],
        next_best=pool.next_best(solution.places),
        conflict=conflict,
        notes=notes,
        fallback=_GAVE_UP if solution.status == "greedy" else "",
    )


class _Pool:
    """Candidates that compete, with what each is worth and how alike they are."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        facts: Mapping[int, TitleFacts],
        mentioned: Sequence[TitleFacts],
    ) -> None:
        self.candidates = candidates
        titles = [facts[candidate.title_id] for candidate in candidates]
        self.scores = [
            candidate.score - SERIES_PENALTY * any(same_series(title, m) for m in mentioned)
            for candidate, title in zip(candidates, titles, strict=True)
        ]
        self.alike = similarities(titles)
        self.programme = Programme(self.scores, titles, self.alike)

    def solve(self, shape: Shape) -> Solution:
        """Return the best slate; where only the number is asked for, of as many as there are."""
        if shape.binds:
            return self.programme.solve(shape)
        count = min(shape.count, len(self.candidates))
        # Too few titles break no wish of shape: hard wishes kept the others out.
        return self.programme.solve(Shape(count)) if count else INFEASIBLE

    def in_order(self, places: Sequence[int]) -> list[Candidate]:
        """Return the chosen in the order to show them: each next one is the best of what is left.

        Greedy maximal marginal relevance: the score, less a penalty for resembling what stands
        above.
        """
        left = list(places)
        nearest = np.zeros(len(self.scores))
        order: list[int] = []
        while left:
            worth = np.array(self.scores) - SIMILARITY_PENALTY * nearest
            best = max(left, key=worth.__getitem__)
            order.append(best)
            left.remove(best)
            nearest = np.maximum(nearest, self.alike[best])
        return [self.candidates[place] for place in order]

    def next_best(self, places: Sequence[int]) -> list[Candidate]:
        """Return the others by what they would add after those chosen."""
        if not places:
            return []
        nearest = self.alike[:, list(places)].max(axis=1)
        marginal = np.array(self.scores) - SIMILARITY_PENALTY * nearest
        taken = set(places)
        order = np.argsort(-marginal, kind="stable").tolist()
        return [self.candidates[place] for place in order if place not in taken]


def _settle(programme: Programme, shape: Shape) -> tuple[Solution, Conflict | None]:
    """Return the most there is of a shape that can't be had, and why it can't."""
    count = min(shape.count, len(programme.titles))
    if not count:
        return INFEASIBLE, None
    most = programme.solve_most(shape)
    if most.places and not (shape.quotas or shape.count_said):
        # "We have four hours" names no number: what fits is what was asked for.
        return most, None
    conflict = find_conflict(programme, shape)
    # Not one title has room: better the best that keep every hard wish than nothing.
    best = most if most.places else programme.solve(Shape(count))
    return best, (None if conflict.wishes == (COUNT,) else conflict)


def competing(
    candidates: Sequence[Candidate], facts: Mapping[int, TitleFacts], shape: Shape
) -> list[Candidate]:
    """Return the candidates that a slate could want: the others have too many betters.

    A better has no lower score and no more minutes, and fits the same quotas. With k of them, a
    title is never needed for the shape; the margin is for those that variety rules out.
    """
    if not shape.binds:
        return list(candidates[: max(SHORTLIST, 2 * shape.count)])
    betters, others = shape.count + MARGIN, shape.has_room_for_others
    minutes_before: dict[tuple[str, ...], list[float]] = {}
    kept = []
    for candidate in sorted(candidates, key=lambda c: -c.score):
        title = facts[candidate.title_id]
        quotas, minutes = shape.quotas_of(title), shape.minutes_of(title)
        if minutes == inf or not (quotas or others):
            continue
        before = minutes_before.setdefault(quotas, [])
        if bisect_right(before, minutes) < betters:
            kept.append(candidate)
        insort(before, minutes)
    return kept


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
