"""What happens to a turn in the database: every change of state, each conditional on the last.

Plain ORM work: `chat.turns` calls it in a thread.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from chat.answers import UNFINISHED, Answer, load_answer
from chat.asking import Asked
from chat.models import Turn
from chat.offers import stored_offers
from discovery.models import Pick
from discovery.models import Slate as SlateRecord
from discovery.recording import finish_trace, record_slate
from discovery.tracing import Trace
from discovery.types import SlateReady
from worker.enqueue import enqueue_write_reason

Mark = Callable[[int], None]
NOTE_MAX_CHARS = 1500


class StoppedTurn(NamedTuple):
    turn_id: int
    request_id: UUID


def save_slate(asked: Asked, ready: SlateReady, group: str) -> Answer:
    """Record a slate as the turn's answer so far, and return how the turn looks with it.

    A turn that was stopped meanwhile keeps what it had: cancelling a turn doesn't end its thread.
    """
    slate = ready.slate
    # Who stops the turn waits for this, and so does a guest's move to an account.
    running = Turn.objects.running().select_related("conversation")
    locked = running.select_for_update(of=("self", "conversation"), no_key=True)
    with transaction.atomic():
        turn = locked.filter(pk=asked.turn_id).first()
        if turn is not None:
            turn.slate = record_slate(
                slate,
                # Not the one who asked: the guest may have signed in since.
                viewer_id=turn.conversation.viewer_id,
                group=group,
                text=asked.request.text,
                trace=ready.trace,
            )
            turn.note = _clipped("\n".join(slate.notes))
            turn.offers = stored_offers(slate)
            turn.save(update_fields=["slate", "note", "offers"])
    return load_answer(asked.turn_id)


@transaction.atomic
def finish_turn(turn_id: int, trace: Trace) -> None:
    """Store the trace and mark the turn answered, unless it was stopped meanwhile."""
    turn = Turn.objects.with_slate().get(pk=turn_id)
    if turn.slate is not None:
        finish_trace(turn.slate, trace)
    _leave_running(turn_id, Turn.Status.ANSWERED)


@transaction.atomic
def mark_stopped(turn_id: int) -> None:
    _leave_running(turn_id, Turn.Status.STOPPED, "Stopped.")


@transaction.atomic
def mark_failed(turn_id: int) -> None:
    _leave_running(
        turn_id, Turn.Status.FAILED, "Something broke on our side. It is logged; try again."
    )


def _leave_running(turn_id: int, status: Turn.Status, remark: str = "") -> None:
    """Change the status once: whoever comes second finds the turn not running any more."""
    turn = Turn.objects.running().select_for_update().filter(pk=turn_id).first()
    if turn is not None:
        _change_status(turn, status, remark)


def _change_status(turn: Turn, status: Turn.Status, remark: str) -> None:
    """What the answer said of itself (a fallback) stays, and the remark follows it."""
    turn.status = status
    turn.note = _clipped(f"{turn.note}\n{remark}".strip())
    turn.save(update_fields=["status", "note"])


def _clipped(note: str) -> str:
    """Cut a note that is too long between two words, and show that it was."""
    return (
        note
        if len(note) <= NOTE_MAX_CHARS
        else textwrap.shorten(note, NOTE_MAX_CHARS, placeholder=" …")
    )


def enqueue_reasons(turn_id: int) -> None:
    """Queue one reason a card, if the turn was answered and not stopped."""
    picks = Pick.objects.filter(
        slate__turns=turn_id,
        slate__turns__status=Turn.Status.ANSWERED,
        reason_status=Pick.ReasonStatus.TEMPLATE,
    )
    for pick_id in picks.order_by("position").values_list("pk", flat=True):
        enqueue_write_reason(pick_id)


@transaction.atomic
def stop_turn(conversation_id: UUID) -> StoppedTurn | None:
    """Mark the conversation's last turn stopped if it is under way, its reasons included.

    Returns None if nothing was under way. Reasons being written at this moment are left to their
    workers, who hear of the stop and say how they ended.
    """
    turn = Turn.objects.select_for_update().filter(conversation_id=conversation_id).last()
    if turn is None:
        return None
    writing = turn.status == Turn.Status.ANSWERED and _unfinished(turn.slate_id)
    if turn.status != Turn.Status.RUNNING and not writing:
        return None
    _change_status(turn, Turn.Status.STOPPED, "Stopped.")
    if turn.slate_id:
        _give_up_queued(turn.slate_id)
    return StoppedTurn(turn.pk, turn.request_id)


@transaction.atomic
def stop_reasons(conversation_id: UUID) -> list[UUID]:
    """Give up queued reasons of this conversation; return the questions with some under way."""
    slates = SlateRecord.objects.filter(turns__conversation_id=conversation_id)
    unfinished = slates.filter(picks__reason_status__in=UNFINISHED).order_by()
    rows = unfinished.values_list("pk", "request_id").distinct()
    for slate_id, _request_id in rows:
        _give_up_queued(slate_id)
    return [request_id for _slate_id, request_id in rows]


def _unfinished(slate_id: int | None) -> bool:
    picks = Pick.objects.filter(reason_status__in=UNFINISHED)
    return slate_id is not None and picks.filter(slate_id=slate_id).exists()


def _give_up_queued(slate_id: int) -> None:
    """A worker that takes one of these up finds nothing to claim."""
    queued = Pick.objects.filter(slate_id=slate_id, reason_status=Pick.ReasonStatus.TEMPLATE)
    queued.update(reason_status=Pick.ReasonStatus.STOPPED, reason_note="stopped while queued")
