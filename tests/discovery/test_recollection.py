"""A film whose name was forgotten: what is remembered of it is searched, and filters nothing."""

from __future__ import annotations

from contextlib import aclosing
from uuid import uuid4

import pytest

from catalog.embedding import refresh_stale
from catalog.models import Title
from discovery.pipeline import discover
from discovery.recollection import is_recollection
from discovery.types import DiscoveryRequest, SlateReady
from tests.catalogue import make_catalogue
from tests.discovery.genrec_http import ScriptedGenRec


@pytest.mark.parametrize(
    "message",
    [
        "What was that movie where a robot is struck by lightning?",
        "Can't remember the title: two friends in a pub, zombies outside",
        "help me identify this film, a girl leaves a planet of sand",
        "it's on the tip of my tongue, something with a weatherman",
        "What\u2019s the name of that old film with the dentist and the plant",
    ],
)
def test_it_is_recognised(message: str) -> None:
    assert is_recollection(message)


@pytest.mark.parametrize(
    "message",
    [
        "a comedy like Alien",
        "what films are like this one",
        "something to remember my summer by",
        "a film about a man who can't remember his name",
        "what should we watch tonight",
    ],
)
def test_wishes_are_not_taken_for_one(message: str) -> None:
    assert not is_recollection(message)


@pytest.mark.django_db(transaction=True)
async def test_memories_are_no_conditions(transactional_db: None, empty_cache: None) -> None:
    titles = await _catalogue()
    # It is from 1986: memory is off by years.
    text = (
        "What was that horror film from the 1950s, like Alien but with a robot struck by lightning?"
    )
    request = DiscoveryRequest(uuid4(), text, use_genrec=False)
    async with (
        ScriptedGenRec().client() as genrec,
        aclosing(discover(request, genrec=genrec)) as events,
    ):
        (ready,) = [event async for event in events if isinstance(event, SlateReady)]

    query = ready.slate.query
    assert query.year_min is None
    assert not query.genres_all
    assert not query.like
    assert titles["Short Circuit"].pk in {pick.title.title_id for pick in ready.slate.picks}


async def _catalogue() -> dict[str, Title]:
    from discovery.threads import in_database

    def make() -> dict[str, Title]:
        made = make_catalogue()
        Title.objects.filter(name="Short Circuit").update(
            synopsis="A military robot is struck by lightning and comes alive.", embedded_at=None
        )
        refresh_stale()
        return made

    return await in_database(make)
