"""The log of the card that explores, read back from the database as arrays, for some policies.

Only that card is drawn, so only its showings say anything of other draws: each has the pool that
it was drawn from (in the slate's trace), its exact propensity, and what the viewer made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef
from django.utils import timezone

from discovery.exploration import PRIOR_SHOWINGS, WELCOME
from discovery.models import Exposure, Feedback
from discovery.offline_policy.estimates import Log, Numbers


@dataclass(frozen=True, slots=True)
class Showing:
    """One showing of the exploring card. The pool is in order of score: the first is greedy's."""

    title_id: int
    propensity: float
    liked: bool
    pool: tuple[int, ...]
    propensities: tuple[float, ...]
    # Whose it was: showings of one viewer are no independent evidence.
    viewer: int

    @property
    def place(self) -> int:
        return self.pool.index(self.title_id)


# What a policy does with a pool: a probability for each of its titles.
Policy = Callable[[Showing], Numbers]


def greedy(showing: Showing) -> Numbers:
    """The title with the best score, always: what is shown without exploration."""
    chances = np.zeros(len(showing.pool))
    chances[0] = 1.0
    return chances


def uniform(showing: Showing) -> Numbers:
    """Any title of the pool alike."""
    return np.full(len(showing.pool), 1 / len(showing.pool))


POLICIES: Mapping[str, Policy] = {"greedy": greedy, "uniform": uniform}


# Who saw it. A slate without a viewer stands for itself.
_WHOSE = ("pick__slate__viewer_id", "pick__slate_id")


def load_showings(days: int) -> list[Showing]:
    """Return the showings of explored cards of the last days, oldest first.

    Cards whose slate kept no pool (a turn stopped early, a surprise) say nothing and are left out.
    """
    welcome = Feedback.objects.filter(pick=OuterRef("pick"), kind__in=WELCOME)
    rows = (
        Exposure.objects.filter(
            pick__explored=True, shown_at__gt=timezone.now() - timedelta(days=days)
        )
        .annotate(liked=Exists(welcome))
        .order_by("shown_at", "pk")
        .values_list("pick__title_id", "propensity", "liked", "pick__slate__trace__stages", *_WHOSE)
    )
    showings = (_showing_of(*row) for row in rows)
    return [showing for showing in showings if showing is not None]


def _showing_of(
    title_id: int,
    propensity: float,
    liked: bool,
    stages: Mapping[str, Any] | None,
    viewer: int | None,
    slate: int,
) -> Showing | None:
    drawn = (stages or {}).get("selection", {}).get("exploration", {})
    pool = tuple(drawn.get("pool", ()))
    if title_id not in pool:
        return None
    whose = -slate if viewer is None else viewer
    return Showing(title_id, propensity, liked, pool, tuple(drawn["propensities"]), whose)


def log_of(showings: Sequence[Showing], policy: Policy) -> Log:
    """Return the log for one policy, with a model of likes for the doubly robust estimate.

    The model is each title's share of likes, drawn towards the average of all, without the row
    itself: a row must not explain its own reward.
    """
    chances = [policy(showing) for showing in showings]
    likes = _Likes(showings)
    expected = [likes.expected(showing, showing.title_id) for showing in showings]
    targets = [
        sum(float(c) * likes.expected(s, pk) for c, pk in zip(row, s.pool, strict=True))
        for row, s in zip(chances, showings, strict=True)
    ]
    return Log(
        rewards=np.array([float(s.liked) for s in showings]),
        propensities=np.array([s.propensity for s in showings]),
        target=np.array([float(c[s.place]) for c, s in zip(chances, showings, strict=True)]),
        expected=np.array(expected),
        expected_target=np.array(targets),
        groups=np.array([s.viewer for s in showings], dtype=np.int64),
    )


class _Likes:
    """Shares of likes by title, for any row as if that row had not been."""

    def __init__(self, showings: Sequence[Showing]) -> None:
        self.shown: dict[int, int] = {}
        self.liked: dict[int, int] = {}
        for showing in showings:
            self.shown[showing.title_id] = self.shown.get(showing.title_id, 0) + 1
            self.liked[showing.title_id] = self.liked.get(showing.title_id, 0) + showing.liked
        self.n, self.n_liked = len(showings), sum(self.liked.values())

    def expected(self, row: Showing, title_id: int) -> float:
        average = (self.n_liked - row.liked) / max(1, self.n - 1)
        own = title_id == row.title_id
        shown = self.shown.get(title_id, 0) - own
        liked = self.liked.get(title_id, 0) - (own and row.liked)
        return (liked + PRIOR_SHOWINGS * average) / (shown + PRIOR_SHOWINGS)
