"""One training example of a language task, and the split that keeps some of them unseen.

A seed is what a person wrote; its expansions say the same of other titles or in other words. They
all fall on the side of their seed, so that what is held out is new in words, not only in names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from langchain_core.messages import BaseMessage

from discovery.genrec_chat import wire_message

# Percent of the seeds that are never trained on.
HELD_OUT_PERCENT = 15


class LanguageExample(TypedDict):
    """A prompt and the answer to learn. One line of JSON each.

    Parse and reason prompts are exactly what the application sends; those of the other tasks, what
    it would send: it does not ask for them yet.
    """

    id: str
    task: str
    messages: list[dict[str, str]]
    answer: str
    held_out: bool
    schema: NotRequired[Mapping[str, Any]]


def is_held_out(seed_id: str) -> bool:
    """Say on which side a seed falls: by its hash, so that adding seeds moves no other."""
    return number_of(f"held out {seed_id}") % 100 < HELD_OUT_PERCENT


def number_of(text: str) -> int:
    """Return a number that looks random and stays the same: orders and splits by hash."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def wire_messages(messages: Sequence[BaseMessage]) -> list[dict[str, str]]:
    """Return prompt messages in the form in which `ChatGenRec` sends them."""
    return [wire_message(message) for message in messages]
