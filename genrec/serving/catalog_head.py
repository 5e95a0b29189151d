"""Ask the engine for scores of the catalog head.

A score is read off one token of the catalog head: its log-probabilities over slots and over the
column that carries the catalogue's total (`vocabulary.TOTAL_MARKER`). The difference of the two is
a log-probability over the whole catalogue, however few slots were asked for: answers about
different slots are on one scale.

A prefix is cached under the row version, because a changed row changes what a cached history
means; and under this process's secret, because the cache of a ranking may lack the upper layers
(`model.EntityLlamaModel`): no language request can name it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from fastapi import HTTPException
from vllm import RequestOutput, SamplingParams
from vllm.engine.protocol import EngineClient

from genrec.serving.heads import CATALOG_PASS, HEAD_KEY
from genrec.serving.ranking import Scores
from genrec.vocabulary import TOTAL_MARKER, Vocabulary


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

    def cache_salt(self) -> str:
        return f"{CATALOG_PASS}-rows-{self.rows_version}"

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
        tokens = {"prompt_token_ids": self.prompt, "cache_salt": self.cache_salt()}
        output: RequestOutput | None = None
        async for latest in self.engine.generate(tokens, params, f"rank-{uuid4().hex}"):
            output = latest
        if output is None or not output.outputs:
            raise HTTPException(503, "The engine gave no answer: it may be shutting down.")
        return output
