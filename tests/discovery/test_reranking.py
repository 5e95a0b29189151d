"""Reranking: the blend, who scored, and the order that stays when GenRec doesn't answer."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest

from discovery.genrec_client import GenRecClient
from discovery.reranking import RerankCandidates
from discovery.types import Candidate
from genrec.contract import HistoryEvent, RankRequest, RankResponse
from tests.discovery.genrec_http import ScriptedGenRec

CANDIDATES = [
    Candidate(title_id=n, score=3.0 - n, slot=n, sources={"popular": 1.0}) for n in (1, 2, 3)
]
HISTORY = (HistoryEvent(slot=9, kind="liked"),)


async def rerank(server: ScriptedGenRec, history: tuple[HistoryEvent, ...] = HISTORY) -> list[int]:
    result = await RerankCandidates(server.client(), timeout_s=60)("funny", history, CANDIDATES)
    return [candidate.title_id for candidate in result.candidates]


async def test_the_head_moves_the_order_and_is_named() -> None:
    server = ScriptedGenRec(score=lambda slot: 10.0 * slot)
    result = await RerankCandidates(server.client(), timeout_s=60)("funny", HISTORY, CANDIDATES)

    assert {c.scored_by for c in result.candidates} == {"genrec"}
    assert result.by_genrec
    assert result.candidates[0].sources["genrec"] in {10.0, 20.0, 30.0}
    (body,) = server.bodies("POST /genrec/rank")
    assert body["wish"] == "funny"
    assert body["history"][0]["slot"] == 9


async def test_the_head_weighs_less_without_a_history() -> None:
    head = ScriptedGenRec(score=lambda slot: {1: 0.0, 2: 9.0, 3: 9.5}[slot])
    with_history = await RerankCandidates(head.client(), timeout_s=60)("x", HISTORY, CANDIDATES)
    without = await RerankCandidates(head.client(), timeout_s=60)("x", (), CANDIDATES)

    def lead(result: list[Candidate]) -> float:
        by_id = {c.title_id: c.score for c in result}
        return by_id[1] - by_id[3]

    assert lead(without.candidates) > lead(with_history.candidates)


async def test_adds_and_drops_nothing() -> None:
    assert sorted(await rerank(ScriptedGenRec())) == [1, 2, 3]


@pytest.mark.parametrize(
    "server",
    [ScriptedGenRec(status=503), ScriptedGenRec(error=httpx.ConnectError("down"))],
    ids=["503", "unreachable"],
)
async def test_keeps_retrieval_order_when_genrec_fails(
    server: ScriptedGenRec, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        result = await RerankCandidates(server.client(), timeout_s=60)("x", HISTORY, CANDIDATES)

    assert result.candidates == CANDIDATES
    assert not result.by_genrec
    assert result.fallback.startswith("reranking: ")
    assert "fell back to retrieval order" in caplog.text


async def test_keeps_retrieval_order_when_genrec_is_slow() -> None:
    class Slow(GenRecClient):
        async def rank(self, request: RankRequest) -> RankResponse:
            await asyncio.sleep(30)
            raise AssertionError("never reached")

    client = Slow("http://genrec")
    result = await RerankCandidates(client, timeout_s=0.05)("x", HISTORY, CANDIDATES)
    await client.aclose()

    assert result.candidates == CANDIDATES
    assert "did not answer in 0.05 s" in result.fallback


async def test_a_title_without_a_row_yet_does_not_spoil_the_others() -> None:
    server = ScriptedGenRec(score=lambda slot: 10.0 * slot, without_row=frozenset({2, 9}))
    result = await RerankCandidates(server.client(), timeout_s=60)("x", HISTORY, CANDIDATES)

    scored = {c.title_id: c.scored_by for c in result.candidates}
    assert scored == {1: "genrec", 2: "retrieval", 3: "genrec"}
    assert len(server.bodies("POST /genrec/rank")) == 2


async def test_candidates_without_slots_are_not_asked_about() -> None:
    server = ScriptedGenRec()
    plain = [Candidate(title_id=1, score=1.0)]
    result = await RerankCandidates(server.client(), timeout_s=60)("x", (), plain)

    assert result.candidates == plain
    assert server.requests == []
