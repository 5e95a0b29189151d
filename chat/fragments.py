"""The one renderer: the page includes the same partials that the stream sends.

Every fragment is HTML for htmx's out-of-band swap: its outermost element names, by id, what it
replaces in the page. Text that GenRec or a viewer wrote is escaped by the templates.
"""

from __future__ import annotations

from typing import Any, Literal

from django.template.loader import render_to_string

from chat.answers import Answer, Card, Reason, Taps

ComposerState = Literal["idle", "answering", "writing"]


def turn_appended(answer: Answer) -> str:
    """A turn that the page doesn't have yet, at the end of the log."""
    turn = _partial("_turn", answer=answer)
    return f'<div id="turn-appended" hx-swap-oob="beforeend:#turns">{turn}</div>'


def turn(answer: Answer) -> str:
    """A whole turn, in place of the one that the page has."""
    return _replacing(_partial("_turn", answer=answer))


def chips(answer: Answer) -> str:
    return _replacing(_partial("_chips", answer=answer))


def slate(answer: Answer) -> str:
    return _replacing(_partial("_slate", answer=answer))


def turn_note(answer: Answer) -> str:
    return _replacing(_partial("_turn_note", answer=answer))


def reason(reason: Reason) -> str:
    return _replacing(_partial("_reason", reason=reason))


def feedback(card: Card) -> str:
    """The buttons of one card, as the answer to a click on one of them."""
    return _partial("_feedback", card=card)


def feedback_elsewhere(card: Card) -> str:
    """The same buttons, for the viewer's other tabs."""
    return _replacing(feedback(card))


def home_taps(taps: Taps) -> str:
    """How many titles the viewer has said something about, below the home row."""
    return _replacing(_partial("_home_taps", taps=taps))


def composer(state: ComposerState) -> str:
    return _replacing(_partial("_composer_buttons", state=state))


def notice(text: str) -> str:
    """Why a message was not taken; an empty text clears the notice."""
    return _replacing(_partial("_notice", text=text))


def wish_fault(text: str) -> str:
    """What is wrong with a wish, beside the form that it came from; an empty text clears it."""
    return _replacing(_partial("_wish_fault", text=text))


def too_many_messages(wait_s: int) -> str:
    """The socket's 429: what to do, and when."""
    return refusal(f"That was a lot at once. Wait {wait_s} seconds, then send it again.")


def refusal(text: str) -> str:
    """Why a wish or a message was not taken, wherever it came from.

    Said twice: the editor hides the notice from the eye, and a tap on an offer has no form.
    """
    return notice(text) + wish_fault(text)


def announcement(answer: Answer) -> str:
    """One sentence for screen readers, once an answer stands: they hear nothing else of it."""
    # Into the live region, not in place of it: only changes inside one are read out.
    text = _partial("_announcement", answer=answer)
    return f'<div id="announcement" hx-swap-oob="innerHTML:#announcer">{text}</div>'


def _partial(name: str, **context: Any) -> str:
    return render_to_string(f"chat/{name}.html", context).strip()


def _replacing(html: str) -> str:
    """Mark the fragment's outermost element, which has an id, as a replacement."""
    tag, rest = html.split(" ", 1)
    return f'{tag} hx-swap-oob="true" {rest}'
