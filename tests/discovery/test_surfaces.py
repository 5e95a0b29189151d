"""One ranker for the chat, a title's page and the home page, and slates that know their surface."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from uuid import uuid4

import pytest

from catalog.models import Title
from discovery.exposure import record_exposures
from discovery.models import Exposure
from discovery.models import Slate as SlateRecord
from discovery.offline_policy.showings import load_showings
from discovery.pipeline import answer_given, discover
from discovery.recording import ImpossiblePropensity, load_slate, record_slate
from discovery.surfaces import UnknownTitle, home_row, more_like_this, record_surface
from discovery.threads import in_database
from discovery.types import DiscoveryRequest, Event, Query, Slate, SlateReady
from tests.discovery.genrec_http import ScriptedGenRec

pytestmark = pytest.mark.django_db(transaction=True)


async def test_chat_title_page_and_home_ask_the_same_ranker(titles: dict[str, Title]) -> None:
    head = ScriptedGenRec()
    history = (Event(titles["Tremors"].pk, "liked"),)
    chat = DiscoveryRequest(uuid4(), "films like Alien", history)
    async with head.client() as genrec:
        async with aclosing(discover(chat, genrec=genrec)) as events:
            (said, *_) = [e.slate async for e in events if isinstance(e, SlateReady)]
        page = (await more_like_this(titles["Alien"].pk, history, genrec=genrec)).slate
        home = (await home_row(history, genrec=genrec)).slate

    first, second, third = head.reranked()
    # The same wish and history: word for word the same request, so the same scores.
    assert first == second
    assert third["history"] == first["history"][:1]
    assert [s.scored_by for s in (said, page, home)] == ["genrec"] * 3
    scores = {pick.title.title_id: pick.score for pick in said.picks}
    shared = [pick for pick in page.picks if pick.title.title_id in scores]
    assert len(shared) >= 5
    assert all(pick.score == scores[pick.title.title_id] for pick in shared)


async def test_more_like_this_leaves_out_the_title_and_what_was_seen(
    titles: dict[str, Title],
) -> None:
    seen = titles["The Thing"].pk
    async with ScriptedGenRec().client() as genrec:
        ready = await more_like_this(titles["Alien"].pk, (Event(seen, "seen"),), genrec=genrec)

    shown = {pick.title.title_id for pick in ready.slate.picks}
    assert len(shown) == 6
    assert not shown & {seen, titles["Alien"].pk}
    assert ready.slate.surface == "title"


async def test_a_home_row_without_a_history_is_well_known_and_varied(
    titles: dict[str, Title],
) -> None:
    async with ScriptedGenRec(status=503).client() as genrec:
        slate = (await home_row(genrec=genrec)).slate

    assert len(slate.picks) == 6
    assert slate.surface == "home"
    known = [titles[pick.title.name].popularity for pick in slate.picks[:-1]]
    assert min(known) > 0.8
    assert len({pick.title.genres for pick in slate.picks}) >= 4


async def test_a_title_that_is_not_published_has_no_page_to_fill(titles: dict[str, Title]) -> None:
    draft = titles["Alien"]
    # In a thread of its own, which gives its connection back.
    await in_database(Title.objects.filter(pk=draft.pk).update, status=Title.Status.DRAFT)

    async with ScriptedGenRec().client() as genrec:
        with pytest.raises(UnknownTitle, match=str(draft.pk)):
            await more_like_this(draft.pk, genrec=genrec)


async def test_a_request_with_words_alone_is_not_answered_as_given(
    titles: dict[str, Title],
) -> None:
    with pytest.raises(ValueError, match="discover"):
        await answer_given(DiscoveryRequest(uuid4(), "a comedy"))


def test_slates_of_pages_are_recorded_and_exposed(titles: dict[str, Title]) -> None:
    ready = asyncio.run(_home())
    record = record_surface(ready, viewer_id=None)

    assert (record.surface, record.text) == (SlateRecord.Surface.HOME, "Home page")
    assert load_slate(record).surface == "home"
    assert record_exposures(record.pk) == 6
    rows = Exposure.objects.filter(request_id=ready.slate.request_id).order_by("position")
    assert [row.position for row in rows] == list(range(6))
    assert {row.policy_version for row in rows} == {ready.slate.policy_version}
    assert [row.pick.explored for row in rows] == [pick.explored for pick in ready.slate.picks]
    # What was drawn can be judged later: the pool, and the probability of what was shown.
    (showing,) = load_showings(days=1)
    assert showing.title_id == ready.slate.picks[-1].title.title_id
    assert showing.propensities[showing.place] == pytest.approx(showing.propensity, abs=1e-6)
    assert 0 < showing.propensity < 1


@pytest.mark.parametrize("propensity", [0.0, -0.1, 1.5])
def test_an_impossible_propensity_is_refused_and_nothing_is_kept(
    titles: dict[str, Title], propensity: float
) -> None:
    ready = asyncio.run(_home())
    *kept, last = ready.slate.picks
    broken = replace(ready.slate, picks=(*kept, replace(last, propensity=propensity)))

    with pytest.raises(ImpossiblePropensity, match="above 0"):
        record_slate(broken, viewer_id=None, group="", text="x", trace=ready.trace)
    assert SlateRecord.objects.count() == 0


async def test_an_evening_in_words_keeps_its_shape(titles: dict[str, Title]) -> None:
    slate = await _said("three comedies and a thriller")
    comedies = sum("Comedy" in pick.title.genres for pick in slate.picks)
    thrillers = sum("Thriller" in pick.title.genres for pick in slate.picks)

    assert len(slate.picks) == 4
    assert comedies >= 3
    assert thrillers >= 1


async def test_an_evening_that_is_too_short_is_named_and_settled_by_a_tap(
    titles: dict[str, Title],
) -> None:
    slate = await _said("two films in two and a half hours")
    assert slate.query.runtime_total == 150
    assert len(slate.picks) == 1
    assert "You asked for two titles within 2 h 30 min, and they don't fit." in slate.notes[0]

    longer = slate.relaxations[0]
    assert longer.label == "Take 2 h 45 min"
    again = await _said("two films in two and a half hours", longer.query)
    assert len(again.picks) == 2
    assert sum(pick.title.runtime_min or 999 for pick in again.picks) <= 165


async def _said(text: str, query: Query | None = None) -> Slate:
    request = DiscoveryRequest(uuid4(), text, query=query)
    async with (
        ScriptedGenRec().client() as genrec,
        aclosing(discover(request, genrec=genrec)) as events,
    ):
        return [event.slate async for event in events if isinstance(event, SlateReady)][-1]


async def _home() -> SlateReady:
    async with ScriptedGenRec().client() as genrec:
        return await home_row(genrec=genrec)
