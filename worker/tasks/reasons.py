"""Write the reason of one pick with GenRec, and stream it to its conversation.

1. Claim the pick by a conditional UPDATE: a second delivery finds nothing to do, and a pick that
   was stopped while queued is never started.
2. Stream tokens to the slate's group, a few times a second, each time the whole text so far.
3. Check the sentence. What names something else than the catalogue's facts is rejected, and the
   template reason stays.
4. Close the pick and the stream with the text that stands, whatever happened before.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, NamedTuple
from uuid import UUID

from celery import Task, shared_task
from channels.layers import channel_layers
from django.conf import settings

from discovery.genrec_client import GenRecClient, GenRecUnavailable
from discovery.models import Pick
from discovery.reasons.explaining import aload_context, stream_reason
from discovery.reasons.grounding import check_reason, first_sentence
from discovery.reasons.templates import in_our_words
from discovery.stopping import Stopped, run_stoppable
from discovery.threads import in_database
from worker.enqueue import WRITE_REASON

logger = logging.getLogger(__name__)

PROGRESS_EVERY_S = 0.1
NOTE_MAX_CHARS = 300
Status = Pick.ReasonStatus


class Claimed(NamedTuple):
    """A pick whose reason is ours to write."""

    pick_id: int
    request_id: UUID
    group: str


class Outcome(NamedTuple):
    """How the writing ended; `text` is GenRec's sentence, shown only if it was accepted."""

    status: Pick.ReasonStatus
    text: str = ""
    note: str = ""


@shared_task(name=WRITE_REASON, bind=True, acks_late=True)
def write_reason(self: Task[[int], None], pick_id: int) -> None:
    """Write one pick's reason. Idempotent: it is claimed once."""
    redelivered = bool((self.request.delivery_info or {}).get("redelivered"))
    # A loop of its own: worker threads have none, and its connections end with it.
    asyncio.run(_write(pick_id, redelivered=redelivered))


async def _write(pick_id: int, *, redelivered: bool) -> None:
    claimed = await in_database(_claim, pick_id, redelivered=redelivered)
    if claimed is None:
        logger.info("reason not claimed: pick=%d", pick_id)
        return
    if redelivered:
        outcome = Outcome(Status.FAILED, note="the worker that wrote it died")
    else:
        outcome = await _outcome_of(_Writer(claimed))
    final = await in_database(_close, claimed, outcome)
    if final is not None:
        await _send(claimed, "reason.final", **final)


def _claim(pick_id: int, *, redelivered: bool) -> Claimed | None:
    """Take the pick if nobody has; a redelivered one may be ours from a life before."""
    free = [Status.TEMPLATE, *([Status.WRITING] if redelivered else [])]
    pick = Pick.objects.filter(pk=pick_id, reason_status__in=free)
    if not pick.update(reason_status=Status.WRITING):
        return None
    found = Pick.objects.select_related("slate").defer("slate__trace").get(pk=pick_id)
    return Claimed(pick_id, found.slate.request_id, found.slate.group)


async def _outcome_of(writer: _Writer) -> Outcome:
    """Run the writer to its end, good or bad; nothing but a cancelled task escapes."""
    try:
        async with asyncio.timeout(settings.GENREC_REASON_TIMEOUT_S):
            await run_stoppable(writer.write(), writer.claimed.request_id)
    except Stopped:
        return Outcome(Status.STOPPED, writer.text, "stopped while being written")
    except GenRecUnavailable as error:
        return Outcome(Status.FAILED, writer.text, str(error))
    except TimeoutError:
        limit = f"not done within {settings.GENREC_REASON_TIMEOUT_S:g} s"
        return Outcome(Status.FAILED, writer.text, limit)
    except Exception:
        logger.exception("reason failed: pick=%d", writer.claimed.pick_id)
        return Outcome(Status.FAILED, writer.text, "an error on our side, see the worker's log")
    return writer.verdict


class _Writer:
    """Streams one reason and checks it. `text` is what GenRec has written so far."""

    def __init__(self, claimed: Claimed) -> None:
        self.claimed = claimed
        self.text = ""
        self.verdict = Outcome(Status.FAILED, note="nothing was written")
        self._sent_at = float("-inf")

    async def write(self) -> None:
        context = await aload_context(self.claimed.pick_id)
        async with GenRecClient() as genrec:
            async for piece in stream_reason(context, genrec=genrec):
                self.text += piece
                await self._show_progress()
        sentence = in_our_words(first_sentence(self.text), context)
        accepted, note = check_reason(sentence, context)
        status = Status.GENERATED if accepted else Status.REJECTED
        self.verdict = Outcome(status, sentence, note)

    async def _show_progress(self) -> None:
        """Tokens are coalesced: a socket that gets every one of eight streams falls behind."""
        now = time.monotonic()
        if now - self._sent_at >= PROGRESS_EVERY_S and self.text.strip():
            self._sent_at = now
            await _send(self.claimed, "reason.progress", text=self.text.strip())


def _close(claimed: Claimed, outcome: Outcome) -> dict[str, Any] | None:
    """Store the outcome; return what the page is told, or None if the pick is gone."""
    writing = Pick.objects.filter(pk=claimed.pick_id, reason_status=Status.WRITING)
    changed = writing.update(
        reason_status=outcome.status,
        generated_reason=outcome.text[:600],
        reason_note=outcome.note[:NOTE_MAX_CHARS],
    )
    if not changed:
        logger.info("pick gone before its reason was written: pick=%d", claimed.pick_id)
        return None
    if outcome.status != Status.GENERATED:
        logger.info("template kept: pick=%d %s: %s", claimed.pick_id, outcome.status, outcome.note)
    pick = Pick.objects.get(pk=claimed.pick_id)
    unfinished = (Status.TEMPLATE, Status.WRITING)
    remaining = Pick.objects.filter(slate_id=pick.slate_id, reason_status__in=unfinished).count()
    return {"text": pick.reason, "status": str(outcome.status), "remaining": remaining}


async def _send(claimed: Claimed, event: str, **fields: Any) -> None:
    """Tell the conversation; nobody may be listening."""
    if claimed.group:
        message = {"type": event, "pick_id": claimed.pick_id, **fields}
        await channel_layers["default"].group_send(claimed.group, message)
