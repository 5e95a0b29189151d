"""How GenRec is, for the pill in the header: asked at most every few seconds, for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.core.cache import cache

from discovery.genrec_client import ServerCondition, shared_genrec

CACHE_KEY = "chat:genrec-status"
CACHE_S = 4
# What was known last, for who comes while another asks.
LAST_KEY, LAST_S = f"{CACHE_KEY}:last", 60
ASKING_KEY, ASKING_S = f"{CACHE_KEY}:asking", 4

State = Literal["ready", "warming_up", "away", "checking"]


@dataclass(frozen=True, slots=True)
class Status:
    """What the pill says. `explanation` is one sentence for viewers."""

    state: State
    label: str
    explanation: str


READY = Status("ready", "GenRec ready", "GenRec ranks the titles and writes the reasons.")
WARMING_UP = Status(
    "warming_up", "GenRec warming up", "GenRec is starting. Until then plain search answers."
)
AWAY = Status("away", "GenRec away", "GenRec does not answer. Plain search answers instead.")
CHECKING = Status("checking", "GenRec", "Asking how GenRec is.")

# A server without rows ranks nothing yet, and one that refuses our key might as well be away.
_OF_CONDITION: dict[ServerCondition, Status] = {
    "ready": READY,
    "warming_up": WARMING_UP,
    "no_rows": WARMING_UP,
    "down": AWAY,
    "refused": AWAY,
}
_OF_STATE = {status.state: status for status in (READY, WARMING_UP, AWAY)}


def last_known_status() -> Status:
    """Return the status without asking GenRec: a page must not wait for it."""
    return _OF_STATE.get(cache.get(CACHE_KEY), CHECKING)


async def current_status() -> Status:
    """Return the status, asked anew if the last answer is old: by one page, not by all at once."""
    known = _OF_STATE.get(await cache.aget(CACHE_KEY))
    if known is not None:
        return known
    if not await cache.aadd(ASKING_KEY, 1, timeout=ASKING_S):
        return _OF_STATE.get(await cache.aget(LAST_KEY), CHECKING)
    status = _OF_CONDITION[await shared_genrec().condition()]
    await cache.aset(CACHE_KEY, status.state, timeout=CACHE_S)
    await cache.aset(LAST_KEY, status.state, timeout=LAST_S)
    await cache.adelete(ASKING_KEY)
    return status
