"""Ranked candidates -> Picks: what may be shown, the slate chosen from it, and a reason for each.

All of it in one visit to the database, in a thread: the facts still missing, the guard, what is
known of the titles that the last card may go to, and the small programme that chooses.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from catalog.facts import TitleFacts, load_facts
from discovery.exploration import explore, load_posteriors, pool_of
from discovery.reasons.explaining import MAX_NAMED_HISTORY
from discovery.reasons.templates import ReasonContext, template_reason
from discovery.retrieval.eligibility import Eligibility, eligibility_of
from discovery.retrieval.title_sets import is_among
from discovery.selection import Conflict, Selected, Selection, select, select_surprise, shape_of
from discovery.selection.choosing import SHORTLIST
from discovery.selection.shape import Shape
from discovery.types import Candidate, DiscoveryRequest, Pick, Query

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picked:
    """The picks of a slate, and what the trace and the notes say of the choice."""

    picks: tuple[Pick, ...]
    shape: Shape
    conflict: Conflict | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    # Set if the solver gave up, or if candidates came here that no slate may show: a fault of an
    # earlier stage.
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class PickTitles:
    """Choose the picks of one request. Synchronous database work: call it in a thread."""

    query: Query
    request: DiscoveryRequest
    # Titles that editors have blocked.
    blocked: frozenset[int] = frozenset()

    def __call__(self, candidates: Sequence[Candidate], facts: Mapping[int, TitleFacts]) -> Picked:
        """Return the picks, best first.

        Args:
            candidates: best first, as ranked.
            facts: of those that are loaded already; the others' are loaded here.
        """
        shape = shape_of(self.query, self.request.count)
        competing = candidates if shape.binds else candidates[: max(SHORTLIST, 2 * shape.count)]
        rules = eligibility_of(self.query, self.request.history, self.request.shown, self.blocked)
        allowed = keep_eligible(competing, rules)
        known = self._with_missing(facts, allowed)
        # Withdrawn between the two looks: nothing is known of it any more.
        allowed = [candidate for candidate in allowed if candidate.title_id in known]
        mentioned = [known[pk] for pk in references_of(self.query) if pk in known]
        selection = self._select(allowed, known, shape, mentioned)
        chosen, exploration = self._explore(selection, known, shape, mentioned)
        notes = {**selection.notes, **exploration}
        notes["chosen"] = [item.candidate.title_id for item in chosen]
        liked = [known[pk] for pk in liked_of(self.request) if pk in known]
        return Picked(
            picks=tuple(
                _pick_of(item, position, known, self.query, mentioned, liked)
                for position, item in enumerate(chosen)
            ),
            shape=shape,
            conflict=selection.conflict,
            notes=notes,
            fallback="; ".join(
                filter(None, (_said_of(len(competing) - len(allowed)), selection.fallback))
            ),
        )

    def _select(
        self,
        candidates: Sequence[Candidate],
        facts: Mapping[int, TitleFacts],
        shape: Shape,
        mentioned: Sequence[TitleFacts],
    ) -> Selection:
        if self.query.intent == "surprise" and not shape.binds:
            seed = str(self.request.request_id)
            return Selection(select_surprise(candidates, facts, count=shape.count, seed=seed))
        return select(candidates, facts, shape, mentioned=mentioned)

    def _explore(
        self,
        selection: Selection,
        facts: Mapping[int, TitleFacts],
        shape: Shape,
        mentioned: Sequence[TitleFacts],
    ) -> tuple[list[Selected], dict[str, Any]]:
        """Let the last card be drawn, where the slate is long enough and asks for no shape."""
        chosen = selection.chosen
        wanted = self.request.explore and settings.EXPLORE
        if not wanted or shape.binds or len(chosen) < shape.count:
            return chosen, {}
        pool = pool_of(chosen, selection.next_best, facts, mentioned)
        if not pool:
            return chosen, {}
        posteriors = load_posteriors([candidate.title_id for candidate in pool])
        explored = explore(chosen, pool, posteriors, str(self.request.request_id))
        return explored.chosen, {"exploration": explored.as_json()}

    def _with_missing(
        self, facts: Mapping[int, TitleFacts], candidates: Sequence[Candidate]
    ) -> dict[int, TitleFacts]:
        missing = [c.title_id for c in candidates if c.title_id not in facts]
        return {**facts, **(load_facts_shown(missing) if missing else {})}


def keep_eligible(candidates: Sequence[Candidate], rules: Eligibility) -> list[Candidate]:
    """Return the candidates that keep every hard wish, whatever stage they came from.

    Retrieval filters with the same conditions. Asked again at the last door, they hold even for a
    title that changed meanwhile, or that a source proposed without asking.
    """
    asked = rules.titles().filter(is_among([c.title_id for c in candidates]))
    allowed = set(asked.order_by().values_list("pk", flat=True))
    return [candidate for candidate in candidates if candidate.title_id in allowed]


def load_facts_shown(title_ids: Sequence[int]) -> dict[int, TitleFacts]:
    """Load what a slate may speak of: a liked title that was withdrawn since is not named."""
    return load_facts(title_ids, published_only=True)


def references_of(query: Query) -> list[int]:
    """Return the titles that the wish is to be like."""
    return [ref.title_id for ref in query.like if ref.title_id]


def liked_of(request: DiscoveryRequest) -> list[int]:
    """Return the titles liked last, which a reason may name."""
    liked = [event.title_id for event in request.history if event.kind == "liked"]
    return liked[-MAX_NAMED_HISTORY:]


def _said_of(dropped: int) -> str:
    if not dropped:
        return ""
    logger.error("selection: %d candidates broke a hard wish and were dropped", dropped)
    return f"selection: {dropped} candidates broke a hard wish and were dropped"


def _pick_of(
    item: Selected,
    position: int,
    facts: Mapping[int, TitleFacts],
    query: Query,
    mentioned: Sequence[TitleFacts],
    liked: Sequence[TitleFacts],
) -> Pick:
    candidate = item.candidate
    title = facts[candidate.title_id]
    context = ReasonContext(title, query, tuple(mentioned), tuple(liked))
    return Pick(
        title=title,
        position=position,
        score=candidate.score,
        scored_by=candidate.scored_by,
        template_reason=template_reason(context),
        propensity=item.propensity,
        sources=candidate.sources,
        explored=item.explored,
    )
