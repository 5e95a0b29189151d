"""Opening a conversation, by page or by socket: whose it is, what to show, what was missed.

Plain ORM work: consumers call it in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from chat import fragments
from chat.answers import Answer, load_answers
from chat.asking import fail_lost_turns
from chat.models import Conversation, Turn
from chat.viewers import known_viewer_id
from discovery.exposure import record_exposures
from discovery.models import Viewer

# A page shows this many turns; older ones stay in the database.
TURNS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who has a conversation open."""

    viewer_id: int
    is_guest: bool


@dataclass(frozen=True, slots=True)
class Missed:
    """What a page lacks, and the slates in it."""

    text: str
    slate_ids: list[int]


def owner_of(conversation_id: UUID, session_key: str | None) -> Visitor | None:
    """Return the viewer of this session if the conversation is theirs.

    Reads the session anew: the one a socket was opened with may have ended since.
    """
    engine = import_module(settings.SESSION_ENGINE)
    session: SessionBase = engine.SessionStore(session_key)
    request = HttpRequest()
    request.session = session
    # What `AuthenticationMiddleware` uses: it refuses closed accounts and changed passwords.
    user = get_user(request)
    viewer_id = known_viewer_id(session, user)
    if viewer_id is None:
        return None
    if not Conversation.objects.of(viewer_id).filter(pk=conversation_id).exists():
        return None
    return Visitor(viewer_id, is_guest=not user.is_authenticated)


def current_conversation(viewer: Viewer) -> Conversation:
    """Return the viewer's latest conversation, made if there is none."""
    return viewer.conversations.first() or viewer.conversations.create()


def new_conversation(viewer: Viewer) -> Conversation:
    """Return a conversation without turns; an empty one that is there already will do."""
    empty = viewer.conversations.filter(turns=None).first()
    return empty or viewer.conversations.create()


def answers_of(conversation: Conversation) -> list[Answer]:
    """Return the conversation's last turns as they look now, oldest first."""
    fail_lost_turns(conversation.pk)
    newest = conversation.turns.with_slate().order_by("-created_at", "-pk")
    return load_answers(reversed(newest[:TURNS_SHOWN]), conversation.viewer_id)


def missed_since(conversation_id: UUID, *, after: str, settled: bool) -> Missed:
    """Return what a page lacks whose last turn is `after`.

    Args:
        after: the last turn on the page, as the browser says it; "0" if it has none.
        settled: the page has that turn as it will stay, so it isn't sent again.
    """
    conversation = Conversation.objects.get(pk=conversation_id)
    last_known = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else 0
    newer, current = [], []
    for answer in answers_of(conversation):
        if answer.turn_id > last_known:
            newer.append(answer)
        elif answer.turn_id == last_known and not settled:
            current.append(answer)
    html = "".join(map(fragments.turn, current)) + "".join(map(fragments.turn_appended, newer))
    slate_ids = [a.slate_id for a in [*current, *newer] if a.slate_id is not None]
    return Missed(html + composer_html(conversation_id), slate_ids)


def composer_html(conversation_id: UUID) -> str:
    return fragments.composer(composer_state(conversation_id))


def composer_state(conversation_id: UUID) -> fragments.ComposerState:
    """Whether the conversation's last turn is being answered, or its reasons written."""
    last = Turn.objects.filter(conversation_id=conversation_id).with_slate().last()
    if last is None:
        return "idle"
    state = load_answers([last], viewer_id=0)[0].state
    return "idle" if state == "settled" else state


def note_shown(slate_ids: list[int]) -> None:
    """Record that these slates reached an open page. Idempotent."""
    for slate_id in slate_ids:
        record_exposures(slate_id)
