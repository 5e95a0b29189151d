"""One clarifying question with answers to tap: its prompt and schema.

An answer is a message like any other when it is tapped, so it must be something that the parser
reads ("Under 90 minutes"), not a yes or a no. The text head is trained on this prompt; the
application does not send it yet.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel, ConfigDict, Field

from genrec.contract import MAX_WISH_CHARS

_PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", "Ask one short question about this vague film wish, with two to four answers."),
        ("human", "{wish}"),
    ]
)


class Clarification(BaseModel):
    """What the text head writes: a question, and answers to tap."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ask: str = Field(min_length=5, max_length=60)
    options: Annotated[
        tuple[Annotated[str, Field(min_length=2, max_length=30)], ...],
        Field(min_length=2, max_length=4),
    ]


def clarify_messages(wish: str) -> list[BaseMessage]:
    """Return the prompt for a wish that says too little."""
    return _PROMPT.format_messages(wish=wish[:MAX_WISH_CHARS])


def clarification_text(ask: str, options: Sequence[str]) -> str:
    """Return the JSON as the text head is trained to write it.

    Raises:
        pydantic.ValidationError: too long, or not two to four options.
    """
    written = Clarification(ask=ask, options=tuple(options))
    return json.dumps(written.model_dump(mode="json"), ensure_ascii=False)
