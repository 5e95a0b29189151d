"""Histories as arrays, and the weighted counts that every closed form here is made of.

A history is a user's titles as rows of a catalogue of N titles, oldest first. Counting weighs a
user of n events by n ** -`user_power`, scaled so that an average event weighs one: evaluation
averages over users, and without it those with a thousand events decide everything. Needs no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from genrec.errors import GenRecError

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
PAIRS_AT_ONCE = 8_000_000


@dataclass(frozen=True)
class Events:
    """All events of all users, user after user: (E,) rows, users and weights."""

    rows: Ints
    users: Ints
    weights: npt.NDArray[np.float64]
    n_titles: int

    @property
    def totals(self) -> Floats:
        """Return the weight of every title's events, (N,)."""
        totals = np.bincount(self.rows, weights=self.weights, minlength=self.n_titles)
        return totals.astype(np.float32)

    def pairs(self, lag: int) -> tuple[Ints, npt.NDArray[np.float64]]:
        """Return the pairs (i, j), as i * N + j, of titles with j `lag` events after i.

        Each carries the weight of its user's events.
        """
        same = self.users[:-lag] == self.users[lag:]
        codes = self.rows[:-lag][same] * self.n_titles + self.rows[lag:][same]
        return codes, self.weights[lag:][same]


def read_events(
    histories: Sequence[Sequence[int]], n_titles: int, *, user_power: float = 0.0
) -> Events:
    """Return histories as arrays.

    Raises:
        GenRecError: no events at all, or a row that the catalogue lacks.
    """
    lengths = np.array([len(history) for history in histories], dtype=np.int64)
    if not lengths.sum():
        raise GenRecError("There are no events to learn from.")
    rows = np.concatenate([np.asarray(history, dtype=np.int64) for history in histories])
    if rows.min() < 0 or rows.max() >= n_titles:
        raise GenRecError(f"Histories hold rows outside [0, {n_titles}).")
    users = np.repeat(np.arange(len(lengths)), lengths)
    weights = lengths[users].astype(np.float64) ** -user_power
    return Events(rows, users, weights / weights.mean(), n_titles)


def forward_counts(events: Events, kernels: Sequence[npt.NDArray[np.floating]]) -> list[Floats]:
    """Return for each kernel the (N, N) sums of kernel[l - 1] over events j, l events after i."""
    n = events.n_titles
    sums = [np.zeros(n * n) for _ in kernels]
    longest = max(len(kernel) for kernel in kernels)
    at_once = max(1, PAIRS_AT_ONCE // len(events.rows))
    for first in range(1, longest + 1, at_once):
        lags = range(first, min(first + at_once, longest + 1, len(events.rows)))
        found = [events.pairs(lag) for lag in lags]
        if not found:
            break
        codes = np.concatenate([codes for codes, _ in found])
        for total, kernel in zip(sums, kernels, strict=True):
            factors = [kernel[lag - 1] if lag <= len(kernel) else 0.0 for lag in lags]
            if any(factors):
                parts = [w * factor for (_, w), factor in zip(found, factors, strict=True)]
                total += np.bincount(codes, weights=np.concatenate(parts), minlength=n * n)
    return [total.reshape(n, n).astype(np.float32) for total in sums]


def recent(
    histories: Sequence[Sequence[int]], n_titles: int, kernel: npt.NDArray[np.floating] | None
) -> Floats:
    """Return histories (B, N): kernel[k] for the title k events before the end, else zero.

    A title that occurs again counts by its latest event. None means one for every title.
    """
    values = np.zeros((len(histories), n_titles), dtype=np.float32)
    for index, history in enumerate(histories):
        if kernel is None:
            values[index, list(history)] = 1
            continue
        latest = list(history)[-len(kernel) :]
        values[index, latest] = kernel[: len(latest)][::-1]
    return values


def decay(rate: float, *, length: int, smallest: float = 1e-3) -> npt.NDArray[np.float64]:
    """Return rate ** 0, rate ** 1, ... as far as they matter, and at most `length` of them."""
    kernel = rate ** np.arange(length, dtype=np.float64)
    return kernel[kernel >= smallest]
