"""A world whose policies' worth is known, to see whether the estimates find it.

Viewers are of a few kinds, titles of a few; each pair has a probability of a like. A logging
policy draws by noisy preferences, a target policy by others, so the target's worth is a finite
sum. Many logs are drawn; each estimate should cover the truth in about 95 of 100 of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from discovery.offline_policy.estimates import METHODS, Estimate, Log, Numbers

_VIEWERS, _TITLES = 12, 8


@dataclass(frozen=True, slots=True)
class World:
    """Viewers come evenly. All (viewers, titles); policies are rows that sum to 1."""

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

    `value`, `low` and `high` are of the first log; `coverage` and `mean` of all of them.
    """

    system: str
    truth: float
    value: float
    low: float
    high: float
    recovered: bool
    mean: float
    coverage: float
    width: float
    n: int
    logs: int


def make_world(seed: int) -> World:
    """Return a world in which the target is better than what was logged."""
    generator = np.random.default_rng(seed)
    likes = generator.beta(1.2, 4.0, (_VIEWERS, _TITLES))
    noise = generator.normal(0, 1, (_VIEWERS, _TITLES))
    return World(
        likes=likes,
        logging=_softmax(1.5 * likes + 0.8 * noise),
        target=_softmax(8.0 * likes),
        model=np.clip(0.6 * likes + 0.1 * generator.random(likes.shape), 0, 1),
    )


def draw_log(world: World, n: int, generator: np.random.Generator) -> Log:
    """Return `n` showings by the logging policy, with rewards and exact propensities."""
    viewers = generator.integers(0, _VIEWERS, n)
    reached = world.logging.cumsum(axis=1)[viewers] < generator.random(n)[:, None]
    shown = np.minimum(reached.sum(axis=1), _TITLES - 1)
    at = (viewers, shown)
    return Log(
        rewards=(generator.random(n) < world.likes[at]).astype(np.float64),
        propensities=world.logging[at],
        target=world.target[at],
        expected=world.model[at],
        expected_target=(world.target * world.model).sum(axis=1)[viewers],
    )


def simulate_table(*, logs: int = 400, n: int = 2000, seed: int = 7) -> list[SimulatedRow]:
    """Return a row for each estimate: does it find what the target policy is worth?"""
    world = make_world(seed)
    generator = np.random.default_rng(seed)
    drawn = [draw_log(world, n, generator) for _ in range(logs)]
    return [_row([method(log) for log in drawn], world.worth) for method in METHODS]


def _row(estimates: list[Estimate], truth: float) -> SimulatedRow:
    first = estimates[0]
    return SimulatedRow(
        system=first.method,
        truth=truth,
        value=first.value,
        low=first.low,
        high=first.high,
        recovered=first.covers(truth),
        mean=float(np.mean([e.value for e in estimates])),
        coverage=float(np.mean([e.covers(truth) for e in estimates])),
        width=float(np.mean([e.high - e.low for e in estimates])),
        n=first.n,
        logs=len(estimates),
    )


def _softmax(values: Numbers) -> Numbers:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
