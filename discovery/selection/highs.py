"""A small integer programme for SciPy's HiGHS: rows are added one by one, then it is solved.

Solved first as a linear programme, which is nearly always whole. Where it is not, its reduced
costs say which titles can still change the answer, and only those are free in the integer problem
that is left (Balas & Zemel 1980, "An algorithm for large zero-one knapsack problems", Operations
Research 28(5)): exact, and small. Smallest, all its slates are tried at once; else HiGHS solves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

# Slates that are simply tried, all at once, before an integer programme is.
TRIED = 300
# Titles that enter the first integer programme; more follow only if they could change it.
CORE = 24
# A better slate by less than this is not looked for: a hundredth of one fitting mood.
NEGLIGIBLE = 0.01
TIME_LIMIT_S = 0.25
_WHOLE = 1e-6
# SciPy's own numbers for an optimum, and for the proof that there is no answer.
_SOLVED = 0
_IMPOSSIBLE = 2

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# Unsolved: no answer was found, and none proven impossible. Greedy: chosen without the solver.
Status = Literal["optimal", "within_gap", "infeasible", "unsolved", "greedy"]


@dataclass(frozen=True, slots=True)
class Solution:
    """Which titles are chosen, how that was found, and what it is worth."""

    places: tuple[int, ...]
    status: Status
    objective: float = 0.0
    # How much better an unknown answer could be at most; 0 where this one is proven best, None
    # where nobody knows.
    gap: float | None = 0.0
    route: Literal["linear", "integer", "greedy"] = "linear"


INFEASIBLE = Solution((), "infeasible")
UNSOLVED = Solution((), "unsolved", gap=None)


class SolverGaveUp(Exception):
    """HiGHS neither found an answer nor proved that there is none: its time was up."""


class Model:
    """Minimise `cost` over yes-or-no variables (titles) and continuous ones (what rows add).

    The continuous ones are whole by themselves once the titles are.
    """

    def __init__(self, cost: Numbers, usable: Mask) -> None:
        self.n_titles = len(cost)
        self.cost: list[float] = cost.tolist()
        self.upper: list[float] = usable.astype(float).tolist()
        self._entries: tuple[list[float], list[int], list[int]] = ([], [], [])
        self._low: list[float] = []
        self._high: list[float] = []
        # Rows that may be broken at a price, by their place: the column that pays.
        self._soft: dict[int, int] = {}
        self._count: int | None = None
        self._has_shares = False

    def share(self) -> int:
        """Add a continuous variable from 0 to 1; return its column."""
        self._has_shares = True
        return self._column(cost=0.0, upper=1.0)

    def exactly(self, count: int) -> None:
        """Demand a number of titles."""
        self._count = count
        self.row(dict.fromkeys(range(self.n_titles), 1.0), count, count)

    def at_most(self, group: Sequence[int], high: float, *, price: float) -> None:
        """Allow so many titles of a group, and more at a price each."""
        over = self._column(cost=price, upper=np.inf)
        self._soft[len(self._low)] = over
        self.row({**dict.fromkeys(group, 1.0), over: -1.0}, -np.inf, high)

    def _column(self, *, cost: float, upper: float) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        return len(self.cost) - 1

    def price(self, cost: Numbers) -> None:
        """Replace what the titles cost."""
        self.cost[: self.n_titles] = cost.tolist()

    def row(self, terms: Mapping[int, float], low: float, high: float) -> None:
        """Demand that a weighted sum of columns lies between two bounds, inclusive."""
        values, rows, columns = self._entries
        values.extend(terms.values())
        columns.extend(terms)
        rows.extend([len(self._low)] * len(terms))
        self._low.append(low)
        self._high.append(high)

    def cost_of(self, places: Sequence[int]) -> float:
        """Return what a choice of titles costs, whether or not it keeps the rows."""
        held = np.zeros(self.n_titles, dtype=bool)
        held[list(places)] = True
        upper = np.array(self.upper)
        found = self._integer(self._constraint(), upper, held.astype(float), ~np.ones_like(held))
        return np.inf if found is None else found.cost

    def solve(self) -> Solution:
        """Return the best choice of titles, or one that says that there is none, or none found."""
        try:
            return self._solved()
        except SolverGaveUp:
            return UNSOLVED

    def _solved(self) -> Solution:
        constraint, bounds = self._constraint(), np.array(self.upper)
        linear = self._linear(constraint, bounds)
        if linear is None:
            return INFEASIBLE
        n = self.n_titles
        relaxed = np.asarray(linear.x)
        whole = np.abs(relaxed[:n] - np.round(relaxed[:n])) < _WHOLE
        if whole.all():
            return _solution(relaxed[:n], float(linear.fun), 0.0, "linear")
        # What it costs at least to move a title off the value that it has there.
        prices = np.abs(linear.lower.marginals + linear.upper.marginals)[:n]
        prices[~whole] = 0.0
        core = self._few_free(relaxed[:n], prices)
        found = None if core is None else self._tried_out(constraint, relaxed[:n], core)
        if core is None or found is None:
            core = prices <= np.sort(prices)[min(CORE, n) - 1]
            found = self._integer(constraint, bounds, relaxed, core)
        margin = np.inf if found is None else found.cost - linear.fun
        wider = core | (prices < margin)
        if margin > NEGLIGIBLE and (wider & ~core).any():
            try:
                again = self._integer(constraint, bounds, relaxed, wider)
            except SolverGaveUp:
                if found is None:
                    raise
                again = None
            found, core = again or (found and replace(found, proven=False)), wider
        if found is None:
            return INFEASIBLE
        margin = max(0.0, found.cost - float(linear.fun))
        proven = found.proven and not (prices[~core] < margin).any()
        gap = 0.0 if proven else margin
        return _solution(found.values, found.cost, gap, "integer")

    def _few_free(self, relaxed: Numbers, prices: Numbers) -> Mask | None:
        """Return the titles that cost least to move, so few that all their slates can be tried."""
        if self._count is None or self._has_shares:
            return None
        order = np.argsort(prices, kind="stable")
        order = order[np.array(self.upper)[order] > 0]
        held = int(np.round(relaxed[order]).sum())
        best = 0
        for size, place in enumerate(order.tolist(), start=1):
            held -= round(relaxed[place])
            if comb(size, max(0, self._count - held)) <= TRIED:
                best = size
        core = np.zeros(self.n_titles, dtype=bool)
        core[order[:best]] = True
        return core

    def _tried_out(
        self, constraint: LinearConstraint, relaxed: Numbers, core: Mask
    ) -> _Found | None:
        """Return the best of all slates of the free titles beside those held in `relaxed`."""
        free = np.flatnonzero(core)
        held = np.where(core, 0.0, np.round(relaxed))
        n_free = (self._count or 0) - int(held.sum())
        if not 0 <= n_free <= len(free):
            return None
        slates = np.array(list(combinations(range(len(free)), n_free)), dtype=int)
        chosen = np.zeros((len(slates), len(free)))
        np.put_along_axis(chosen, slates, 1.0, axis=1)
        rows = constraint.A.toarray()[:, : self.n_titles]
        sums = rows @ held + chosen @ rows[:, free].T  # (slates, rows)
        soft, paying = list(self._soft), np.array(self.cost)[list(self._soft.values())]
        hard = np.setdiff1d(np.arange(len(rows)), soft)
        low, high = np.asarray(constraint.lb), np.asarray(constraint.ub)
        keeps = (sums[:, hard] >= low[hard] - _WHOLE) & (sums[:, hard] <= high[hard] + _WHOLE)
        if not keeps.all(axis=1).any():
            return None
        titles = np.array(self.cost[: self.n_titles])
        costs = titles @ held + chosen @ titles[free]
        costs += np.maximum(0.0, sums[:, soft] - high[soft]) @ paying
        best = int(np.where(keeps.all(axis=1), costs, np.inf).argmin())
        values = held.copy()
        values[free] = chosen[best]
        return _Found(values, float(costs[best]), proven=True)

    def _constraint(self) -> LinearConstraint:
        values, rows, columns = self._entries
        matrix = csr_array((values, (rows, columns)), shape=(len(self._low), len(self.cost)))
        return LinearConstraint(matrix, self._low, self._high)

    def _linear(self, constraint: LinearConstraint, upper: Numbers) -> Any:
        low, high = np.asarray(constraint.lb), np.asarray(constraint.ub)
        equal = low == high
        above, below = ~equal & np.isfinite(high), ~equal & np.isfinite(low)
        rows = constraint.A
        result = linprog(
            self.cost,
            A_ub=vstack([rows[above], -rows[below]]),
            b_ub=np.concatenate([high[above], -low[below]]),
            A_eq=rows[equal],
            b_eq=high[equal],
            bounds=np.column_stack([np.zeros(len(upper)), upper]),
            method="highs-ds",
        )
        return result if _is_possible(result, found=result.status == _SOLVED) else None

    def _integer(
        self,
        constraint: LinearConstraint,
        upper: Numbers,
        relaxed: Numbers,
        free: Mask,
    ) -> _Found | None:
        """Solve with all titles but the free ones held at their value in `relaxed`."""
        n = self.n_titles
        held = np.round(relaxed[:n])
        low, high = np.zeros(len(upper)), upper.copy()
        low[:n] = np.where(free, 0.0, held)
        high[:n] = np.where(free, upper[:n], held)
        whole = np.zeros(len(upper))
        whole[:n] = free
        result = milp(
            self.cost,
            constraints=constraint,
            bounds=Bounds(low, high),
            integrality=whole,
            options={"time_limit": TIME_LIMIT_S},
        )
        if not _is_possible(result, found=result.x is not None):
            return None
        return _Found(result.x[:n], float(result.fun), proven=result.status == _SOLVED)


def _is_possible(result: Any, *, found: bool) -> bool:
    """Say whether there is an answer. Raises SolverGaveUp if nobody knows."""
    if not found and result.status != _IMPOSSIBLE:
        raise SolverGaveUp(result.message)
    return found


@dataclass(frozen=True, slots=True)
class _Found:
    values: Numbers
    cost: float
    proven: bool


def _solution(
    values: Numbers, cost: float, gap: float, route: Literal["linear", "integer"]
) -> Solution:
    places = tuple(np.flatnonzero(values > 0.5).tolist())
    return Solution(places, "within_gap" if gap > _WHOLE else "optimal", -cost, gap, route)
