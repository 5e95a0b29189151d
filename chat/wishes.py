"""From a frame to what is asked: words to understand, or a Query that a click made of another.

Plain ORM work. The browser names a turn, a chip or the number of an offer; the Query itself is
always read from the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.utils.datastructures import MultiValueDict

from chat.chip_edits import (
    BadWish,
    labels_of_change,
    spoken_change,
    with_changed,
    with_refused,
    with_wish,
)
from chat.chips import UnknownChip, chips_of, ids_of_chips, with_collection, without
from chat.forms import Add, Ask, AskLiterally, Edit, Remove, Say, Tap, Undo
from chat.models import Conversation, Turn
from chat.offers import UnknownOffer, tapped
from chat.standing import forms_of_wish, last_wish, query_of, refused_since
from chat.wish_forms import form_for, held_by
from discovery.shelves import shelf_names
from discovery.types import Query
from genrec.contract import TitleRef

MAX_BUBBLE_CHARS = 500
GONE = "That answer is gone. Reload the page."


class Refused(Exception):
    """The question is not taken. The message is for the viewer; empty means say nothing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to ask: words to understand, or a given Query with the words it came from."""

    bubble: str
    text: str
    request_id: UUID
    query: Query | None = None
    # The turn whose wish a click changed.
    base: Turn | None = None
    # Turns whose titles may be shown again: what is asked is another form of the same wish.
    again: tuple[int, ...] = ()
    # With the wish and the words that stood before this turn.
    as_before: Turn | None = None
    # Goes back to this turn's Query, and to the titles that had been shown then.
    restores: Turn | None = None
    # Titles refused by name in later turns: no Query of this wish can hold them yet.
    refused: tuple[TitleRef, ...] = ()
    literal: bool = False

    @property
    def is_typed(self) -> bool:
        return self.query is None and not self.literal


def wish_of(conversation: Conversation, frame: Ask) -> Wish:
    """Return what a frame asks.

    Raises:
        Refused: the turn, the chip or the offer isn't there.
        BadWish: a chip was given values that make no sense.
    """
    match frame:
        case Say():
            return Wish(frame.text, frame.text, frame.request_id or uuid4())
        case Add():
            return _within(conversation, frame.collection)
        case Undo():
            return _undone(conversation, frame)
        case AskLiterally():
            return _literally(_answered(conversation, frame.turn_id)[0])
    base, held = _answered(conversation, frame.turn_id)
    match frame:
        case Remove():
            bubble, query = _removed(held, frame)
        case Edit():
            bubble, query = _edited(held, frame)
        case Tap():
            bubble, query = _tapped(base, frame)
    return _clicked(base, bubble, query)


def _answered(conversation: Conversation, turn_id: int) -> tuple[Turn, Query]:
    turn = conversation.turns.with_slate().filter(pk=turn_id).first()
    held = query_of(turn)
    if turn is None or turn.slate is None or held is None:
        raise Refused(GONE)
    return turn, held


def _clicked(base: Turn, bubble: str, query: Query) -> Wish:
    """Ask another form of a turn's wish; what was refused since that turn stays refused."""
    text = base.slate.text if base.slate else base.text
    query = with_refused(query, refused_since(base))
    again = forms_of_wish(base)
    return Wish(bubble[:MAX_BUBBLE_CHARS], text, uuid4(), query, base, again)


def _within(conversation: Conversation, slug: str) -> Wish:
    """Add a collection to what the conversation asks for now."""
    name = shelf_names([slug]).get(slug)
    if name is None:
        raise Refused("That collection is gone. Reload the page.")
    base = last_wish(conversation)
    try:
        query = with_collection(query_of(base), slug)
    except UnknownChip as error:
        raise Refused(f"You are searching within {name} already.") from error
    bubble = f"From {name}"
    # What was said stays the words behind the wish.
    text = base.slate.text if base and base.slate else bubble
    return Wish(bubble, text, uuid4(), query, base, forms_of_wish(base) if base else ())


def _removed(query: Query, frame: Remove) -> tuple[str, Query]:
    try:
        smaller = without(query, frame.slot, frame.value)
    except UnknownChip as error:
        raise Refused("That wish is no longer there. Reload the page.") from error
    return f"Without “{_label_of(query, frame.slot, frame.value)}”", smaller


def _label_of(query: Query, slot: str, value: str) -> str:
    chips = chips_of(query, shelf_names(query.collections))
    return next(chip.label for chip in chips if (chip.slot, chip.value) == (slot, value))


def _edited(held: Query, frame: Edit) -> tuple[str, Query]:
    data = MultiValueDict({name: list(values) for name, values in frame.fields.items()})
    try:
        query = _with_form(held, frame, data)
    except UnknownChip as error:
        raise Refused("That wish is no longer there. Reload the page.") from error
    return _bubble_of_edit(held, query), query


def _with_form(held: Query, frame: Edit, data: MultiValueDict[str, str]) -> Query:
    value = frame.value
    if value is not None and (frame.slot, value) not in ids_of_chips(held):
        raise UnknownChip(f"{frame.slot}={value!r}")
    now = held_by(held, frame.slot, value) if value is not None else None
    form = form_for(frame.slot, data, held=now)
    if form is None:
        raise UnknownChip(frame.slot)
    if not form.is_valid():
        raise BadWish(form.fault())
    if value is None:
        return with_wish(held, frame.slot, form.given())
    return with_changed(held, frame.slot, value, form.given())


def _bubble_of_edit(before: Query, after: Query) -> str:
    names = shelf_names((*before.collections, *after.collections))
    gone, new = labels_of_change(before, after, names)
    came = f"“{', '.join(new)}”"
    return f"{came} instead of “{', '.join(gone)}”" if gone else f"With {came}"


def _tapped(base: Turn, frame: Tap) -> tuple[str, Query]:
    try:
        offer = tapped(base, frame.among, frame.offer)
    except UnknownOffer as error:
        raise Refused("That offer is gone. Reload the page.") from error
    return f"As {offer.label}" if frame.among == "angles" else offer.label, offer.query


def _undone(conversation: Conversation, frame: Undo) -> Wish:
    """Go back to the Query before the last one, with the titles that were shown with it."""
    last = last_wish(conversation)
    if last is None or last.pk != frame.turn_id:
        raise Refused("There is a newer answer: undo that one first.")
    back, undone = last.before, query_of(last)
    held = query_of(back)
    if back is None or back.slate is None or held is None or undone is None:
        raise Refused("There is nothing to go back to.")
    names = shelf_names((*held.collections, *undone.collections))
    return Wish(
        f"Undo: {spoken_change(undone, held, names)}"[:MAX_BUBBLE_CHARS],
        back.slate.text,
        uuid4(),
        held,
        back,
        forms_of_wish(back),
        as_before=back,
        restores=back,
    )


def _literally(turn: Turn) -> Wish:
    if not turn.offers.get("corrections"):
        raise Refused("Nothing was corrected in that message.")
    return Wish(
        f"Exactly “{turn.text}”"[:MAX_BUBBLE_CHARS],
        turn.text,
        uuid4(),
        again=(turn.pk,),
        as_before=turn,
        literal=True,
        refused=refused_since(turn),
    )
