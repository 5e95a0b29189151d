"""More like this, and the home row: a given Query through the very stages that answer the chat.

Neither has words to understand. Retrieval, the catalog head and selection are those of
`discovery.pipeline`, so that one ranker orders every surface and what is learned on one counts on
all. The slates say which surface they are for; record and expose them as the chat's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import uuid4

from catalog.facts import load_facts
from discovery.genrec_client import GenRecClient
from discovery.models import Slate as SlateRecord
from discovery.pipeline import answer_given
from discovery.recording import record_slate
from discovery.threads import in_database
from discovery.types import DiscoveryRequest, Event, Query, SlateReady, Surface
from genrec.contract import TitleRef

_HOME_TEXT = "Home page"


class UnknownTitle(LookupError):
    """No published title has this id."""


async def more_like_this(
    title_id: int,
    history: Sequence[Event] = (),
    *,
    count: int = 6,
    genrec: GenRecClient | None = None,
) -> SlateReady:
    """Return titles like one, for this viewer: what they have seen or disliked is left out.

    Raises:
        UnknownTitle: the title is not published, or there is none.
    """
    facts = (await in_database(load_facts, [title_id], published_only=True)).get(title_id)
    if facts is None:
        raise UnknownTitle(f"No published title has the id {title_id}.")
    liked = TitleRef(mention=facts.name[:200], title_id=title_id, label=facts.label)
    query = Query(intent="more_like", like=(liked,), evidence={"like": "title page"})
    request = _request(query, f"More like {facts.label}", history, count, "title")
    return await answer_given(request, genrec=genrec)


async def home_row(
    history: Sequence[Event] = (),
    *,
    count: int = 6,
    shown: Collection[int] = (),
    genrec: GenRecClient | None = None,
) -> SlateReady:
    """Return titles for somebody who hasn't said anything yet.

    With a history (a few taps will do) they are near to it; without one, well known and varied.
    `shown` are left out: titles of a row that others were asked for.
    """
    request = _request(Query(), _HOME_TEXT, history, count, "home", shown)
    return await answer_given(request, genrec=genrec)


def record_surface(ready: SlateReady, *, viewer_id: int | None) -> SlateRecord:
    """Store the slate of a page with its trace. `record_exposures` follows once it is seen."""
    slate = ready.slate
    text = f"More like {slate.query.like[0].text}" if slate.query.like else _HOME_TEXT
    return record_slate(slate, viewer_id=viewer_id, group="", text=text, trace=ready.trace)


def _request(
    query: Query,
    text: str,
    history: Sequence[Event],
    count: int,
    surface: Surface,
    shown: Collection[int] = (),
) -> DiscoveryRequest:
    return DiscoveryRequest(
        request_id=uuid4(),
        text=text,
        history=tuple(history),
        query=query,
        shown=frozenset(shown),
        count=count,
        surface=surface,
        explore=True,
    )
