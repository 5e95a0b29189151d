"""The editor behind the chips: which form a wish has, and names for its text fields.

Only reads: what the form holds is sent over the socket like every other question.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chat.addresses import address_of_request
from chat.answers import load_answer
from chat.chips import ids_of_chips
from chat.limits import TooManyMessages, count_use
from chat.models import Turn
from chat.refusals import refuse_above_composer, refuse_in_editor, refuse_silently
from chat.standing import query_of
from chat.title_choices import find_titles
from chat.viewers import known_viewer_id
from chat.wish_choices import find_people
from chat.wish_forms import form_for, held_by
from chat.wish_slots import ADDABLE, GROUPS, LABELS, ONE_VALUE
from discovery.types import Query

EDITORS_PER_MINUTE = 120
# One request for a few letters typed.
NAMES_PER_MINUTE = 240
MIN_NAME_CHARS = 2
FIRST_SLOT = "moods"


@require_GET
@never_cache
def editor(request: HttpRequest, turn_id: int) -> HttpResponse:
    """The form of one wish of the viewer's own turn: `slot` and `value`, or `adds` a new one."""
    changes_slot = "adds" in request.GET and "slot" in request.GET
    if wait_s := _wait_for(request, "wish-editor", EDITORS_PER_MINUTE):
        return refuse_in_editor(wait_s) if changes_slot else refuse_above_composer(wait_s)
    turn, query = _own(request, turn_id)
    adds = "adds" in request.GET
    slot = request.GET.get("slot") or FIRST_SLOT
    value = request.GET.get("value", "")
    if (slot not in ADDABLE) if adds else ((slot, value) not in ids_of_chips(query)):
        raise Http404
    form = form_for(slot, held=_held(query, slot, value, adds=adds))
    context: dict[str, Any] = {
        "turn_id": turn_id,
        "form": form,
        "slot": slot,
        "value": value,
        "adds": adds,
        "heading": "Add a wish" if adds else LABELS[slot],
    }
    if adds:
        groups = [(name, [(s, LABELS[s]) for s in slots]) for name, slots in GROUPS]
        context |= {"groups": groups, "additions": load_answer(turn.pk).additions}
    # A change of slot renews only the form: the menu that was used keeps the focus.
    name = "_wish_form" if changes_slot else "_wish_editor"
    return render(request, f"chat/{name}.html", context)


@require_GET
@never_cache
def names(request: HttpRequest, what: str) -> HttpResponse:
    """Names of the catalogue that what was typed may become, as options of the text field."""
    if wait_s := _wait_for(request, "wish-names", NAMES_PER_MINUTE):
        # What is typed is looked up again when it is sent.
        return refuse_silently(wait_s)
    words = request.GET.get("words", "")[:120].replace("\0", "").strip()
    found: list[str] = []
    if len(words) >= MIN_NAME_CHARS:
        rows = find_titles(words) if what == "titles" else find_people(words)
        found = [str(row) for row in rows]
    return render(request, "chat/_wish_names.html", {"names": found})


def _own(request: HttpRequest, turn_id: int) -> tuple[Turn, Query]:
    """Return the viewer's own turn and its Query; anybody else's does not exist."""
    viewer_id = known_viewer_id(request.session, request.user)
    if viewer_id is None:
        raise Http404
    own = Turn.objects.filter(conversation__viewer_id=viewer_id, pk=turn_id)
    turn = own.with_slate().first()
    query = query_of(turn)
    if turn is None or query is None:
        raise Http404
    return turn, query


def _held(query: Query, slot: str, value: str, *, adds: bool) -> Any:
    if not adds:
        return held_by(query, slot, value)
    if slot not in ONE_VALUE:
        return None
    held = held_by(query, slot, "")
    return held if held not in (None, (), (None, None)) else None


def _wait_for(request: HttpRequest, what: str, limit: int) -> int:
    """Count one use; return the seconds to wait if it is one too many, 0 if not."""
    viewer_id = known_viewer_id(request.session, request.user)
    if viewer_id is None:
        raise Http404
    try:
        count_use(what, viewer_id, limit, address=address_of_request(request))
    except TooManyMessages as error:
        return error.wait_s
    return 0
