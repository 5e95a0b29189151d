"""A small integer programme for SciPy's HiGHS: rows are added one by one, then it is solved.

Solved first as a linear programme, which is nearly always whole. Where it is not, its reduced
costs say which titles can still change the answer, and only those enter the integer programme
(Balas & Zemel 1980, "An algorithm for large zero-one knapsack problems", Operations Research
28(5)): exact, and small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

# Titles that enter the first integer programme; more follow only if they could change it.
CORE = 24
# A better slate by less than this is not looked for: a hundredth of one fitting mood.
NEGLIGIBLE = 0.01
TIME_LIMIT_S = 0.25
_WHOLE = 1e-6
# SciPy's own number for an optimum.
_SOLVED = 0

Numbers = npt.NDArray[np.float64]
Status = Literal["optimal", "within_gap", "infeasible"]


@dataclass(frozen=True, slots=True)
class Solution:
    """Which titles are chosen, how that was found, and what it is worth."""

    places: tuple[int, ...]
    status: Status
    objective: float = 0.0
    # How much better an unknown answer could be at most; 0 where this one is proven best.
    gap: float = 0.0
    route: Literal["linear", "integer"] = "linear"


INFEASIBLE = Solution((), "infeasible")


class Model:
    """Minimise `cost` over yes-or-no variables (titles) and continuous ones (what rows add).

    The continuous ones are whole by themselves once the titles are.
    """

    def __init__(self, cost: Numbers, usable: npt.NDArray[np.bool_]) -> None:
        self.n_titles = len(cost)
        self.cost: list[float] = cost.tolist()
        self.upper: list[float] = usable.astype(float).tolist()
        self._entries: tuple[list[float], list[int], list[int]] = ([], [], [])
        self._low: list[float] = []
        self._high: list[float] = []

    def new(self, *, cost: float, upper: float = np.inf) -> int:
        """Add a continuous variable from 0 to `upper`; return its column."""
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
        """Return the best choice of titles, or one that says that there is none."""
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
        core = ~whole | (prices <= np.sort(prices)[min(CORE, n) - 1])
        found = self._integer(constraint, bounds, relaxed, core)
        margin = np.inf if found is None else found.cost - linear.fun
        wider = core | (prices < margin)
        if margin > NEGLIGIBLE and (wider & ~core).any():
            again = self._integer(constraint, bounds, relaxed, wider)
            found, core = again or (found and replace(found, proven=False)), wider
        if found is None:
            return INFEASIBLE
        margin = max(0.0, found.cost - float(linear.fun))
        proven = found.proven and not (prices[~core] < margin).any()
        gap = 0.0 if proven else margin
        return _solution(found.values, found.cost, gap, "integer")

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
        return result if result.status == _SOLVED else None

    def _integer(
        self,
        constraint: LinearConstraint,
        upper: Numbers,
        relaxed: Numbers,
        free: npt.NDArray[np.bool_],
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
        if result.x is None:
            return None
        return _Found(result.x[:n], float(result.fun), proven=result.status == _SOLVED)


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
