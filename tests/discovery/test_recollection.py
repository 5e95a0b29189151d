"""A film whose name was forgotten: what is remembered of it is searched, and filters nothing."""

from __future__ import annotations

from contextlib import aclosing
from uuid import uuid4

import pytest

from catalog.embedding import refresh_stale
from catalog.models import Title
from discovery.pipeline import discover
from discovery.recollection import is_recollection, read_as_memory
from discovery.retrieval.probes import MakeProbes
from discovery.retrieval.scoring import Features, score_features
from discovery.types import DiscoveryRequest, SlateReady
from discovery.understanding.lexical import parse
from discovery.wording import Spoken
from genrec.contract import Query
from tests.catalogue import make_catalogue
from tests.discovery.genrec_http import ScriptedGenRec
from tests.discovery.names import FewNames


@pytest.mark.parametrize(
    "message",
    [
        "What was that movie where a robot is struck by lightning?",
        "Can't remember the title: two friends in a pub, zombies outside",
        "help me identify this film, a girl leaves a planet of sand",
        "it's on the tip of my tongue, something with a weatherman",
        "What\u2019s the name of that old film with the dentist and the plant",
        "that one where a weatherman wakes to the same song every morning",
        "hmm, and the film in which a shark keeps everybody out of the water",
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
        "a romance like the one where they meet on a train",
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


def test_one_sentence_keeps_its_theme() -> None:
    said = "that one where he lives the same day over and over"
    query = read_as_memory(parse(said, FewNames()), said).query
    assert query.themes == ("time loop",)
    assert set(query.evidence) == {"themes"}

    long = f"{said}, and there was a dog, an office, a snowy street and a diner with a waitress"
    assert parse(long, FewNames()).query.themes
    assert not read_as_memory(parse(long, FewNames()), long).query.themes


def test_fame_says_next_to_nothing_of_a_forgotten_film() -> None:
    def lead(*, recollects: bool) -> float:
        rows = [(1, 11, 0.9, 1999, 0.2), (2, 12, 0.1, 1999, 0.2)]
        features = Features(rows=rows, probes=("dense",), genres={}, recollects=recollects)
        famous, unknown = score_features(features, Query(text="a robot"))
        return famous.score - unknown.score

    assert 0 < lead(recollects=True) < 0.2 * lead(recollects=False)


def test_of_two_very_near_descriptions_the_nearer_wins() -> None:
    rows = [(1, 11, 0.5, 1999, 0.60), (2, 12, 0.5, 1999, 0.65)]
    features = Features(rows=rows, probes=("dense",), genres={}, recollects=True)

    assert [c.title_id for c in score_features(features, Query(text="a robot"))] == [2, 1]


def test_every_word_of_a_description_is_searched() -> None:
    message = "What was that movie where a robot is struck by lightning?"
    query = Query(text="robot struck lightning")

    assert MakeProbes(query, (), Spoken(message)).texts() == [(message, 1.0)]
    assert MakeProbes(query, (), Spoken("a robot struck by lightning")).texts() == [
        ("robot struck lightning", 1.0)
    ]


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
