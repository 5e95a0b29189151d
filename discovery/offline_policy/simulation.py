"""A world whose policies' worth is known, to see whether the estimates find it.

Viewers are of a few kinds, titles of a few; each pair has a probability of a like. A logging
policy draws by noisy preferences, a target policy by others, so the target's worth is a finite
sum. Each viewer sees several showings and likes more or less of all of them than their kind does,
half of them each, so that the sum stays as it is and their showings resemble one another. Many logs
are drawn; each estimate should cover the truth in about 95 of 100 of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from discovery.offline_policy.estimates import METHODS, Estimate, Log, Numbers

_KINDS, _TITLES = 12, 8
# How far a viewer is from their kind, of what keeps every chance between 0 and 1.
_LEANING = 0.8
SHOWINGS_EACH = 10
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class World:
    """Kinds of viewers come evenly. All (kinds, titles); policies are rows that sum to 1."""

    likes: Numbers
    logging: Numbers
    target: Numbers
    # A model of the likes that is wrong: the doubly robust estimate must do without a right one.
    model: Numbers

    @property
    def worth(self) -> float:
        """The target policy's true reward per showing."""
        return float((self.target * self.likes).sum(axis=1).mean())

    @property
    def logged_worth(self) -> float:
        return float((self.logging * self.likes).sum(axis=1).mean())


@dataclass(frozen=True, slots=True)
class SimulatedRow:
    """How one estimate did over many logs of `n` showings each.

    `value`, `low` and `high` are of the first log; `coverage` and `mean` of all of them, and
    `coverage_of_rows` of intervals that take a viewer's showings for independent. `recovered`: the
    coverage is 95%, give or take three of its standard errors.
    """

    system: str
    truth: float
    value: float
    low: float
    high: float
    recovered: bool
    mean: float
    coverage: float
    coverage_of_rows: float
    width: float
    n: int
    logs: int


def make_world(seed: int) -> World:
    """Return a world in which the target is better than what was logged."""
    generator = np.random.default_rng(seed)
    likes = generator.beta(1.2, 4.0, (_KINDS, _TITLES))
    noise = generator.normal(0, 1, (_KINDS, _TITLES))
    return World(
        likes=likes,
        logging=_softmax(1.5 * likes + 0.8 * noise),
        target=_softmax(8.0 * likes),
        model=np.clip(0.6 * likes + 0.1 * generator.random(likes.shape), 0, 1),
    )


def draw_log(
    world: World, n: int, generator: np.random.Generator, *, each: int = SHOWINGS_EACH
) -> Log:
    """Return `n` showings by the logging policy, `each` a viewer, with exact propensities."""
    viewers = np.arange(n) // each
    n_viewers = int(viewers[-1]) + 1
    kinds = generator.integers(0, _KINDS, n_viewers)[viewers]
    leanings = generator.choice((-_LEANING, _LEANING), n_viewers)[viewers]
    reached = world.logging.cumsum(axis=1)[kinds] < generator.random(n)[:, None]
    at = (kinds, np.minimum(reached.sum(axis=1), _TITLES - 1))
    likes = world.likes[at]
    chances = likes + leanings * np.minimum(likes, 1 - likes)
    return Log(
        rewards=(generator.random(n) < chances).astype(np.float64),
        propensities=world.logging[at],
        target=world.target[at],
        expected=world.model[at],
        expected_target=(world.target * world.model).sum(axis=1)[kinds],
        groups=viewers,
    )


def simulate_table(
    *, logs: int = 400, n: int = 2000, each: int = SHOWINGS_EACH, seed: int = 7
) -> list[SimulatedRow]:
    """Return a row for each estimate: does it find what the target policy is worth?"""
    world = make_world(seed)
    generator = np.random.default_rng(seed)
    drawn = [draw_log(world, n, generator, each=each) for _ in range(logs)]
    alone = [replace(log, groups=None) for log in drawn]
    return [
        _row([method(log) for log in drawn], [method(log) for log in alone], world.worth)
        for method in METHODS
    ]


def _row(estimates: list[Estimate], of_rows: list[Estimate], truth: float) -> SimulatedRow:
    first = estimates[0]
    coverage = float(np.mean([e.covers(truth) for e in estimates]))
    error = (_CONFIDENCE * (1 - _CONFIDENCE) / len(estimates)) ** 0.5
    return SimulatedRow(
        system=first.method,
        truth=truth,
        value=first.value,
        low=first.low,
        high=first.high,
        recovered=bool(abs(coverage - _CONFIDENCE) <= 3 * error),
        mean=float(np.mean([e.value for e in estimates])),
        coverage=coverage,
        coverage_of_rows=float(np.mean([e.covers(truth) for e in of_rows])),
        width=float(np.mean([e.high - e.low for e in estimates])),
        n=first.n,
        logs=len(estimates),
    )


def _softmax(values: Numbers) -> Numbers:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
