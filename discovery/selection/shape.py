"""The shape of a slate: how many titles, how many of which genre, how many minutes in all.

Shape wishes bind the slate as a whole, so no filter can keep them: `programme` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf

from catalog.facts import TitleFacts
from catalog.text import fold
from genrec.contract import Query

# What an unknown runtime counts as, where it is allowed; and an evening for which nobody names a
# number of titles holds as many as fit at this length.
USUAL_MINUTES = 110
USUAL_COUNT = 6
COUNT = "count"
RUNTIME = "runtime_total"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the chosen titles have to be together.

    A quota counts exactly. A title that fits several quotas counts for one of them, and what is
    chosen beyond the quotas fits none: "three comedies" are not four.
    """

    count: int
    quotas: Mapping[str, int] = field(default_factory=dict)
    runtime_total: int | None = None
    allow_unknown: bool = False
    # False where nobody said a number: then fewer titles break no wish.
    count_said: bool = False

    @property
    def wishes(self) -> tuple[str, ...]:
        """Name the shape wishes: quotas by their genre, then count and minutes."""
        counted = (COUNT,) if self.count_said else ()
        budget = (RUNTIME,) if self.runtime_total is not None else ()
        return (*counted, *self.quotas, *budget)

    @property
    def binds(self) -> bool:
        """Whether more is asked of the slate than a number of titles."""
        return bool(self.quotas) or self.runtime_total is not None

    @property
    def n_quotas(self) -> int:
        return sum(self.quotas.values())

    @property
    def has_room_for_others(self) -> bool:
        """Whether a title that fits no quota has a place."""
        return self.count > self.n_quotas

    def quotas_of(self, title: TitleFacts) -> tuple[str, ...]:
        """Return the quotas that a title could count for."""
        return tuple(quota for quota in self.quotas if fits(title, quota))

    def minutes_of(self, title: TitleFacts) -> float:
        """Return the minutes that a title takes from the budget: 0 without one, inf if too many.

        What is unknown fits none, unless unknowns are allowed.
        """
        if self.runtime_total is None:
            return 0.0
        if title.runtime_min is None:
            return USUAL_MINUTES if self.allow_unknown else inf
        return title.runtime_min


def shape_of(query: Query, count: int) -> Shape:
    """Return the shape that a Query asks for; `count` titles where it names no number."""
    quotas = dict(query.quotas)
    if query.count is not None:
        count = query.count
    elif quotas:
        count = sum(quotas.values())
    elif query.runtime_total is not None:
        count = min(count, max(1, query.runtime_total // USUAL_MINUTES))
    return Shape(
        count=count,
        quotas=quotas,
        runtime_total=query.runtime_total,
        allow_unknown=query.allow_unknown,
        count_said=query.count is not None,
    )


def fits(title: TitleFacts, quota: str) -> bool:
    """Say whether a title is what a quota counts: of the genre, or of the kind."""
    wanted = _folded(quota)
    return wanted == title.kind or any(wanted == _folded(genre) for genre in title.genres)


@lru_cache(maxsize=1000)
def _folded(name: str) -> str:
    return fold(name)
