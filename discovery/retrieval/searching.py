"""The database work of one answer, in as few visits as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.embedding import EmbedderUnavailable
from catalog.models import Title
from discovery.answers.angles import angles_of
from discovery.answers.counting import Counted, count_matches
from discovery.curation import Curation, Rule, kept_out, load_curation
from discovery.history import load_slots, ranking_history
from discovery.retrieval.candidates import RetrieveCandidates, Retrieved
from discovery.retrieval.eligibility import eligibility_of
from discovery.types import Candidate, Choice, DiscoveryRequest, Query
from discovery.wording import spoken_words
from genrec.contract import HistoryEvent


@dataclass(frozen=True, slots=True)
class Found:
    """What the database work of one answer brings back."""

    counted: Counted
    retrieved: Retrieved
    # What retrieved them: it can score others alike.
    retrieve: RetrieveCandidates
    history: tuple[HistoryEvent, ...]
    # Events at the end of the history that are titles to be like.
    n_references: int
    curation: Curation
    # The editors' rules that this answer felt.
    applied: tuple[Rule, ...]
    # Directions that a broad wish could take.
    angles: tuple[Choice, ...] = ()
    fallback: str = ""


def search(query: Query, request: DiscoveryRequest) -> Found:
    """Count, retrieve and look up slots in one visit to the database."""
    curation = load_curation()
    eligibility = eligibility_of(query, request.history, request.shown, curation.blocked)
    counted = count_matches(eligibility)
    fallback = ""
    retrieve = RetrieveCandidates(
        query,
        request.history,
        eligibility,
        counted.matching,
        boosts=curation.boosts,
        without=request.without,
        spoken=spoken_words(query, request),
    )
    try:
        retrieved = retrieve()
    except EmbedderUnavailable as error:
        fallback = f"retrieval: searched without meaning: {error}"
        retrieve = replace(retrieve, use_embedder=False, found={}, routes={})
        retrieved = retrieve()
    references = [ref.title_id for ref in query.like if ref.title_id]
    slots = load_slots([*(event.title_id for event in request.history), *references])
    history = ranking_history(request.history, query.like, slots)
    n_references = sum(pk in slots for pk in references)
    ranked = (candidate.title_id for candidate in retrieved.candidates)
    applied = curation.applied(ranked, kept_out(curation, eligibility))
    angles = angles_of(query, retrieved.candidates, counted.matching)
    return Found(
        counted=counted,
        retrieved=retrieved,
        retrieve=retrieve,
        history=history,
        n_references=n_references,
        curation=curation,
        applied=tuple(applied),
        angles=angles,
        fallback=fallback,
    )


def traced(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """Return candidates as the trace keeps them: with names, as JSON types."""
    titles = Title.objects.in_bulk([candidate.title_id for candidate in candidates])
    return [
        {
            "title_id": c.title_id,
            "title": str(titles[c.title_id]),
            "score": c.score,
            "scored_by": c.scored_by,
            "sources": dict(c.sources),
        }
        for c in candidates
        if c.title_id in titles
    ]
