"""The WebSocket edge of a conversation: frames in, fragments out. No ORM here, and no ranking.

Frames are handled one at a time by Channels, so nothing here waits for an answer: a turn runs as
a task of its own and reaches the page through the conversation's group.
"""

from __future__ import annotations

import logging
import time
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer

from chat import asking, fragments, limits, opening, turns
from chat.addresses import address_of_socket
from chat.answers import Reason, ReasonState
from chat.chip_edits import BadWish
from chat.forms import Ask, BadFrame, Stop, read_frame
from discovery.threads import in_database

logger = logging.getLogger(__name__)

# Application codes of WebSocket closes; the browser's console shows them.
NOT_YOURS = 4404
TOO_MANY_FRAMES = 4429
# How long a socket may outlive its session while answers stream to it.
RECHECK_S = 5.0


class ChatConsumer(AsyncWebsocketConsumer):
    """One open tab. Its conversation belongs to the viewer of its session, or it is closed."""

    conversation_id: UUID
    budget: limits.FrameBudget
    group: str = ""
    # When it was last found that the viewer may be here.
    checked_at: float = 0.0

    async def connect(self) -> None:
        self.conversation_id = self.scope["url_route"]["kwargs"]["conversation_id"]
        self.budget = limits.FrameBudget()
        if await self.visitor() is None:
            logger.warning("socket refused: conversation=%s", self.conversation_id)
            await self.close(NOT_YOURS)
            return
        # Joined before anything is read, so that no fragment falls between the two.
        self.group = turns.group_of(self.conversation_id)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.catch_up()

    async def disconnect(self, code: int) -> None:
        """Leave the group. The turn goes on: its answer is there at the next visit."""
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.budget.spend():
            await self.close(TOO_MANY_FRAMES)
            return
        try:
            await self.handle(text_data)
        except (BadFrame, BadWish, asking.Refused) as error:
            await self.send(fragments.refusal(str(error)))
        except limits.TooManyMessages as error:
            await self.send(fragments.too_many_messages(error.wait_s))
        except Exception:  # Raised further, it would close the socket with no word to the viewer.
            logger.exception("frame failed: conversation=%s", self.conversation_id)
            await self.send(fragments.refusal("Something broke on our side. Try again."))

    async def handle(self, text_data: str | None) -> None:
        """Do what one frame asks for; every frame proves again whose it is."""
        frame = read_frame(text_data)
        visitor = await self.visitor()
        if visitor is None:
            await self.close(NOT_YOURS)
        elif isinstance(frame, Stop):
            await turns.stop(self.conversation_id)
        else:
            await self.ask(frame, visitor)

    async def ask(self, frame: Ask, visitor: opening.Visitor) -> None:
        await in_database(
            limits.count_message,
            visitor.viewer_id,
            is_guest=visitor.is_guest,
            address=address_of_socket(self.scope),
        )
        asked = await in_database(asking.ask, self.conversation_id, frame)
        await turns.stop_superseded(self.conversation_id)
        await turns.start(asked)

    async def visitor(self) -> opening.Visitor | None:
        """Return who is here, as the database knows it now: sessions end and accounts close."""
        self.checked_at = time.monotonic()
        return await in_database(
            opening.owner_of, self.conversation_id, self.scope["session"].session_key
        )

    async def may_still_hear(self) -> bool:
        """Whether to send what the group hears; a session that ended closes its sockets."""
        if time.monotonic() - self.checked_at < RECHECK_S:
            return True
        if await self.visitor() is not None:
            return True
        await self.close(NOT_YOURS)
        return False

    async def catch_up(self) -> None:
        """Send what the page missed since it was rendered, or since the connection was lost."""
        known = parse_qs(self.scope["query_string"].decode("ascii", "replace"))
        html = await in_database(
            opening.missed_since,
            self.conversation_id,
            after=known.get("after", ["0"])[0],
            settled=known.get("settled") == ["1"],
        )
        await self.send(html.text)
        await self.note_shown(html.slate_ids)

    async def note_shown(self, slate_ids: list[int]) -> None:
        """Exposure is what was really sent to an open page."""
        if slate_ids:
            await in_database(opening.note_shown, slate_ids)

    # --- what the group hears: from `chat.turns`, and from the workers that write reasons ---

    async def turn_fragment(self, event: dict[str, Any]) -> None:
        if not await self.may_still_hear():
            return
        await self.send(event["html"])
        if event["slate_id"] is not None:
            await self.note_shown([event["slate_id"]])

    async def reason_progress(self, event: dict[str, Any]) -> None:
        if await self.may_still_hear():
            await self.send(fragments.reason(Reason(event["pick_id"], event["text"], "writing")))

    async def reason_final(self, event: dict[str, Any]) -> None:
        if not await self.may_still_hear():
            return
        state: ReasonState = "generated" if event["status"] == "generated" else "template"
        html = fragments.reason(Reason(event["pick_id"], event["text"], state))
        if event["remaining"] == 0:
            html += await in_database(opening.composer_html, self.conversation_id)
        await self.send(html)
