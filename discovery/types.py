"""The frozen types that flow through the pipeline: Query -> Candidate -> Slate -> Pick.

`Query` itself is in `genrec.contract`, because the model is trained to write it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from catalog.facts import TitleFacts
from discovery.tracing import Trace
from genrec.contract import EventKind, Query

__all__ = [
    "Candidate",
    "Choice",
    "Clarification",
    "Correction",
    "DiscoveryRequest",
    "Event",
    "Finished",
    "Pick",
    "PipelineEvent",
    "Query",
    "Relaxation",
    "ScoredBy",
    "Slate",
    "SlateReady",
    "Surface",
    "Understood",
]

ScoredBy = Literal["genrec", "retrieval"]
# Where a slate is shown: the chat, a title's page ("more like this"), the home page.
Surface = Literal["chat", "title", "home"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a viewer's history, oldest first in sequences of them."""

    title_id: int
    kind: EventKind
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DiscoveryRequest:
    """One question: what was said, by whom, after what."""

    request_id: UUID
    text: str
    history: tuple[Event, ...] = ()
    # The conversation's Query so far: a refinement is a patch on it.
    previous: Query | None = None
    # Set when a chip was touched: the Query is given, nothing is parsed, GenRec isn't asked.
    query: Query | None = None
    # The message that the conversation's wish was said in, if it still says what is meant: a click
    # that takes no word of it back, or "more", searches by it again.
    behind: str = ""
    # What the viewer said before, oldest first, without this message.
    earlier: tuple[str, ...] = ()
    # True takes every word as it is spelt: "search instead for ...".
    literal: bool = False
    # True if one of the last turns asked the viewer something: then this one doesn't.
    asked_lately: bool = False
    # The questions that this conversation was asked already: never the same twice.
    asked: tuple[str, ...] = ()
    # Titles that this conversation has shown already: not shown again.
    shown: frozenset[int] = frozenset()
    # The last slate's titles in the order of the cards: "more like the second", "older ones".
    last_picks: tuple[int, ...] = ()
    count: int = 6
    use_genrec: bool = True
    # Sources of retrieval that neither propose nor score: what is each of them worth?
    without: frozenset[str] = frozenset()
    surface: Surface = "chat"
    # True lets the last card be drawn from the next best, where the setting allows it.
    explore: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A title that could fit, with its score from each source that found it."""

    title_id: int
    score: float
    slot: int | None = None
    scored_by: ScoredBy = "retrieval"
    # Source name (dense, text, linked, more_like, popular, catalog_head) -> its own score.
    sources: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pick:
    """A title in a slate. `pick_id` is set once recorded."""

    title: TitleFacts
    position: int
    score: float
    scored_by: ScoredBy
    template_reason: str
    # The probability that the policy showed this title here; exactly 1 where nothing is drawn.
    propensity: float = 1.0
    sources: Mapping[str, float] = field(default_factory=dict)
    pick_id: int | None = None
    # Drawn to learn about, not only for its score.
    explored: bool = False


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A one-click way to more titles: ask `query` (as a removed chip does) to get `gains` more."""

    label: str
    query: Query
    gains: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A spelling that was read as another: "showing results for ..., search instead for ..."."""

    said: str
    read_as: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tap: a label, and the whole Query that it asks, without parsing anything."""

    label: str
    query: Query


@dataclass(frozen=True, slots=True)
class Clarification:
    """The one question that would help most, with answers to tap."""

    question: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Slate:
    """What we answer with. `left_out` counts titles by the reason they were dropped for."""

    request_id: UUID
    revision: int
    query: Query
    picks: tuple[Pick, ...]
    scored_by: ScoredBy
    policy_version: str
    left_out: Mapping[str, int]
    # Sentences for the viewer, such as "GenRec is warming up, so this is plain search."
    notes: tuple[str, ...] = ()
    # Offered when few or no titles are left: "Also show titles whose gore is unknown".
    relaxations: tuple[Relaxation, ...] = ()
    # Things to type next, when there was no wish to answer (a greeting).
    suggestions: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    clarification: Clarification | None = None
    # Directions that a broad wish could take; each would bring at least five titles.
    angles: tuple[Choice, ...] = ()
    surface: Surface = "chat"


@dataclass(frozen=True, slots=True)
class Understood:
    """The Query is known, first from the lexical parser, then refined by GenRec."""

    query: Query
    origin: Literal["lexical", "genrec", "chip"]
    # Nobody could read the message.
    unread: bool = False


@dataclass(frozen=True, slots=True)
class SlateReady:
    """Revision 0 comes first; GenRec's parse may bring a revision 1 that replaces it.

    `trace` is what has happened so far: a turn that is stopped here keeps at least that.
    """

    slate: Slate
    trace: Trace


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more will come. `trace` has the stages, timings, candidates and fallbacks."""

    trace: Trace


PipelineEvent = Understood | SlateReady | Finished
