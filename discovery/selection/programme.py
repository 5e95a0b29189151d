"""The linear programme behind a slate: exactly k titles of the highest worth, in the shape asked.

    maximise   sum of scores - near duplicates - too much of one genre
    subject to exactly k titles; each quota exactly, each title for one quota at most;
               minutes within the budget; one title of a series, two of a director

The first three are wishes, and hold or make the programme infeasible. The last line is our own
idea of variety: it yields, at a price above any score, before a slate would fall short.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import ceil

import numpy as np
import numpy.typing as npt

from catalog.facts import TitleFacts
from discovery.retrieval.genre_fit import genre_weight
from discovery.selection.greedy import choose_greedily
from discovery.selection.highs import INFEASIBLE, Model, Numbers, Solution
from discovery.selection.likeness import (
    Matrix,
    connected,
    places_by_name,
    series_pairs,
)
from discovery.selection.shape import USUAL_MINUTES, Shape

MAX_PER_DIRECTOR = 2
NEAR_DUPLICATE = 0.6
DUPLICATE_PENALTY = 0.5
# What each title beyond half a slate of one genre costs; rare genres count more.
GENRE_PENALTY = 0.3
# Near duplicates are looked for among the best alone: others are hardly chosen together.
PAIRED = 40
# So many quotas have few enough sets to name them all.
MAX_SETS_OF = 6
# In spans of the scores: no sum of scores is worth a second title of a series.
SERIES_COST = 100.0
DIRECTOR_COST = 50.0


class Programme:
    """The programme of some candidates, for any shape: built once, solved a few times.

    Args:
        scores: (n,), what each title is worth on its own.
        titles: their facts.
        alike: (n, n), from `similarities`.
    """

    def __init__(
        self, scores: Sequence[float], titles: Sequence[TitleFacts], alike: Matrix
    ) -> None:
        self.titles = titles
        self.scores = np.asarray(scores, dtype=np.float64)
        self.minutes = np.array(
            [np.nan if t.runtime_min is None else t.runtime_min for t in titles], dtype=np.float64
        )
        self.span = float(np.ptp(self.scores)) + 1.0 if len(titles) else 1.0
        self.series = connected(len(titles), series_pairs(titles))
        self.directors = _groups([title.directors for title in titles], MAX_PER_DIRECTOR)
        self.genres = _groups([title.genres for title in titles], 1)
        best = np.argsort(-self.scores, kind="stable")[:PAIRED]
        self.pairs = [
            (int(i), int(j), float(alike[i, j]))
            for place, i in enumerate(best)
            for j in best[place + 1 :]
            if alike[i, j] >= NEAR_DUPLICATE
        ]

    def solve(self, shape: Shape) -> Solution:
        """Return the best slate of exactly this shape, or one that says it is infeasible."""
        usable = self._usable(shape)
        if shape.count > usable.sum() or shape.n_quotas > shape.count:
            return INFEASIBLE
        return self._answer(self._model(shape, usable, exact=True), shape)

    def solve_most(self, shape: Shape) -> Solution:
        """Return the best of the slates with as many titles as the shape has room for.

        Quotas and count are then tops. Infeasible where not one title has a place.
        """
        count = self.most(shape)
        if not count:
            return INFEASIBLE
        model = self._model(shape, self._usable(shape), exact=False)
        model.exactly(count)
        return self._answer(model, shape)

    def most(self, shape: Shape) -> int:
        """Return how many titles can be chosen with quotas and count as tops."""
        model = self._model(shape, self._usable(shape), exact=False, variety=False)
        model.price(np.full(model.n_titles, -1.0))
        return len(self._answer(model, shape).places)

    def can(self, shape: Shape) -> bool:
        """Say whether exactly this shape can be had, whatever it is worth, unless proven not to."""
        usable = self._usable(shape)
        if shape.count > usable.sum() or shape.n_quotas > shape.count:
            return False
        model = self._model(shape, usable, exact=True, variety=False)
        return model.solve().status != "infeasible"

    def least_minutes(self, shape: Shape) -> int | None:
        """Return the fewest minutes in which the rest of the shape holds; None if none do."""
        rest = replace(shape, runtime_total=None)
        usable = self._usable(shape)
        if shape.count > usable.sum() or shape.n_quotas > shape.count:
            return None
        model = self._model(rest, usable, exact=True, variety=False)
        model.price(self._counted_minutes())
        solution = model.solve()
        return round(self.minutes_of(solution.places)) if solution.places else None

    def _answer(self, model: Model, shape: Shape) -> Solution:
        """Return what the solver says, or if it gives up what can be had without it."""
        solution = model.solve()
        if solution.status != "unsolved":
            return solution
        varied = [(group, 1) for group in self.series]
        varied += [(group, MAX_PER_DIRECTOR) for group in self.directors.values()]
        places = choose_greedily(self.scores.tolist(), self.titles, shape, varied)
        if not places:
            # Not one title has room: that much is certain.
            return INFEASIBLE
        worth = float(self.scores[list(places)].sum())
        return Solution(places, "greedy", worth, gap=None, route="greedy")

    def worth(self, places: Sequence[int], count: int) -> float:
        """Return what a choice is worth here: scores, less what it lacks in variety."""
        model = Model(-self.scores, np.ones(len(self.titles), dtype=bool))
        self._add_variety(model, count)
        return -model.cost_of(places)

    def minutes_of(self, places: Sequence[int]) -> float:
        """Return the minutes that a choice takes, as the budget counts them."""
        return float(self._counted_minutes()[list(places)].sum())

    def _usable(self, shape: Shape) -> npt.NDArray[np.bool_]:
        """Say which titles may be chosen at all: an unknown runtime fits no budget."""
        if shape.runtime_total is None or shape.allow_unknown:
            return np.ones(len(self.titles), dtype=bool)
        return ~np.isnan(self.minutes)

    def _counted_minutes(self) -> Numbers:
        """Return each title's minutes; unknown ones, where allowed, at the usual length."""
        return np.where(np.isnan(self.minutes), USUAL_MINUTES, self.minutes)

    def _model(
        self, shape: Shape, usable: npt.NDArray[np.bool_], *, exact: bool, variety: bool = True
    ) -> Model:
        model = Model(-self.scores, usable)
        if exact:
            model.exactly(shape.count)
        else:
            model.row(_each(model.n_titles, 1.0), 0, shape.count)
        if shape.runtime_total is not None:
            minutes = dict(enumerate(self._counted_minutes().tolist()))
            model.row(minutes, -np.inf, shape.runtime_total)
        if shape.quotas:
            self._add_quotas(model, shape, exact=exact)
        if variety:
            self._add_variety(model, shape.count)
        return model

    def _add_quotas(self, model: Model, shape: Shape, *, exact: bool) -> None:
        """Each quota gets its titles, and what fits none takes the places that are left.

        Titles that fit several can be shared out among them if, and only if, no set of quotas has
        more titles that fit nothing else than places (Hall 1935, "On representatives of subsets").
        """
        wanted = [frozenset(shape.quotas_of(title)) for title in self.titles]
        if len(shape.quotas) > MAX_SETS_OF:
            self._share_out(model, shape, wanted, exact=exact)
        else:
            for quotas in _unions({names for names in wanted if names}):
                inside = [place for place, names in enumerate(wanted) if names and names <= quotas]
                places = sum(shape.quotas[quota] for quota in quotas)
                model.row(dict.fromkeys(inside, 1.0), 0, places)
            fitting = [place for place, names in enumerate(wanted) if names]
            low = shape.n_quotas if exact else 0
            model.row(dict.fromkeys(fitting, 1.0), low, shape.n_quotas)
        others = [place for place, names in enumerate(wanted) if not names]
        model.row(dict.fromkeys(others, 1.0), 0, max(0, shape.count - shape.n_quotas))

    def _share_out(
        self, model: Model, shape: Shape, wanted: Sequence[frozenset[str]], *, exact: bool
    ) -> None:
        """The same for many quotas, which have too many sets: every title says for which it is."""
        parts: dict[str, dict[int, float]] = {quota: {} for quota in shape.quotas}
        for place, names in enumerate(wanted):
            shares = {quota: model.share() for quota in sorted(names)}
            for quota, share in shares.items():
                parts[quota][share] = 1.0
            if shares:
                model.row({place: -1.0, **dict.fromkeys(shares.values(), 1.0)}, 0.0, 0.0)
        for quota, part in parts.items():
            model.row(part, shape.quotas[quota] if exact else 0, shape.quotas[quota])

    def _add_variety(self, model: Model, count: int) -> None:
        for group in self.series:
            model.at_most(group, 1, price=SERIES_COST * self.span)
        for group in self.directors.values():
            model.at_most(group, MAX_PER_DIRECTOR, price=DIRECTOR_COST * self.span)
        half = max(2, ceil(count / 2))
        for genre, group in self.genres.items():
            if half < len(group) < len(self.titles):
                model.at_most(group, half, price=GENRE_PENALTY * genre_weight(genre))
        for one, other, alike in self.pairs:
            model.at_most((one, other), 1, price=DUPLICATE_PENALTY * alike)


def _unions(sets: Collection[frozenset[str]]) -> set[frozenset[str]]:
    """Return every union of some of the sets."""
    unions: set[frozenset[str]] = set()
    for one in sets:
        unions |= {one, *(one | union for union in unions)}
    return unions


def _groups(rows: Sequence[Sequence[str]], larger_than: int) -> dict[str, list[int]]:
    """Return the places that share a name, where more than a few do."""
    found = places_by_name(rows)
    return {name: places for name, places in found.items() if len(places) > larger_than}


def _each(n: int, value: float) -> dict[int, float]:
    return dict.fromkeys(range(n), value)
