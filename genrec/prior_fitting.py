"""Fit the sequential prior to histories: in closed form, in seconds on two CPU cores.

A history is seen through a few kernels, each forgetting at its own rate, and a ridge regression
of "is this title next?" on all of them at once gives the weights of each title for every other.
With exponential kernels the normal equations are sums of weighted lag counts. Only the strongest
weights are kept. Source of the idea: Choi et al. 2021, "Session-aware linear item-item models for
session-based recommendation"; here with several rates at once and the whole history.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from genrec.errors import GenRecError
from genrec.events import Events, Floats, decay, forward_counts, read_events
from genrec.prior import PriorConfig, SequentialPrior


def fit_prior(
    histories: Sequence[Sequence[int]],
    n_titles: int,
    keys: Sequence[str],
    config: PriorConfig | None = None,
) -> SequentialPrior:
    """Fit the prior to histories of rows in [0, n_titles), oldest first.

    `keys` are the titles' imdb ids; a title without one, "", is left out.

    Raises:
        GenRecError: no events, rows outside the range, or no title that qualifies.
    """
    config = config or PriorConfig()
    events = read_events(histories, n_titles)
    kept = known_titles(events, keys, config)
    if not len(kept):
        raise GenRecError(
            f"No title has an imdb id and {config.min_events} events: too little for a prior."
        )
    places = np.full(n_titles, -1)
    places[kept] = np.arange(len(kept))
    known = [[int(places[row]) for row in history if places[row] >= 0] for history in histories]
    events = read_events(known, len(kept))
    starts, successors, weights = sparse(
        regression_weights(events, config), events.totals, config.successors
    )
    return SequentialPrior(
        keys=tuple(keys[row] for row in kept),
        starts=starts,
        successors=successors,
        weights=weights,
        popularity=events.totals / events.totals.sum(),
        config=config,
    )


def known_titles(events: Events, keys: Sequence[str], config: PriorConfig) -> npt.NDArray[np.int64]:
    """Return the rows of the titles that the prior is to know, ascending."""
    counts = np.bincount(events.rows, minlength=events.n_titles)
    first = {key: row for row, key in reversed(list(enumerate(keys)))}
    # Of two titles with one id, the first: an id is a key.
    counts[[not key or first[key] != row for row, key in enumerate(keys)]] = 0
    most = np.argsort(-counts, kind="stable")[: config.max_titles]
    kept: npt.NDArray[np.int64] = np.sort(most[counts[most] >= config.min_events])
    return kept


def regression_weights(events: Events, config: PriorConfig) -> Floats:
    """Return the ridge regression of the next title on the faded history, (R, N, N).

    With x_t the history before event t seen through a kernel of rate a (and likewise y_t, b), the
    sum over t of x_t y_t' counts each pair of events at distance d with weight a^d (or b^d, the
    other way round) / (1 - a b), but for the ends of histories, which are taken as endless.
    """
    rates, n = config.rates, events.n_titles
    kernels = [decay(rate, length=config.length, smallest=config.least_counted) for rate in rates]
    forward = forward_counts(events, kernels)
    own = np.diag(events.totals)
    gram = np.block(
        [
            [
                (a * after + (b * before).T + own) / (1 - a * b)
                for b, before in pairs(rates, forward)
            ]
            for a, after in pairs(rates, forward)
        ]
    ).astype(np.float32)
    gram[np.diag_indices(len(gram))] += config.regularisation
    weights: Floats = np.linalg.solve(gram, np.vstack(forward)).reshape(len(rates), n, n)
    return weights


def pairs(rates: Sequence[float], counts: Sequence[Floats]) -> list[tuple[float, Floats]]:
    return list(zip(rates, counts, strict=True))


def sparse(
    weights: Floats, totals: Floats, successors: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.integer], npt.NDArray[np.float16]]:
    """Return starts, columns and values of the weights (R, N, N) that matter most.

    A weight matters by its size times the root of how often its title occurs; `successors` a row
    are kept on average, and no row is promised any.
    """
    n = weights.shape[-1]
    importance = np.abs(weights) * np.sqrt(totals)[None, :, None]
    n_kept = min(successors * weights.shape[0] * n, importance.size)
    least = np.partition(importance, importance.size - n_kept, axis=None)[-n_kept]
    kept = ((importance >= least) & (weights != 0)).reshape(-1, n)
    starts = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32)
    columns: npt.NDArray[np.integer] = np.nonzero(kept)[1]
    columns = columns.astype(np.int16 if n <= np.iinfo(np.int16).max else np.int32)
    values: npt.NDArray[np.float16] = weights.reshape(-1, n)[kept].astype(np.float16)
    return starts, columns, values
