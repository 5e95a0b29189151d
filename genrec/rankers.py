"""What `genrec evaluate` ranks by: the model, what is shipped of it, and the classical core.

A `Ranking` scores a batch of histories by one or several named rankers at once, so that the
catalog head runs once for itself and for the blend. Scores are matrices (B, N) over the titles of
a catalogue of N, higher is better.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from genrec.classical import Scorer
from genrec.data import Rows
from genrec.kin import expected_of_kin, nearest_known
from genrec.model import GenRec
from genrec.prior import LEAST, BlendConfig, SequentialPrior, blend_scores
from genrec.ranking import by_length, head_scores
from genrec.verbalization import Verbalizer
from genrec.vocabulary import UNUSED_BIAS

logger = logging.getLogger(__name__)

Matrix = npt.NDArray[np.floating]
BATCH_TOKENS = 8192
CLASSICAL_BATCH = 256


class Ranking(Protocol):
    """Rankers that share their work. `batches` says which histories are scored together."""

    @property
    def names(self) -> Sequence[str]: ...

    def batches(self, histories: Sequence[Rows]) -> Sequence[Sequence[int]]: ...

    def __call__(self, histories: Sequence[Rows]) -> Mapping[str, Matrix]: ...


@dataclass(frozen=True)
class ClassicalRanking:
    """The closed forms, as `classical.fit_classical` returns them."""

    scorers: Mapping[str, Scorer]

    @property
    def names(self) -> Sequence[str]:
        return list(self.scorers)

    def batches(self, histories: Sequence[Rows]) -> Sequence[Sequence[int]]:
        indices = range(len(histories))
        return [indices[i : i + CLASSICAL_BATCH] for i in range(0, len(indices), CLASSICAL_BATCH)]

    def __call__(self, histories: Sequence[Rows]) -> Mapping[str, Matrix]:
        return {name: scorer(histories) for name, scorer in self.scorers.items()}


@dataclass(frozen=True)
class ModelRanking:
    """`genrec` is the catalog head alone, `blend` what ships; `prior` is the other half of it.

    Without a prior the blend is the head. `keys` are the titles' imdb ids, "" where unknown. Every
    ranker sees the `max_events` latest events, as in serving.
    """

    model: GenRec
    verbalizer: Verbalizer
    content: torch.Tensor
    keys: Sequence[str]
    prior: SequentialPrior | None
    blend: BlendConfig
    max_events: int

    @property
    def names(self) -> Sequence[str]:
        return ["genrec", "blend"] if self.prior is None else ["genrec", "blend", "prior"]

    def batches(self, histories: Sequence[Rows]) -> Sequence[Sequence[int]]:
        # Similar lengths share a batch, so that little is padding.
        at_once = BATCH_TOKENS // self.verbalizer.event_tokens
        return list(by_length(histories, at_once, self.max_events))

    def __call__(self, histories: Sequence[Rows]) -> Mapping[str, Matrix]:
        logprobs = self.head_logprobs(histories)
        if self.prior is None:
            return {"genrec": logprobs, "blend": logprobs}
        opinions = np.stack([self.opinion(history) for history in histories])
        blended = blend_scores(logprobs, opinions, self.known, self.blend)
        return {"genrec": logprobs, "blend": blended, "prior": opinions}

    def head_logprobs(self, histories: Sequence[Rows]) -> Matrix:
        """Return the catalog head's log-probabilities of all titles but those of the history.

        Nothing in training says how likely a title is to be seen again, and nobody asks: serving
        ranks candidates that were not seen. The one place that depends on how a model is run.
        """
        rows = head_scores(
            self.model, self.verbalizer, self.content, histories, max_events=self.max_events
        )
        logits = torch.from_numpy(np.stack(list(rows)))
        for row, history in zip(logits, histories, strict=True):
            row[history] = UNUSED_BIAS
        logprobs: Matrix = logits.log_softmax(dim=-1).numpy()
        return logprobs

    @cached_property
    def places(self) -> npt.NDArray[np.int64]:
        """Where the prior has each title; -1 where it does not know it."""
        known = self.prior.rows if self.prior is not None else {}
        return np.array([known.get(key, -1) for key in self.keys], dtype=np.int64)

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """The titles of which the prior expects something: those it knows, or all by their kin."""
        return np.full(len(self.keys), bool((self.places >= 0).any()))

    @cached_property
    def kin(self) -> npt.NDArray[np.int64]:
        """The kin of the titles that the prior does not know, as its rows, (strangers, K)."""
        content = self.content.cpu().numpy()
        near = nearest_known(content[self.places < 0], content[self.places >= 0])
        return self.places[self.places >= 0][near]

    def opinion(self, history: Rows) -> npt.NDArray[np.float64]:
        """Return what the prior expects of each title (N,), of those it does not know by kin."""
        assert self.prior is not None  # noqa: S101  (asked for only where there is one)
        shown = history[-self.max_events :]
        likely = self.prior.probabilities([self.keys[row] for row in shown])
        expected = likely[self.places]
        if self.known.any() and (self.places < 0).any():
            seen = [place for row in shown if (place := self.places[row]) >= 0]
            expected[self.places < 0] = expected_of_kin(likely, self.kin, seen, LEAST)
        return expected
