"""A turn from the stored message to the shown answer.

1. `ask` stores the message; the database refuses a second running turn.
2. `start` runs discovery as a task of this process, not of the socket: when the socket goes, the
   answer is finished and saved all the same.
3. Every step is published to the conversation's group, so each open tab shows it.
4. Once the answer stands, a worker writes each reason and publishes to the same group.

Stopping cancels discovery wherever it runs (`discovery.stopping`) and keeps what was shown.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from uuid import UUID

from channels.layers import channel_layers

from chat import fragments, saving
from chat.answers import PROGRESS_REFINING, Answer, load_answer
from chat.asking import LOST_AFTER_S, Asked
from chat.chips import Chip, chips_of, is_wish
from discovery.intents.unread import keep_unread
from discovery.pipeline import discover
from discovery.shelves import shelf_names
from discovery.stopping import Stopped, request_stop, run_stoppable
from discovery.threads import in_database
from discovery.types import Finished, Query, SlateReady, Understood

logger = logging.getLogger(__name__)

# Before anybody declares the turn lost.
TURN_TIMEOUT_S = LOST_AFTER_S - 10
# The event loop holds tasks weakly.
_running: set[asyncio.Task[None]] = set()


def group_of(conversation_id: UUID) -> str:
    """Return the channel-layer group of everybody who has this conversation open."""
    return f"conversation.{conversation_id}"


async def publish(conversation_id: UUID, html: str, *, slate_id: int | None = None) -> None:
    """Send fragments to every open tab; `slate_id` names the slate they show, if they do."""
    message = {"type": "turn.fragment", "html": html, "slate_id": slate_id}
    await channel_layers["default"].group_send(group_of(conversation_id), message)


async def start(asked: Asked) -> asyncio.Task[None]:
    """Show the message in every tab and begin to answer it. Returns at once."""
    answer = await in_database(load_answer, asked.turn_id)
    html = fragments.turn_appended(answer) + fragments.notice("") + fragments.composer("answering")
    await publish(asked.conversation_id, html)
    task = asyncio.create_task(_run(asked, answer))
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


async def stop(conversation_id: UUID) -> None:
    """Stop what is being answered or written, queued reasons included."""
    stopped = await in_database(saving.stop_turn, conversation_id)
    if stopped is None:
        await publish(conversation_id, fragments.composer("idle"))
        return
    await request_stop(stopped.request_id)
    # Said here as well as by the task that runs the turn: its process may be gone.
    await _publish_standing(conversation_id, stopped.turn_id, cut_short=True)


async def stop_superseded(conversation_id: UUID) -> None:
    """Give up reasons that are still being written: a new question needs the model."""
    stopped = await in_database(saving.stop_reasons, conversation_id)
    for request_id in stopped:
        await request_stop(request_id)


@dataclass(slots=True)
class _Heard:
    """What a turn leaves behind, however it ends."""

    unread: bool = False


async def _run(asked: Asked, answer: Answer) -> None:
    """Answer one turn; whatever happens, the turn ends and the tabs hear of it."""
    heard = _Heard()
    try:
        async with asyncio.timeout(TURN_TIMEOUT_S):
            await run_stoppable(_answer(asked, answer, heard), asked.request.request_id)
    except Stopped:
        logger.info("turn stopped: turn=%d", asked.turn_id)
        await _end(asked, saving.mark_stopped)
    except Exception:  # Nobody awaits this task: without this, errors vanish.
        logger.exception("turn failed: turn=%d", asked.turn_id)
        await _end(asked, saving.mark_failed)
    if heard.unread:
        await _keep_unread(asked)


async def _keep_unread(asked: Asked) -> None:
    """Keep for editors what nobody could read: nobody waits for that, and no stop loses it."""
    try:
        await in_database(keep_unread, asked.request.text)
    except Exception:  # Nobody awaits this task.
        logger.exception("an unread message was not kept: turn=%d", asked.turn_id)


async def _end(asked: Asked, mark: saving.Mark) -> None:
    await in_database(mark, asked.turn_id)
    await _publish_standing(asked.conversation_id, asked.turn_id, cut_short=True)


async def _answer(asked: Asked, answer: Answer, heard: _Heard) -> None:
    """Publish and save each event of the pipeline, then hand the reasons to the workers."""
    async with aclosing(discover(asked.request)) as events:
        async for event in events:
            match event:
                case Understood():
                    heard.unread |= event.unread
                    progress = PROGRESS_REFINING if answer.has_slate else answer.progress
                    wish = is_wish(event.query)
                    chips = await _chips_of(event.query) if wish else []
                    answer = replace(answer, chips=chips, is_wish=wish, progress=progress)
                    await publish(asked.conversation_id, fragments.chips(answer))
                case SlateReady():
                    answer = await _show_slate(asked, event)
                case Finished():
                    await in_database(saving.finish_turn, asked.turn_id, event.trace)
    await _publish_standing(asked.conversation_id, asked.turn_id)
    # Queued after the page knows that reasons are coming: a fast worker can't overtake it.
    await in_database(saving.enqueue_reasons, asked.turn_id)


async def _chips_of(query: Query) -> list[Chip]:
    """Return the chips of a Query; the database is asked only for names of collections."""
    if not query.collections:
        return chips_of(query)
    return chips_of(query, await in_database(shelf_names, query.collections))


async def _show_slate(asked: Asked, ready: SlateReady) -> Answer:
    group = group_of(asked.conversation_id)
    answer = await in_database(saving.save_slate, asked, ready, group)
    html = fragments.chips(answer) + fragments.slate(answer) + fragments.turn_note(answer)
    await publish(asked.conversation_id, html, slate_id=answer.slate_id)
    return answer


async def _publish_standing(
    conversation_id: UUID, turn_id: int, *, cut_short: bool = False
) -> None:
    """Publish how a turn stands now that nothing more of it is being searched.

    One that was cut short may have saved cards that no tab has seen.
    """
    answer = await in_database(load_answer, turn_id)
    state: fragments.ComposerState = "writing" if answer.state == "writing" else "idle"
    html = fragments.turn_note(answer) + fragments.composer(state) + fragments.announcement(answer)
    if cut_short and answer.has_slate:
        html = fragments.chips(answer) + fragments.slate(answer) + html
    elif not answer.has_slate:
        html += fragments.slate(answer)
    await publish(conversation_id, html, slate_id=answer.slate_id if cut_short else None)
