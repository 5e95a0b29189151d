"""A question in, a slate out: the stages of one turn, in order, on one screen.

    understand -> retrieve -> rerank -> select -> explain      (revision 0, a few hundred ms)
    parse with GenRec -> if that changes the Query: all again  (revision 1, seconds later)

Every stage is timed in the trace, and every weaker path that answered is listed in its
fallbacks. Closing the generator at any point cancels what runs; nothing is left behind.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from catalog.embedding import EmbedderUnavailable
from catalog.facts import TitleFacts, load_facts
from catalog.models import Title
from discovery import answers
from discovery.counting import Counted, count_matches
from discovery.eligibility import eligibility_of
from discovery.genrec_client import GenRecClient, GenRecUnavailable, shared_genrec
from discovery.history import load_slots, ranking_history
from discovery.policy import policy_version
from discovery.reranking import RerankCandidates, Reranked
from discovery.retrieval import RetrieveCandidates, Retrieved
from discovery.selection import SHORTLIST, Selected, select, select_surprise
from discovery.template_reasons import ReasonContext, template_reason
from discovery.threads import in_database
from discovery.tracing import Trace
from discovery.types import (
    Candidate,
    DiscoveryRequest,
    Finished,
    Pick,
    PipelineEvent,
    Relaxation,
    Slate,
    SlateReady,
    Understood,
)
from discovery.understanding.conversation import understand_turn
from discovery.understanding.lexical import Parsed
from discovery.understanding.merging import merge_labels, titles_among
from discovery.understanding.model_parse import label_words, unread_words
from discovery.wording import wish_text
from genrec.contract import HistoryEvent, Query

logger = logging.getLogger(__name__)

TRACED_CANDIDATES = 50


async def discover(
    request: DiscoveryRequest, *, genrec: GenRecClient | None = None
) -> AsyncGenerator[PipelineEvent, None]:
    """Answer one question: Understood and SlateReady, perhaps a second time, then Finished.

    A request that brings its own Query (a removed chip) is neither parsed nor refined.
    """
    turn = Turn(request, genrec or shared_genrec())
    parsed = await turn.understand()
    yield Understood(parsed.query, "chip" if request.query is not None else "lexical")
    yield SlateReady(await turn.answer(parsed, revision=0))
    refined = await turn.refine(parsed)
    if refined is not None:
        yield Understood(refined.query, "genrec")
        yield SlateReady(await turn.answer(refined, revision=1))
    await turn.complete_trace()
    yield Finished(turn.trace)


@dataclass(slots=True)
class _Found:
    """What the database work of one answer brings back."""

    counted: Counted
    retrieved: Retrieved
    history: tuple[HistoryEvent, ...]
    fallback: str = ""


@dataclass(slots=True)
class Turn:
    """One question on its way: the request, the server and the trace."""

    request: DiscoveryRequest
    genrec: GenRecClient
    trace: Trace = field(default_factory=Trace)
    ranked: list[Candidate] = field(default_factory=list)

    async def understand(self) -> Parsed:
        request = self.request
        with self.trace.stage("understanding") as notes:
            if request.query is not None:
                parsed = Parsed(request.query)
            else:
                parsed = await in_database(
                    understand_turn, request.text, request.previous, request.last_picks
                )
            notes["query"] = parsed.query.said()
            notes["origin"] = "chip" if request.query is not None else "lexical"
        return parsed

    async def refine(self, parsed: Parsed) -> Parsed | None:
        """Ask GenRec what the message means; None if that changes nothing."""
        request, query = self.request, parsed.query
        unasked = request.query is not None or not request.use_genrec
        if unasked or answers.note_without_search(query.intent) is not None:
            return None
        with self.trace.stage("model_parse") as notes:
            words = unread_words(query)
            if not words:
                notes["skipped"] = "the rules have read every word"
                return None
            titles = await in_database(titles_among, words)
            try:
                labels = await label_words(self.genrec, request.text, words, titles)
            except (GenRecUnavailable, TimeoutError) as error:
                self._fall_back(f"model_parse: {error or 'GenRec took too long'}")
                return None
            merged = merge_labels(query, labels, request.text, titles)
            notes |= {
                "written": labels,
                "accepted": merged.accepted,
                "rejected": merged.rejected,
                "query": merged.query.said(),
            }
        return Parsed(merged.query, parsed.notes) if merged.accepted else None

    async def answer(self, parsed: Parsed, *, revision: int) -> Slate:
        """Return a slate for a Query."""
        query = parsed.query
        if (note := answers.note_without_search(query.intent)) is not None:
            return self._slate(query, revision, notes=(note,), suggestions=answers.STARTERS)
        count = query.count or self.request.count
        found = await self._retrieve(query)
        reranked = await self._rerank(query, found)
        picks = await self._pick(query, reranked, count)
        relaxations = answers.relaxations_for(query, found.counted) if len(picks) < count else []
        without_genrec = not reranked.by_genrec and self.request.use_genrec and bool(picks)
        notes = answers.all_notes(
            parsed.notes,
            answers.note_of_counts(query, found.counted, len(picks), count),
            [answers.note_without_genrec(reranked.condition)] if without_genrec else [],
        )
        return self._slate(
            query,
            revision,
            picks,
            found.counted.left_out,
            reranked.by_genrec,
            notes,
            tuple(relaxations),
        )

    async def _retrieve(self, query: Query) -> _Found:
        with self.trace.stage("retrieval") as notes:
            found = await in_database(_search, query, self.request)
            if found.fallback:
                self._fall_back(found.fallback)
            notes |= {
                "matching": found.counted.matching,
                "found": dict(found.retrieved.found),
                "routes": dict(found.retrieved.routes),
                "candidates": len(found.retrieved.candidates),
            }
        self.trace.left_out = dict(found.counted.left_out)
        return found

    async def _rerank(self, query: Query, found: _Found) -> Reranked:
        candidates = found.retrieved.candidates
        if not self.request.use_genrec:
            return Reranked(candidates, by_genrec=False)
        with self.trace.stage("reranking") as notes:
            rerank = RerankCandidates(self.genrec, settings.GENREC_RANK_TIMEOUT_S)
            reranked = await rerank(wish_text(query), found.history, candidates)
            notes |= {"scored_by": "genrec" if reranked.by_genrec else "retrieval"}
            notes |= reranked.details
        if reranked.fallback:
            self._fall_back(reranked.fallback)
        return reranked

    async def _pick(self, query: Query, reranked: Reranked, count: int) -> tuple[Pick, ...]:
        candidates = reranked.candidates
        with self.trace.stage("selection") as notes:
            references = [ref.title_id for ref in query.like if ref.title_id]
            liked = [e.title_id for e in self.request.history if e.kind == "liked"][-20:]
            shortlist = candidates[: max(SHORTLIST, 2 * count)]
            ids = [c.title_id for c in shortlist]
            facts = await in_database(load_facts, [*ids, *references, *liked])
            mentioned = tuple(facts[pk] for pk in references if pk in facts)
            if query.intent == "surprise":
                seed = str(self.request.request_id)
                chosen = select_surprise(shortlist, facts, count=count, seed=seed)
            else:
                chosen = select(shortlist, facts, count=count, mentioned=mentioned)
            notes["chosen"] = [item.candidate.title_id for item in chosen]
        self.ranked = candidates[:TRACED_CANDIDATES]
        known = tuple(facts[pk] for pk in liked if pk in facts)
        return tuple(
            _pick_of(item, position, facts, query, mentioned, known)
            for position, item in enumerate(chosen)
        )

    def _slate(
        self,
        query: Query,
        revision: int,
        picks: tuple[Pick, ...] = (),
        left_out: dict[str, int] | None = None,
        by_genrec: bool = False,
        notes: tuple[str, ...] = (),
        relaxations: tuple[Relaxation, ...] = (),
        suggestions: tuple[str, ...] = (),
    ) -> Slate:
        return Slate(
            request_id=self.request.request_id,
            revision=revision,
            query=query,
            picks=picks,
            scored_by="genrec" if by_genrec else "retrieval",
            policy_version=policy_version(),
            left_out=left_out or {},
            notes=notes,
            relaxations=relaxations,
            suggestions=suggestions,
        )

    async def complete_trace(self) -> None:
        """Say in the trace what was ranked and what answered. Nobody waits for it any more."""
        self.trace.candidates = await in_database(_traced, self.ranked)
        self.trace.versions["policy"] = policy_version()
        if not self.request.use_genrec:
            return
        try:
            state = await self.genrec.state()
        except GenRecUnavailable as error:
            self.trace.versions["genrec"] = f"unknown: {error}"
            return
        self.trace.versions |= {
            "genrec": state.model,
            "base": state.base,
            "artefact": state.artefact,
            "embedding": state.embedding_version,
            "rows": str(state.rows_version),
        }

    def _fall_back(self, what: str) -> None:
        logger.warning("fallback: request=%s %s", self.request.request_id, what)
        self.trace.fallbacks.append(what)


def _search(query: Query, request: DiscoveryRequest) -> _Found:
    """Count, retrieve and look up slots in one visit to the database."""
    eligibility = eligibility_of(query, request.history, request.shown)
    counted = count_matches(eligibility)
    fallback = ""
    retrieve = RetrieveCandidates(query, request.history, eligibility, counted.matching)
    try:
        retrieved = retrieve()
    except EmbedderUnavailable as error:
        fallback = f"retrieval: searched without meaning: {error}"
        retrieved = RetrieveCandidates(
            query, request.history, eligibility, counted.matching, use_embedder=False
        )()
    references = [ref.title_id for ref in query.like if ref.title_id]
    slots = load_slots([*(event.title_id for event in request.history), *references])
    history = ranking_history(request.history, query.like, slots)
    return _Found(counted, retrieved, history, fallback)


def _traced(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
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


def _pick_of(
    item: Selected,
    position: int,
    facts: dict[int, TitleFacts],
    query: Query,
    mentioned: Sequence[TitleFacts],
    liked: Sequence[TitleFacts],
) -> Pick:
    candidate = item.candidate
    title = facts[candidate.title_id]
    return Pick(
        title=title,
        position=position,
        score=candidate.score,
        scored_by=candidate.scored_by,
        template_reason=template_reason(
            ReasonContext(title, query, tuple(mentioned), tuple(liked))
        ),
        propensity=item.propensity,
        sources=candidate.sources,
    )
