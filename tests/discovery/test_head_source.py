"""The catalog head as a source: it proposes what search didn't find, within the filters."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from uuid import uuid4

import httpx
import pytest

from catalog.embedding import refresh_stale
from catalog.models import Title
from discovery.pipeline import discover
from discovery.retrieval import candidates, head_source
from discovery.retrieval.head_source import ask_head
from discovery.tracing import Trace
from discovery.types import DiscoveryRequest, SlateReady
from genrec.contract import HistoryEvent, RankRequest, RankResponse
from tests.catalogue import make_catalogue
from tests.discovery.genrec_http import ScriptedGenRec

HISTORY = (HistoryEvent(slot=1, kind="liked"),)


@pytest.fixture
def titles(transactional_db: None, empty_cache: None) -> dict[str, Title]:
    made = make_catalogue()
    refresh_stale()
    for title in made.values():
        title.refresh_from_db()
    return made


@pytest.fixture
def horror(titles: dict[str, Title]) -> frozenset[int | None]:
    found = Title.objects.filter(genres__name="Horror").values_list("slot", flat=True)
    return frozenset(found)


async def asked(
    server: ScriptedGenRec, text: str, *, without: frozenset[str] = frozenset()
) -> tuple[set[int], Trace]:
    """Return the titles that were ranked, and the trace."""
    request = DiscoveryRequest(uuid4(), text, without=without)
    async with server.client() as client, aclosing(discover(request, genrec=client)) as events:
        (ready,) = [event async for event in events if isinstance(event, SlateReady)][:1]
    ranked = {slot for body in server.reranked() for slot in body["slots"]}
    return ranked, ready.trace


@pytest.mark.django_db(transaction=True)
async def test_it_proposes_what_search_did_not_find(
    titles: dict[str, Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MAX_CANDIDATES", 3)
    monkeypatch.setattr(head_source, "PROPOSED", 2)
    loved = titles["Lost in Translation"]
    server = ScriptedGenRec(score=lambda slot: 9.0 if slot == loved.slot else 0.0)

    ranked, trace = await asked(server, "robots in space")
    assert loved.slot in ranked
    assert trace.stages["retrieval"]["found"]["catalog_head"] >= 1

    without, _ = await asked(
        ScriptedGenRec(score=server.score), "robots in space", without=frozenset({"catalog_head"})
    )
    assert loved.slot not in without


@pytest.mark.django_db(transaction=True)
async def test_what_it_proposes_keeps_hard_wishes(
    titles: dict[str, Title], horror: frozenset[int | None]
) -> None:
    ranked, _ = await asked(
        ScriptedGenRec(score=lambda slot: 9.0 if slot in horror else 0.0), "a comedy, no horror"
    )
    assert ranked
    assert not ranked & horror


async def test_a_head_that_fails_proposes_nothing_and_says_so() -> None:
    async with ScriptedGenRec(error=httpx.ConnectError("down")).client() as genrec:
        proposed = await ask_head(genrec, "funny", HISTORY, timeout_s=60)
    assert proposed.slots == ()
    assert proposed.fallback.startswith("catalog_head: ")


async def test_a_slow_head_is_not_waited_for() -> None:
    class Slow:
        async def rank(self, request: RankRequest) -> RankResponse:
            await asyncio.sleep(60)
            raise AssertionError("cancelled before")

    proposed = await ask_head(Slow(), "funny", HISTORY, timeout_s=0.01)  # type: ignore[arg-type]
    assert "proposed nothing" in proposed.fallback


async def test_without_wish_and_history_it_is_not_asked() -> None:
    server = ScriptedGenRec()
    async with server.client() as genrec:
        assert (await ask_head(genrec, "", (), timeout_s=60)).slots == ()
    assert not server.requests
