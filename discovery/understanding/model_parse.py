"""Ask GenRec's text head what a message means, under a schema.

The schema holds the soft fields that rules read worst and a few hard ones, with short keys: on a
CPU every generated token costs about 50 ms. What comes back is a proposal; `merging` decides.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from django.conf import settings
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from discovery.genrec_chat import ChatGenRec
from discovery.genrec_client import GenRecClient, GenRecUnavailable
from genrec.contract import MAX_WISH_CHARS

MAX_PARSE_TOKENS = 60

_Words = Annotated[str, StringConstraints(max_length=40)]


class WrittenQuery(BaseModel):
    """What GenRec may write of a Query. Unknown keys are dropped before validation."""

    model_config = ConfigDict(extra="ignore")

    moods: list[_Words] = Field(default_factory=list, max_length=3)
    themes: list[_Words] = Field(default_factory=list, max_length=3)
    like: list[_Words] = Field(default_factory=list, max_length=2)
    people: list[_Words] = Field(default_factory=list, max_length=2)
    genres: list[_Words] = Field(default_factory=list, max_length=2)
    no: list[_Words] = Field(default_factory=list, max_length=2)


_PROMPT = ChatPromptTemplate.from_messages(
    [
        (
            "system",
            "Write what the viewer asks for as JSON with the keys moods, themes, like, people, "
            "genres, no. Copy the viewer's own words. Leave a list empty if nothing was said.",
        ),
        ("human", "a gloomy detective film like Seven but no romance"),
        (
            "ai",
            '{{"moods":["gloomy"],"themes":["detective"],"like":["Seven"],"people":[],'
            '"genres":[],"no":["romance"]}}',
        ),
        ("human", "{message}"),
    ]
)


async def parse_with_genrec(genrec: GenRecClient, message: str) -> WrittenQuery:
    """Return what GenRec reads in a message.

    Raises:
        GenRecUnavailable: no answer, or none under the schema.
        TimeoutError: over `GENREC_PARSE_TIMEOUT_S`.
    """
    chat = ChatGenRec(client=genrec, max_tokens=MAX_PARSE_TOKENS, temperature=0.0, seed=0)
    chain = _PROMPT | chat.with_structured_output(WrittenQuery)
    async with asyncio.timeout(settings.GENREC_PARSE_TIMEOUT_S):
        written = await chain.ainvoke({"message": message[:MAX_WISH_CHARS]})
    if not isinstance(written, WrittenQuery):
        raise GenRecUnavailable("GenRec wrote no Query")
    return written
