"""The catalog head as a source: its best titles of the whole catalogue, before any are retrieved.

It is asked while the database searches, with the same prompt as the reranking after it, so that the
second question finds the prompt read already. What it proposes passes the very conditions that
every source passes, and is scored like everything else. A head that is down or slow proposes
nothing: the trace says so, and nobody waits for it longer than `PATIENCE_S`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from discovery.genrec_client import GenRecClient, GenRecUnavailable
from discovery.history import load_slots, ranking_history
from discovery.retrieval.searching import Found
from discovery.types import DiscoveryRequest
from discovery.wording import wish_text
from genrec.contract import HistoryEvent, Query, RankRequest

SOURCE = "catalog_head"
PROPOSED = 100
# From the start of the search on. Without a history and a wish the head knows nothing to go by.
PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Proposed:
    """Slots that the head ranks highest, or why there are none."""

    slots: tuple[int, ...] = ()
    fallback: str = ""


def head_prompt(query: Query, request: DiscoveryRequest) -> tuple[str, tuple[HistoryEvent, ...]]:
    """Return the wish and the history that the head is asked with. One small query."""
    references = [ref.title_id for ref in query.like if ref.title_id]
    slots = load_slots([*(event.title_id for event in request.history), *references])
    return wish_text(query), ranking_history(request.history, query.like, slots)


async def ask_head(
    genrec: GenRecClient, wish: str, history: tuple[HistoryEvent, ...], *, timeout_s: float
) -> Proposed:
    """Return the head's best slots of the whole catalogue; never raises for a head that fails."""
    if not wish and not history:
        return Proposed()
    request = RankRequest(wish=wish, history=history, slots=None, k=PROPOSED)
    try:
        async with asyncio.timeout(min(timeout_s, PATIENCE_S)):
            reply = await genrec.rank(request)
    except TimeoutError:
        return Proposed(fallback=f"{SOURCE}: proposed nothing in {PATIENCE_S} s")
    except GenRecUnavailable as error:
        return Proposed(fallback=f"{SOURCE}: {error}")
    return Proposed(tuple(reply.slots))


def with_proposed(found: Found, slots: tuple[int, ...]) -> Found:
    """Return what was found with those of the head's titles that are eligible."""
    retrieved = found.retrieve.with_slots(found.retrieved, slots, SOURCE)
    return replace(found, retrieved=retrieved)
