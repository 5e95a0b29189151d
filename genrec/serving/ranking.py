"""One ranking: scores of the catalog head, blended with the sequential prior if there is one.

A score is read off one token of the catalog head: its log-probabilities over slots and over the
column that carries the catalogue's total (`vocabulary.TOTAL_MARKER`). The difference of the two is
a log-probability over the whole catalogue, however few slots were asked for: the prior is one
over all titles, too, and so blending a slate of candidates and blending everything agree.

A prefix is cached under the row version, because a changed row changes what a cached history
means.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import numpy as np
from fastapi import HTTPException
from vllm import RequestOutput, SamplingParams
from vllm.engine.protocol import EngineClient

from genrec.contract import MAX_CANDIDATES, RankRequest, RankResponse
from genrec.serving.blending import Blender
from genrec.serving.heads import CATALOG_PASS, HEAD_KEY
from genrec.serving.rows import RowRecord
from genrec.verbalization import shown_events
from genrec.vocabulary import TOTAL_MARKER, Vocabulary

MIN_BLENDED = 200
BLENDED_PER_ASKED = 4
"""The whole catalogue is blended among the best of either side, this many times more than asked."""

Scores = dict[int, float]


@dataclass
class CatalogHead:
    """The catalog head's answers to one prompt, at one version of the rows."""

    engine: EngineClient
    vocabulary: Vocabulary
    prompt: list[int]
    rows_version: int
    cached_tokens: int | None = None
    """How much of the prompt was cached when the first answer began."""

    async def scores(self, slots: Sequence[int]) -> Scores:
        """Return log-probabilities of slots over the whole catalogue."""
        return self.over_catalogue(await self.one_token(len(slots), slots))

    async def best(self, n_slots: int) -> Scores:
        """Return those of the best slots of the catalogue; some may hold no title."""
        return self.over_catalogue(await self.one_token(min(n_slots, self.vocabulary.n_slots)))

    def over_catalogue(self, output: RequestOutput) -> Scores:
        if self.cached_tokens is None:
            self.cached_tokens = output.num_cached_tokens or 0
        entries = (output.outputs[0].logprobs or [{}])[0]
        total = entries[self.vocabulary.marker_id(TOTAL_MARKER)].logprob
        return {
            slot: entry.logprob - total
            for token_id, entry in entries.items()
            if (slot := self.vocabulary.slot_of(token_id)) is not None
        }

    async def one_token(self, n_scores: int, slots: Sequence[int] | None = None) -> RequestOutput:
        """Generate one token of the catalog head: the total, and `n_scores` slots' logprobs."""
        total = self.vocabulary.marker_id(TOTAL_MARKER)
        allowed = None if slots is None else [*map(self.vocabulary.slot_id, slots), total]
        params = SamplingParams(
            max_tokens=1,
            temperature=0.0,
            # The total is never below any slot: it always comes back, in a place of its own.
            logprobs=n_scores + 1,
            detokenize=False,
            allowed_token_ids=allowed,
            extra_args={HEAD_KEY: CATALOG_PASS},
        )
        tokens = {"prompt_token_ids": self.prompt, "cache_salt": f"rows-{self.rows_version}"}
        output: RequestOutput | None = None
        async for latest in self.engine.generate(tokens, params, f"rank-{uuid4().hex}"):
            output = latest
        if output is None or not output.outputs:
            raise HTTPException(503, "The engine gave no answer: it may be shutting down.")
        return output


@dataclass
class Ranking:
    """How one request is answered. `blender` None means by the head alone."""

    head: CatalogHead
    rows: RowRecord
    blender: Blender | None
    started: float = field(default_factory=time.perf_counter)

    async def answer(self, body: RankRequest) -> RankResponse:
        """Return the asked slots, or the best `k` of all, best first."""
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
        return self.blender.blend(scores, self.rows.imdb, self.history_keys(body))

    async def whole_catalogue(self, body: RankRequest) -> Scores:
        """Return scores of at least the best `k`, over the whole catalogue.

        A blend is made of the head's best and the prior's best titles; the head is asked again
        for those of the prior that are not among its own best.
        """
        if self.blender is None:
            return self.loaded(await self.head.best(body.k))
        n_slots = min(max(BLENDED_PER_ASKED * body.k, MIN_BLENDED), MAX_CANDIDATES)
        scores = self.loaded(await self.head.best(n_slots))
        keys = self.history_keys(body)
        likely = self.blender.best_slots(self.rows.imdb, keys, n_slots)
        if others := [slot for slot in likely if slot not in scores]:
            scores |= self.loaded(await self.head.scores(others))
        return normalised(self.blender.blend(scores, self.rows.imdb, keys))

    def loaded(self, scores: Scores) -> Scores:
        """Return the scores of slots that hold a title."""
        return {slot: score for slot, score in scores.items() if slot in self.rows.stamps}

    def history_keys(self, body: RankRequest) -> list[str]:
        """Return the imdb ids of the history, oldest first: no dislikes, as in the prompt."""
        keys = (self.rows.imdb.get(event.slot, "") for event in shown_events(body.history))
        return [key for key in keys if key]


def normalised(scores: Scores) -> Scores:
    """Return log-probabilities that sum to 1 over the slots that are there."""
    if not scores:
        return scores
    total = float(np.logaddexp.reduce(list(scores.values())))
    return {slot: score - total for slot, score in scores.items()}
