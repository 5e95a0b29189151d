"""Choose how catalog head and prior are blended: on validation targets, never on a test's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from genrec.errors import GenRecError
from genrec.metrics import mean, ndcg_at_10, rank_of, reciprocal_rank
from genrec.prior import BlendConfig, BlendForm, blend_scores

FORMS: tuple[BlendForm, ...] = ("mixture", "log_linear")
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
WISH_SHARE = 0.15
"""The prior's weight under a wish, of its weight without: a wish says what a history can't."""


@dataclass(frozen=True)
class BlendTrial:
    """One form and weight, with what it reached on the validation users."""

    config: BlendConfig
    ndcg_at_10: float
    mrr: float


def tune_blend(
    logprobs: npt.NDArray[np.floating],
    prior: npt.NDArray[np.floating],
    known: npt.NDArray[np.bool_],
    targets: Sequence[int],
    excluded: Sequence[Sequence[int]],
    *,
    weights: Sequence[float] = WEIGHTS,
    wish_share: float = WISH_SHARE,
    forms: Sequence[BlendForm] = FORMS,
) -> tuple[BlendConfig, list[BlendTrial]]:
    """Return the best form and weight by NDCG@10, and all that were tried.

    Args:
        logprobs: (U, N), the catalog head's log-probabilities for each validation user.
        prior: (U, N), the prior's probabilities of the same titles; known: (N,).
        targets: the validation title of each user; excluded: the titles of each user's history.

    Raises:
        GenRecError: no users.
    """
    if not len(targets):
        raise GenRecError("A blend is tuned on validation users, and there are none.")
    trials = []
    for form, weight in product(forms, weights):
        if weight == 0 and form != forms[0]:
            continue  # without the prior all forms are the same
        config = BlendConfig(form=form, weight=weight, wish_weight=round(wish_share * weight, 4))
        ranks = [
            rank_of(target, blend_scores(logprobs[user], prior[user], known, config), titles)
            for user, (target, titles) in enumerate(zip(targets, excluded, strict=True))
        ]
        trials.append(
            BlendTrial(
                config,
                mean([ndcg_at_10(r) for r in ranks]),
                mean([reciprocal_rank(r) for r in ranks]),
            )
        )
    best = max(trials, key=lambda trial: (trial.ndcg_at_10, trial.mrr))
    return best.config, trials
