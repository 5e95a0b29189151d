"""Try a new server before anybody depends on it: all rows, a ranking, a few words."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from discovery.catalog_rows import reconcile_with
from discovery.genrec_client import Circuit, GenRecClient, GenRecUnavailable
from genrec.contract import HistoryEvent, RankRequest, RankResponse

WISH = "something funny and warm"
N_SLOTS = 200
N_HISTORY = 5
CHAT = {
    "messages": [{"role": "user", "content": "Name a mood."}],
    "max_tokens": 8,
    "temperature": 0,
}


class TrialFailed(Exception):
    """The server must not take traffic; the message says why."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a new server showed: what it serves, its rows, and how long a warm ranking took."""

    artefact: str
    rows: int
    milliseconds: float

    def __str__(self) -> str:
        return f"{self.rows} rows; a ranking took {self.milliseconds:.0f} ms"


async def try_out(address: str, *, instead_of: str) -> Trial:
    """Give the server at `address` every row and have it rank and write.

    Raises:
        TrialFailed: it holds fewer rows than the server it would replace, or ranks nonsense.
        GenRecUnavailable: it does not answer as GenRec does.
    """
    async with GenRecClient(address, circuit=Circuit()) as genrec:
        pushed = await reconcile_with(genrec)
        state = await genrec.state()
        if pushed.problem and state.rows_loaded < await _rows_of(instead_of):
            raise TrialFailed(pushed.problem)
        slots = sorted((await genrec.stamps()).stamps)[:N_SLOTS]
        if not slots:
            raise TrialFailed("the catalogue has no title that can be ranked: import one first")
        request = RankRequest(
            wish=WISH,
            history=tuple(HistoryEvent(slot=slot, kind="liked") for slot in slots[:N_HISTORY]),
            slots=tuple(slots),
        )
        _check(await genrec.rank(request), slots)
        started = time.perf_counter()
        _check(await genrec.rank(request), slots)
        elapsed = (time.perf_counter() - started) * 1000
        # What it says does not matter here, only that the text head works.
        async for _ in genrec.stream_chat(CHAT):
            pass
    return Trial(state.artefact, state.rows_loaded, elapsed)


async def is_busy(address: str) -> bool:
    """Whether the server still works on something. One that is gone does not."""
    async with GenRecClient(address, circuit=Circuit()) as genrec:
        try:
            return await genrec.under_way() > 0
        except GenRecUnavailable as error:
            return not error.permanent and error.condition == "ready"


async def _rows_of(address: str) -> int:
    async with GenRecClient(address, circuit=Circuit()) as genrec:
        try:
            return (await genrec.state()).rows_loaded
        except GenRecUnavailable:
            return 0


def _check(reply: RankResponse, slots: list[int]) -> None:
    if sorted(reply.slots) != slots:
        raise TrialFailed(f"asked to rank {len(slots)} titles, it ranked {len(reply.slots)}")
    if not all(map(math.isfinite, reply.logprobs)):
        raise TrialFailed("its scores are not finite")
    if len(slots) > 1 and len(set(reply.logprobs)) == 1:
        raise TrialFailed("it gives every title the same score")
