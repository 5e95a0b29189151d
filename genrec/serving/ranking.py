"""One ranking: scores of the catalog head, blended with the sequential prior if there is one."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from genrec.contract import MAX_CANDIDATES, RankRequest, RankResponse
from genrec.serving.blending import Blender, Opinion
from genrec.serving.kin import KinIndex
from genrec.serving.rows import RowRecord
from genrec.verbalization import shown_events

MIN_BLENDED = 200
BLENDED_PER_ASKED = 4
"""The whole catalogue is blended among the best of either side, this many times more than asked."""

Scores = dict[int, float]
"""Log-probabilities of slots over the whole catalogue."""


class Head(Protocol):
    """The catalog head's answers to one prompt, at one version of the rows."""

    prompt: list[int]
    rows_version: int
    cached_tokens: int | None

    async def scores(self, slots: Sequence[int]) -> Scores:
        """Return the scores of slots."""
        ...

    async def best(self, n_slots: int) -> Scores:
        """Return those of the best slots of the catalogue; some may hold no title."""
        ...


@dataclass
class Ranking:
    """How one request is answered. `blender` None means by the head alone."""

    head: Head
    rows: RowRecord
    blender: Blender | None
    kin: KinIndex | None = None
    started: float = field(default_factory=time.perf_counter)

    async def answer(self, body: RankRequest) -> RankResponse:
        """Return the asked slots, or the best `k` outside the history, best first."""
        if body.slots is None:
            scores = await self.whole_catalogue(body)
        else:
            scores = normalised(await self.asked(body, body.slots))
        best = sorted(scores, key=lambda slot: (-scores[slot], slot))
        best = best if body.slots is not None else best[: body.k]
        return RankResponse(
            slots=best,
            logprobs=[scores[slot] for slot in best],
            prompt_tokens=len(self.head.prompt),
            cached_tokens=self.head.cached_tokens or 0,
            engine_ms=round((time.perf_counter() - self.started) * 1000, 2),
            rows_version=self.head.rows_version,
            scored_by="genrec" if self.blender is None else "blend",
        )

    async def asked(self, body: RankRequest, slots: Sequence[int]) -> Scores:
        scores = await self.head.scores(slots)
        if self.blender is None:
            return scores
        return self.blended(self.opinion(self.blender, body), scores)

    async def whole_catalogue(self, body: RankRequest) -> Scores:
        """Return scores of the best `k` and more, over the whole catalogue less the history.

        Training says nothing about titles seen before, so nothing but this keeps them away. A
        blend is made of the head's best and the prior's best titles; the head is asked again for
        those of the prior that are not among its own best.
        """
        known = {event.slot for event in body.history}
        if self.blender is None:
            n_slots = min(body.k + len(known), MAX_CANDIDATES)
            return self.unknown(await self.head.best(n_slots), known)
        n_slots = max(BLENDED_PER_ASKED * body.k, MIN_BLENDED)
        n_slots = min(n_slots + len(known), MAX_CANDIDATES)
        scores = self.unknown(await self.head.best(n_slots), known)
        opinion = self.opinion(self.blender, body)
        likely = opinion.best_slots(self.rows.slot_of, n_slots)
        if others := [slot for slot in likely if slot not in scores and slot not in known]:
            scores |= self.unknown(await self.head.scores(others), known)
        return self.blended(opinion, scores)

    def blended(self, opinion: Opinion, scores: Scores) -> Scores:
        kin = self.kin.of(scores) if self.kin is not None else {}
        return opinion.blend(scores, self.rows.imdb, kin)

    def unknown(self, scores: Scores, known: Collection[int]) -> Scores:
        """Return the scores of slots that hold a title, and one that is not `known`."""
        return {
            slot: score
            for slot, score in scores.items()
            if slot in self.rows.stamps and slot not in known
        }

    def opinion(self, blender: Blender, body: RankRequest) -> Opinion:
        """Return what the prior says: of the events in the prompt, so dislikes do not count."""
        keys = [self.rows.imdb.get(event.slot, "") for event in shown_events(body.history)]
        return blender.opinion(keys, wish=bool(body.wish.strip()))


def normalised(scores: Scores) -> Scores:
    """Return log-probabilities that sum to 1 over the slots that are there."""
    if not scores:
        return scores
    total = float(np.logaddexp.reduce(list(scores.values())))
    return {slot: score - total for slot, score in scores.items()}
