"""Answers that bring no titles: facts of one, what is noted of a verdict, what is known of a taste.

All of it is read from the catalogue's rows and the viewer's own history by fixed sentences, so
nothing can be made up. A fact that the catalogue lacks is said to be unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import get_args

from catalog.facts import TitleFacts, load_facts
from catalog.models import Title
from discovery.answers import notes
from discovery.answers.title_facts import said_of_title
from discovery.types import DiscoveryRequest, Event
from discovery.understanding.lexical import Parsed
from discovery.wording import listed
from genrec.contract import EventKind, Intent, Query, TitleRef

# Turns that wish for nothing: the model is not asked what they mean.
NO_WISH: frozenset[Intent] = frozenset(
    {"chitchat", "out_of_scope", "malicious", "ask_title", "taste", "feedback"}
)
KINDS_IN_ORDER: tuple[EventKind, ...] = get_args(EventKind)
TOP_NAMED = 3
MIN_TIMES = 2
WHICH_TITLE = "I'm not sure which title you mean. Name it, or say “the second one”."
NOTHING_NOTED = (
    "I couldn't tell which title you mean. Say “I loved the second one”, or use the buttons on "
    "its card."
)
NO_TASTE = (
    "Nothing yet: you have marked no titles here. Like, dislike or mark titles as seen, or import "
    "a history on the page “Your history”."
)
WHERE_TASTE = "“Your history” lists all of it; what you remove there is forgotten."


def answer_aside(request: DiscoveryRequest, parsed: Parsed) -> tuple[str, ...] | None:
    """Return what to say to a turn that brings no titles; None for one that does. Reads the
    database for questions of titles and of taste."""
    query = parsed.query
    match query.intent:
        case "ask_title":
            return answer_of_titles(parsed.message or request.text, parsed.about)
        case "taste":
            return answer_of_taste(request.history)
    if parsed.unread and query.intent == "chitchat":
        return (notes.NOTHING_READ,)
    note = notes.note_without_search(query.intent)
    return None if note is None else (note,)


def answer_of_titles(question: str, about: Sequence[int]) -> tuple[str, ...]:
    """Answer a question about published titles from their rows, one sentence or two for each."""
    found = Title.objects.published().filter(pk__in=about).defer("embedding", "search")
    titles, facts = {title.pk: title for title in found}, load_facts(about)
    known = [pk for pk in about if pk in titles and pk in facts]
    said = tuple(said_of_title(question, titles[pk], facts[pk]) for pk in known)
    return said or (WHICH_TITLE,)


def notes_of_turn(request: DiscoveryRequest, query: Query) -> list[str]:
    """Return what a slate says first: what was noted of a verdict."""
    if query.intent != "feedback" or request.query is not None:
        return []
    return notes_of_feedback(request.previous, query) or [NOTHING_NOTED]


def notes_of_feedback(previous: Query | None, query: Query) -> list[str]:
    """Say what a verdict has changed: which titles are to be like, unlike, and left out."""
    before = previous or Query()
    noted = []
    if liked := _new(before.like, query.like):
        noted.append(f"Noted that you liked {_titles(liked)}: these go in that direction.")
    if unliked := _new(before.unlike, query.unlike):
        noted.append(f"Noted that you didn't like {_titles(unliked)}: nothing like that from here.")
    spoken = {ref.title_id for ref in (*liked, *unliked)}
    gone = [
        r for r in _new(before.exclude_titles, query.exclude_titles) if r.title_id not in spoken
    ]
    if gone:
        noted.append(f"Noted that you have seen {_titles(gone)}: left out from here.")
    return noted


def answer_of_taste(history: Sequence[Event]) -> tuple[str, ...]:
    """Sum up a viewer's own history by counts: how much, which genres, decades and people."""
    if not history:
        return (NO_TASTE,)
    kinds = Counter(event.kind for event in history)
    parts = [f"{kinds[kind]} {kind}" for kind in KINDS_IN_ORDER if kinds[kind]]
    counted = f"What I have to go by: {listed(parts)}."
    for_taste = dict.fromkeys(e.title_id for e in history if e.kind != "disliked")
    titles = list(load_facts(for_taste, published_only=True).values())
    return (counted, *_tops(titles), WHERE_TASTE)


def _tops(titles: Sequence[TitleFacts]) -> list[str]:
    genres = _top(genre for title in titles for genre in title.genres)
    decades = _top(f"the {title.year // 10 * 10}s" for title in titles if title.year)
    people = _top(
        name for title in titles for name in dict.fromkeys((*title.directors, *title.cast))
    )
    said = []
    if genres:
        said.append(f"Most often {genres}.")
    if decades:
        said.append(f"Most of them are from {decades}.")
    if people:
        said.append(f"People you come back to: {people}.")
    return said


def _top(names: Iterable[str]) -> str:
    """Return "Comedy (9), Drama (4)": the most frequent names that occur more than once."""
    counted = [item for item in Counter(names).items() if item[1] >= MIN_TIMES]
    counted.sort(key=lambda item: (-item[1], item[0]))
    return listed(f"{name} ({times})" for name, times in counted[:TOP_NAMED])


def _new(before: Sequence[TitleRef], after: Sequence[TitleRef]) -> list[TitleRef]:
    known = {ref.title_id or ref.text for ref in before}
    return [ref for ref in after if (ref.title_id or ref.text) not in known]


def _titles(refs: Iterable[TitleRef]) -> str:
    return listed(ref.text for ref in refs)
