"""Rerank candidates with GenRec's catalog head.

Retrieval buys recall, this stage buys precision. It reorders: it never adds a title (`retrieval`
does) and never drops one (`selection` does). The head reads the wish and the history; its score
is blended with the retrieval score, because the head has learned histories and knows little of
wishes, and because nothing it says may outweigh what the viewer asked for. An editor's boost is
kept out of the blend and added whole, so that the head neither dilutes nor clips it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, pstdev

from discovery.genrec_client import GenRecClient, GenRecUnavailable, ServerCondition
from discovery.types import Candidate
from genrec.contract import HistoryEvent, RankRequest, RankResponse

logger = logging.getLogger(__name__)

# The head's share of the blend of standardised scores. With a history it knows whom it ranks for;
# with only titles to be like, half as much; with a wish alone it mostly repeats what is popular.
SHARE_WITH_HISTORY = 0.35
SHARE_WITH_REFERENCES = 0.25
SHARE_WITHOUT = 0.12
# Far-off scores are noise in both: clipped, so that none decides alone.
MAX_STANDARD = 3.0
_MISSING_ROWS = re.compile(r"slot ([\d, ]+)")


@dataclass(frozen=True, slots=True)
class Reranked:
    """The same candidates, best first; who ordered them, and if not GenRec, why not."""

    candidates: list[Candidate]
    by_genrec: bool
    fallback: str = ""
    condition: ServerCondition = "ready"
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RerankCandidates:
    """Ask one GenRec server, for at most `timeout_s`."""

    genrec: GenRecClient
    timeout_s: float

    async def __call__(
        self,
        wish: str,
        history: tuple[HistoryEvent, ...],
        candidates: Sequence[Candidate],
        *,
        n_references: int = 0,
    ) -> Reranked:
        """Return the same candidates, best first.

        The last `n_references` events of the history are titles that the wish is to be like.

        If GenRec fails or is slow, the retrieval order stays: a weaker answer beats none.
        `Candidate.scored_by` says which order the viewer sees.
        """
        if not any(candidate.slot is not None for candidate in candidates):
            return Reranked(list(candidates), by_genrec=False)
        try:
            async with asyncio.timeout(self.timeout_s):
                reply = await self._rank(wish, history, candidates)
        except TimeoutError:
            return self._kept(candidates, f"GenRec did not answer in {self.timeout_s} s", "ready")
        except GenRecUnavailable as error:
            return self._kept(candidates, str(error), error.condition)
        share = _share(len(history), n_references)
        details = {
            "share": share,
            "history_events": len(history),
            "prompt_tokens": reply.prompt_tokens,
            "cached_tokens": reply.cached_tokens,
            "engine_ms": reply.engine_ms,
            "rows_version": reply.rows_version,
            "scored": len(reply.slots),
        }
        return Reranked(blend(candidates, reply, share=share), by_genrec=True, details=details)

    async def _rank(
        self, wish: str, history: tuple[HistoryEvent, ...], candidates: Sequence[Candidate]
    ) -> RankResponse:
        """Rank; once more without the rows that the server says it lacks.

        A title published seconds ago has no row yet, and one such slot refuses the whole request.
        """
        slots = [c.slot for c in candidates if c.slot is not None]
        try:
            return await self._rank_slots(wish, history, slots)
        except GenRecUnavailable as error:
            missing = _missing_slots(error)
            kept = [slot for slot in slots if slot not in missing]
            if not missing or not kept:
                raise
            logger.info("ranking again without slots that have no row yet: %s", sorted(missing))
            known = tuple(event for event in history if event.slot not in missing)
            return await self._rank_slots(wish, known, kept)

    async def _rank_slots(
        self, wish: str, history: tuple[HistoryEvent, ...], slots: Sequence[int]
    ) -> RankResponse:
        request = RankRequest(wish=wish, history=history, slots=tuple(slots), k=len(slots))
        return await self.genrec.rank(request)

    def _kept(
        self, candidates: Sequence[Candidate], why: str, condition: ServerCondition
    ) -> Reranked:
        logger.warning("rerank fell back to retrieval order: %s", why)
        return Reranked(list(candidates), False, f"reranking: {why}", condition)


def blend(candidates: Sequence[Candidate], reply: RankResponse, *, share: float) -> list[Candidate]:
    """Return candidates by (1 - share) x retrieval + share x GenRec, both standardised.

    A title that the head did not score counts as its average: new titles are not punished. A boost
    is added after that, in units of the retrieval scores' spread.
    """
    logprobs = dict(zip(reply.slots, reply.logprobs, strict=True))
    plain = [candidate.score - boost_of(candidate) for candidate in candidates]
    own = _standardised(plain)
    spread = pstdev(plain) or 1.0
    head = dict(zip(logprobs, _standardised(list(logprobs.values())), strict=True))
    blended = []
    for candidate, own_score in zip(candidates, own, strict=True):
        sources = {**candidate.sources, "retrieval": candidate.score}
        slot, scored_by, head_score = candidate.slot, candidate.scored_by, 0.0
        if slot is not None and slot in head:
            scored_by, head_score = "genrec", head[slot]
            sources["genrec"] = round(logprobs[slot], 4)
        blend_score = (1 - share) * own_score + share * head_score
        score = round(blend_score + boost_of(candidate) / spread, 6)
        blended.append(replace(candidate, score=score, scored_by=scored_by, sources=sources))
    return sorted(blended, key=lambda c: (-c.score, c.title_id))


def boost_of(candidate: Candidate) -> float:
    """Return what editors add to a candidate's retrieval score."""
    return candidate.sources.get("boost", 0.0)


def _share(n_events: int, n_references: int) -> float:
    if n_events > n_references:
        return SHARE_WITH_HISTORY
    return SHARE_WITH_REFERENCES if n_events else SHARE_WITHOUT


def _standardised(values: Sequence[float]) -> list[float]:
    if not values:
        return []
    mean, spread = fmean(values), pstdev(values)
    if spread == 0:
        return [0.0] * len(values)
    return [max(-MAX_STANDARD, min(MAX_STANDARD, (v - mean) / spread)) for v in values]


def _missing_slots(error: GenRecUnavailable) -> set[int]:
    message = str(error)
    if "No row is loaded" not in message or not (match := _MISSING_ROWS.search(message)):
        return set()
    return {int(slot) for slot in match[1].split(",") if slot.strip().isdecimal()}
