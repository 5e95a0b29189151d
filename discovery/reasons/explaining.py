"""Generated reasons: GenRec writes one sentence for each pick, from facts alone.

What it writes is unchecked here: `grounding` accepts a sentence only if every word of it is backed.
Until then, and otherwise, the template reason stands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate

from catalog.facts import TitleFacts, load_facts
from discovery import models
from discovery.genrec_chat import ChatGenRec
from discovery.genrec_client import GenRecClient, shared_genrec
from discovery.history import load_history
from discovery.reasons.templates import ReasonContext, links_of, template_reason, what_it_is
from discovery.threads import in_database
from genrec.contract import Query

__all__ = [
    "ReasonContext",
    "aload_context",
    "load_context",
    "prompt_facts",
    "reason_messages",
    "stream_reason",
    "template_reason",
]

MAX_REASON_TOKENS = 48
MAX_NAMED_HISTORY = 20

# No examples: the text head is trained on this very prompt (`discovery.language`), and every token
# of it is read again for each card.
_PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", "Say in one short sentence why this title fits. Use only the facts given."),
        ("human", "Title: {title}\nFacts: {facts}"),
    ]
)


async def stream_reason(
    context: ReasonContext, *, genrec: GenRecClient | None = None
) -> AsyncIterator[str]:
    """Yield GenRec's sentence for a pick, piece by piece.

    Closing the generator, or cancelling its task, stops the generation in vLLM.

    Raises:
        GenRecUnavailable: no answer, an error, or a broken stream.
    """
    chat = ChatGenRec(
        client=genrec or shared_genrec(),
        max_tokens=MAX_REASON_TOKENS,
        temperature=0.2,
        seed=context.facts.title_id,
    )
    async for chunk in chat.astream(reason_messages(context), stop=["\n"]):
        if chunk.content:
            yield str(chunk.content)


def reason_messages(context: ReasonContext) -> list[BaseMessage]:
    """Return the prompt for one pick: training examples are built of the same."""
    return _PROMPT.format_messages(title=context.facts.name, facts=prompt_facts(context))


def prompt_facts(context: ReasonContext) -> str:
    """Return the facts that the sentence may use, in one line.

    A director is always among them: without one, the model remembers somebody. "Directed by" is
    said only of one that the viewer asked for.
    """
    links = links_of(context)
    director = context.facts.directors[:1]
    if director and director[0] not in ", ".join(links):
        links = [*links[:3], f"director {director[0]}"]
    return ", ".join([what_it_is(context), *links[:4]])


def load_context(pick: models.Pick) -> ReasonContext:
    """Gather what the reason of a recorded pick may speak of. Database work."""
    query = Query.model_validate(pick.slate.query)
    history = load_history(pick.slate.viewer) if pick.slate.viewer is not None else []
    liked = [e.title_id for e in history if e.kind == "liked"][-MAX_NAMED_HISTORY:]
    references = [ref.title_id for ref in query.like if ref.title_id]
    own = load_facts([pick.title_id])
    facts = load_facts([*references, *liked], published_only=True)
    return ReasonContext(
        facts=own[pick.title_id],
        query=query,
        references=_present(references, facts),
        liked=_present(liked, facts),
    )


async def aload_context(pick_id: int) -> ReasonContext:
    """As `load_context`, from the event loop."""

    def load() -> ReasonContext:
        pick = models.Pick.objects.select_related("slate__viewer").get(pk=pick_id)
        return load_context(pick)

    return await in_database(load)


def _present(title_ids: Sequence[int], facts: dict[int, TitleFacts]) -> tuple[TitleFacts, ...]:
    return tuple(facts[title_id] for title_id in title_ids if title_id in facts)
