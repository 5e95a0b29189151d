"""Rows of cards on pages without words: the home page's, and "more like this" on a title's page.

Both come from the ranker that answers the chat (`discovery.surfaces`), after the page: a page
never waits for them. A row is recorded like an answer, and exposed once it is sent. To look makes
nobody a viewer: who has none yet is shown a row of nobody's, and takes it up by saying something.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chat.addresses import address_of_request
from chat.answers import Taps, load_cards
from chat.limits import TooManyMessages, count_use
from chat.refusals import refuse_above_composer, refuse_row
from chat.viewers import claim_for, known_viewer_id
from discovery.exposure import record_exposures
from discovery.history import load_history
from discovery.models import Feedback, Pick, Slate, Viewer
from discovery.surfaces import UnknownTitle, home_row, more_like_this, record_surface
from discovery.threads import in_database
from discovery.types import Event, SlateReady

ROWS_PER_MINUTE = 20
HOME_CARDS = 8
TITLE_CARDS = 8
# What another row doesn't show again.
SHOWN_FOR = timedelta(hours=1)
MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class _Guest:
    """Who asks for a row, and what is known of their taste: of who is no viewer yet, nothing."""

    viewer_id: int | None
    history: Sequence[Event] = ()
    shown: Collection[int] = ()


@require_GET
@never_cache
async def home(request: HttpRequest) -> HttpResponse:
    """Cards to start with; `again` asks for others than those of the last hour."""
    again = "again" in request.GET
    try:
        guest = await in_database(_welcome, request, again=again)
    except TooManyMessages as error:
        if again:
            return refuse_above_composer(error.wait_s)
        return refuse_row(request, error.wait_s, is_home=True)
    ready = await home_row(guest.history, count=HOME_CARDS, shown=guest.shown)
    if not ready.slate.picks and guest.shown:
        # A small catalogue is through: from the beginning.
        ready = await home_row(guest.history, count=HOME_CARDS)
    return await in_database(_answer_home, request, guest.viewer_id, ready, again=again)


@require_GET
@never_cache
async def more_like(request: HttpRequest, title_id: int) -> HttpResponse:
    """Titles like one, for who is looking: what they have seen or refused is left out."""
    try:
        guest = await in_database(_welcome, request)
        ready = await more_like_this(title_id, guest.history, count=TITLE_CARDS)
    except TooManyMessages as error:
        return refuse_row(request, error.wait_s, is_home=False)
    except UnknownTitle as error:
        raise Http404 from error
    return await in_database(_answer_more, request, guest.viewer_id, ready)


def taps_of(viewer_id: int) -> Taps:
    """Count the titles that the viewer has said something about."""
    said = Feedback.objects.filter(viewer_id=viewer_id)
    return Taps(said.values("title_id").distinct().count())


def _welcome(request: HttpRequest, *, again: bool = False) -> _Guest:
    """Return who asks. Raises TooManyMessages."""
    viewer_id = known_viewer_id(request.session, request.user)
    count_use("rows", viewer_id, ROWS_PER_MINUTE, address=address_of_request(request))
    viewer = Viewer.objects.filter(pk=viewer_id or 0).first()
    if viewer is None:
        return _Guest(None)
    shown = _shown_lately(viewer) if again else frozenset()
    return _Guest(viewer.pk, load_history(viewer), shown)


def _shown_lately(viewer: Viewer) -> frozenset[int]:
    picks = Pick.objects.filter(
        slate__viewer=viewer,
        slate__surface=Slate.Surface.HOME,
        slate__created_at__gt=timezone.now() - SHOWN_FOR,
    )
    newest = picks.order_by("-slate__created_at").values_list("title_id", flat=True)
    return frozenset(newest[:MAX_SHOWN])


def _answer_home(
    request: HttpRequest, viewer_id: int | None, ready: SlateReady, *, again: bool
) -> HttpResponse:
    taps = taps_of(viewer_id) if viewer_id is not None else Taps(0)
    context = {**_record(ready, viewer_id), "taps": taps, "again": again}
    return render(request, "chat/_home_row.html", context)


def _answer_more(request: HttpRequest, viewer_id: int | None, ready: SlateReady) -> HttpResponse:
    return render(request, "chat/_more_row.html", _record(ready, viewer_id))


def _record(ready: SlateReady, viewer_id: int | None) -> dict[str, object]:
    """Store what is about to be shown, and that it was: the page asks as the row comes in view."""
    slate = record_surface(ready, viewer_id=viewer_id)
    cards = load_cards(slate, viewer_id)
    record_exposures(slate.pk)
    return {"cards": cards, "claim": claim_for(slate)}
