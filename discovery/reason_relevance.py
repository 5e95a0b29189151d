"""Does a generated sentence say why? True but idle sentences lose to the template reason.

"The Witch is a horror film made in 2015" is true of many films. Where the facts given to the model
link the title to the wish by its description or its people, the sentence has to keep one link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.text import fold
from discovery.template_reasons import ReasonContext, described_terms

_KIND_WORDS = {
    "film": re.compile(r"\b(?:tv )?(?:series|show|sitcom|miniseries)\b"),
    "series": re.compile(r"\b(?:films?|movies?|pictures?|flicks?)\b"),
}


def check_kind(sentence: str, context: ReasonContext) -> str:
    """Say if a series is called a film, or a film a series; names and terms may hold the word."""
    named = " ".join((context.facts.name, *context.facts.tags, *_references(context)))
    match = _KIND_WORDS[context.facts.kind].search(sentence.lower())
    if match is None or fold(match[0]) in fold(named).split():
        return ""
    return f"calls a {context.facts.kind} {match[0]!r}"


def check_relevance(sentence: str, context: ReasonContext) -> str:
    """Say if the sentence drops every link to the wish that it was given."""
    links = list(_links(context))
    text = f" {fold(sentence)} "
    if not links or any(f" {fold(link)} " in text for link in links):
        return ""
    return "says nothing of the wish"


def _links(context: ReasonContext) -> Iterator[str]:
    """Yield what the wish and the title share, as words that a sentence would hold."""
    facts, query = context.facts, context.query
    yield from described_terms(context)
    people = {*facts.directors, *facts.cast, *facts.writers}
    yield from (ref.text for ref in (*query.people_required, *query.people) if ref.text in people)


def _references(context: ReasonContext) -> list[str]:
    return [title.name for title in (*context.references, *context.liked)]
