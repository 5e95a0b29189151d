"""After an import the next slate is theirs: none of what was seen, nearer to what was liked."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from uuid import uuid4

import numpy as np
import pytest

from catalog.embedding import refresh_stale
from catalog.models import Title
from discovery.histories import store
from discovery.history import load_history
from discovery.models import Viewer
from discovery.pipeline import discover
from discovery.types import DiscoveryRequest, Slate, SlateReady
from tests.catalogue import make_catalogue
from tests.discovery.genrec_http import ScriptedGenRec
from tests.discovery.histories.exports import read, zipped

pytestmark = pytest.mark.django_db(transaction=True)

WISH = "something good for tonight"
SEEN = ("Toy Story", "Groundhog Day", "Jurassic Park", "Men in Black", "Home Alone")
LIKED = ("Lost in Translation", "Before Sunrise", "Fargo")


@pytest.fixture
def titles(transactional_db: None, empty_cache: None) -> dict[str, Title]:
    make_catalogue()
    refresh_stale()
    return {title.name: title for title in Title.objects.all()}


def letterboxd(titles: dict[str, Title], liked: tuple[str, ...]) -> bytes:
    """Return an export of somebody who has watched all of them and liked some."""

    def rows(names: tuple[str, ...], end: str = "") -> str:
        return "".join(
            f"2024-05-{n:02},{name},{titles[name].year},https://boxd.it/{n}{end}\n"
            for n, name in enumerate(names, 1)
        )

    header = "Date,Name,Year,Letterboxd URI"
    return zipped(
        {
            "watched.csv": f"{header}\n{rows(SEEN + LIKED)}",
            "ratings.csv": f"{header},Rating\n{rows(liked, ',4.5')}",
        }
    )


async def _slate(history: tuple[object, ...]) -> Slate:
    request = DiscoveryRequest(uuid4(), WISH, history=history)  # type: ignore[arg-type]
    client = ScriptedGenRec(status=500).client()
    async with client, aclosing(discover(request, genrec=client)) as events:
        async for event in events:
            if isinstance(event, SlateReady):
                return event.slate
    raise AssertionError("no slate")


def slate_for(viewer: Viewer) -> Slate:
    return asyncio.run(_slate(tuple(load_history(viewer))))


def nearness(slate: Slate, liked: list[Title]) -> float:
    """Return the mean cosine of the slate's first titles with those liked.

    The first: so few titles are left here that the slates hold the same ones, in another order.
    """
    wanted = np.asarray([title.embedding for title in liked], dtype=np.float32)
    shown = Title.objects.in_bulk([pick.title.title_id for pick in slate.picks[:3]]).values()
    vectors = np.asarray([title.embedding for title in shown], dtype=np.float32)
    return float(np.mean(vectors @ wanted.T))


def test_the_next_slate_is_theirs(titles: dict[str, Title]) -> None:
    viewer = Viewer.objects.create()
    before = slate_for(viewer)
    batch = store.store_import(viewer, read(letterboxd(titles, LIKED)), file_name="letterboxd.zip")
    after = slate_for(viewer)

    imported = {titles[name].pk for name in (*SEEN, *LIKED)}
    first = {pick.title.title_id for pick in before.picks}
    second = {pick.title.title_id for pick in after.picks}
    assert first & imported, "the wish would show some of what they have seen"
    assert len(after.picks) == len(before.picks)
    assert second != first
    assert not second & imported
    assert after.left_out["seen"] == len(imported)
    assert any("taste" in pick.sources for pick in after.picks)

    # The same titles are out for somebody else, who liked the others.
    other = Viewer.objects.create()
    store.store_import(other, read(letterboxd(titles, SEEN)), file_name="letterboxd.zip")
    theirs = slate_for(other)
    # Some titles are near to everything: what counts is whose slate is nearer to whose taste.
    liked, other_liked = ([titles[name] for name in names] for names in (LIKED, SEEN))
    mine = nearness(after, liked) - nearness(after, other_liked)
    assert mine > nearness(theirs, liked) - nearness(theirs, other_liked)

    store.remove_import(batch)
    assert {pick.title.title_id for pick in slate_for(viewer).picks} == first
