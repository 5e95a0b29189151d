"""Ask GenRec's text head about the words that no rule has read, under a schema.

The model labels each of them: mood, theme, place, title or other. The schema has the viewer's own
words as its keys and the labels as its only values, so a small model can sort what was said and
can't write what wasn't; and it stays short, for on a CPU every generated token costs about 50 ms.
What comes back is a proposal: `merging` decides. Nothing is asked when the rules have read it all.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence
from typing import Any, Literal, get_args

from django.conf import settings
from langchain_core.messages import BaseMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel, Field, create_model

from catalog.text import fold
from discovery.genrec_chat import ChatGenRec
from discovery.genrec_client import GenRecClient
from discovery.understanding.lexicon import COMMON_WORDS, THEME_OF
from genrec.contract import MAX_WISH_CHARS, Query

Label = Literal["mood", "theme", "place", "title", "other"]

# A typical turn leaves up to four words, which take at most 40 tokens to label.
MAX_WORDS = 6
# A word of the answer has its quotes, colon, label and comma beside its own pieces.
TOKENS_AROUND_WORD = 6

_TASK = (
    "Label each word of a film wish. mood: how it feels. theme: what it is about. "
    "place: where it plays. title: a film's name. other: none."
)
# No examples: the model that ships is trained for this prompt (`discovery.language`).
_PROMPT = ChatPromptTemplate.from_messages(
    [SystemMessage(_TASK), ("human", "{message}\nWords: {words}")]
)


def unread_words(query: Query) -> list[str]:
    """Return the words that the rules left and that may mean something; empty if none."""
    words = [word for word in query.text.split() if len(word) > 2]
    # Themes stay in the text, so that their words are searched: "small town" is read all the same.
    read = set(fold(query.evidence.get("themes", "")).split())
    unread = [w for w in words if fold(w) not in THEME_OF and fold(w) not in COMMON_WORDS | read]
    return list(dict.fromkeys(unread))[:MAX_WORDS]


async def label_words(
    genrec: GenRecClient, message: str, words: Sequence[str], titles: Collection[str] = ()
) -> dict[str, Label]:
    """Return GenRec's label of each word.

    Args:
        words: from `unread_words`; at least one.
        titles: those of them that are titles of the catalogue: only they may be labelled so.

    Raises:
        GenRecUnavailable: no answer, or none under the schema.
        TimeoutError: over `GENREC_PARSE_TIMEOUT_S`.
    """
    chat = ChatGenRec(client=genrec, max_tokens=tokens_for(words), temperature=0.0, seed=0)
    chain = chat.with_structured_output(labels_model(words, titles))
    async with asyncio.timeout(settings.GENREC_PARSE_TIMEOUT_S):
        written = await chain.ainvoke(prompt_messages(message, words))
    labels = written.model_dump(by_alias=True) if isinstance(written, BaseModel) else written
    return {word: label for word, label in labels.items() if label in get_args(Label)}


def tokens_for(words: Sequence[str]) -> int:
    """Return how many tokens may be written: no answer for the words takes more.

    An ordinary word is one to three tokens, but accents, capitals and typos can take one a byte,
    and an answer that is cut off is lost. The schema ends it long before that.
    """
    pieces = sum(len(json.dumps(word)) for word in words)
    return 3 + pieces + TOKENS_AROUND_WORD * len(words)


def prompt_messages(message: str, words: Sequence[str]) -> list[BaseMessage]:
    """Return what GenRec is asked: about 60 tokens for a wish of ten words."""
    return _PROMPT.format_messages(message=message[:MAX_WISH_CHARS], words=", ".join(words))


def labels_model(words: Sequence[str], titles: Collection[str] = ()) -> type[BaseModel]:
    """Return a model with one field a word, whose value must be a label.

    Args:
        words: as in `label_words`; each is the alias of a field.
        titles: those of them that may be labelled so.
    """
    fields: dict[str, Any] = {}
    for number, word in enumerate(words):
        labels = get_args(Label) if word in titles else tuple(set(get_args(Label)) - {"title"})
        fields[f"word_{number}"] = (Literal[tuple(sorted(labels))], Field(alias=word))
    return create_model("LabelledWords", **fields)
