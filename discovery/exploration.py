"""One card to learn from: the last one may go to one of the next best, drawn by Thompson sampling.

Each title of a small pool has a Beta posterior of "liked or saved when shown". One value is drawn
from each, and the highest is shown. The probability of that is exact: the integral, over the
value of one title, of the probability that all the others draw less. So what is logged lets other
policies be judged without having run them (`discovery.offline_policy`).

A title that nobody was shown is expected to do as the average of all that were, however well
known it is: the pool was chosen by score, the draw looks at reactions alone.

Source: Thompson 1933, "On the likelihood that one unknown probability exceeds another in view of
the evidence of two samples", Biometrika 25.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Q
from django.utils import timezone
from scipy.special import betainc, betaincinv

from catalog.facts import TitleFacts
from discovery.models import Exposure
from discovery.selection import Selected, same_series
from discovery.types import Candidate

# Cards of a slate that explores at least, so that most of it is the best there is.
MIN_CARDS = 4
POOL = 8
# How much lower than the card it replaces a title's score may be: less than one fitting mood.
WITHIN = 1.0
# What the prior weighs, in showings, and the share of likes it starts from: one in ten.
PRIOR_SHOWINGS = 10.0
PRIOR_LIKED = 1.0
# Averages beyond these are taken for them. Posteriors of nearly none or all pile up at 0 or 1,
# where draws tie in floating point (at 1 sooner) and no longer have the chances that are logged.
FEWEST_LIKED, MOST_LIKED = 0.001, 0.95
# What viewers thought long ago says little of what they think now.
REMEMBERED = timedelta(days=180)
WELCOME = ("liked", "saved")

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(256)
_U, _DU = (_NODES + 1) / 2, _WEIGHTS / 2

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Posterior:
    """Beta(alpha, beta) of the probability that a title is liked or saved when it is shown."""

    alpha: float
    beta: float


@dataclass(frozen=True, slots=True)
class Explored:
    """A slate with its last card drawn, and the draw as the trace keeps it."""

    chosen: list[Selected]
    pool: tuple[int, ...]
    propensities: tuple[float, ...]
    # The title that stood there without exploration.
    greedy: int

    def as_json(self) -> dict[str, object]:
        return {
            "pool": list(self.pool),
            "propensities": [round(chance, 6) for chance in self.propensities],
            "greedy": self.greedy,
            "shown": self.chosen[-1].candidate.title_id,
        }


def pool_of(
    chosen: Sequence[Selected],
    next_best: Sequence[Candidate],
    facts: Mapping[int, TitleFacts],
    mentioned: Sequence[TitleFacts] = (),
) -> list[Candidate]:
    """Return what the last card may be: its title, and the next best that go with the others.

    Empty where there is nothing to explore: too short a slate, or nothing else near enough.
    """
    if len(chosen) < MIN_CARDS:
        return []
    *kept, last = chosen
    beside = [*(facts[item.candidate.title_id] for item in kept), *mentioned]
    near = [
        candidate
        for candidate in next_best
        if candidate.score >= last.candidate.score - WITHIN
        and not any(same_series(facts[candidate.title_id], other) for other in beside)
    ]
    pool = [last.candidate, *near][:POOL]
    return pool if len(pool) > 1 else []


def explore(
    chosen: Sequence[Selected],
    pool: Sequence[Candidate],
    posteriors: Mapping[int, Posterior],
    seed: str,
) -> Explored:
    """Return the slate with its last card drawn from the pool; the same for the same seed."""
    # Not for secrets: a draw that the trace can repeat.
    generator = random.Random(f"explore:{seed}")  # noqa: S311
    known = [posteriors[candidate.title_id] for candidate in pool]
    drawn = [generator.betavariate(p.alpha, p.beta) for p in known]
    winner = max(range(len(pool)), key=drawn.__getitem__)
    chances = chances_of_thompson(known)
    card = replace(
        chosen[-1], candidate=pool[winner], propensity=float(chances[winner]), explored=True
    )
    return Explored(
        chosen=[*chosen[:-1], card],
        pool=tuple(candidate.title_id for candidate in pool),
        propensities=tuple(float(chance) for chance in chances),
        greedy=chosen[-1].candidate.title_id,
    )


def chances_of_thompson(posteriors: Sequence[Posterior]) -> Numbers:
    """Return each posterior's probability to draw the highest value: (n,), they sum to 1.

    Gauss-Legendre over the quantiles of the one that wins: there the integrand, the product of
    the others' distribution functions, is bounded even where a density is not.
    """
    alpha = np.array([p.alpha for p in posteriors])
    beta = np.array([p.beta for p in posteriors])
    chances = np.empty(len(posteriors))
    for i in range(len(posteriors)):
        value = betaincinv(alpha[i], beta[i], _U)
        below = betainc(np.delete(alpha, i), np.delete(beta, i), value[:, None])
        chances[i] = _DU @ below.prod(axis=1)
    # What is drawn has a chance, even where the integral is too small to be told from none.
    return np.clip(chances, 1e-9, 1.0)


def load_posteriors(title_ids: Sequence[int]) -> dict[int, Posterior]:
    """Return what exposures and feedback say of some titles. Two queries.

    An exposure counts as welcome if its viewer liked or saved the title from that very card. The
    prior is the average of all exposures, with the weight of ten showings.
    """
    recent = Exposure.objects.filter(shown_at__gt=timezone.now() - REMEMBERED)
    welcome = Count("pk", filter=Q(pick__feedback__kind__in=WELCOME), distinct=True)
    shown = Count("pk", distinct=True)
    overall = recent.aggregate(shown=shown, welcome=welcome)
    liked = prior_of(overall["shown"], overall["welcome"])
    rows = recent.filter(pick__title_id__in=list(title_ids)).values_list("pick__title_id")
    counts = {pk: (n, good) for pk, n, good in rows.annotate(shown=shown, welcome=welcome)}
    return {pk: _posterior(liked, *counts.get(pk, (0, 0))) for pk in title_ids}


def prior_of(shown: int, welcome: int) -> float:
    """Return the share of likes to expect of a title that nobody was shown."""
    average = (welcome + PRIOR_LIKED) / (shown + PRIOR_SHOWINGS)
    return min(max(average, FEWEST_LIKED), MOST_LIKED)


def _posterior(prior: float, shown: int, welcome: int) -> Posterior:
    return Posterior(
        alpha=PRIOR_SHOWINGS * prior + welcome,
        beta=PRIOR_SHOWINGS * (1 - prior) + shown - welcome,
    )
