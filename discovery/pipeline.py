"""A question in, a slate out: the stages of one turn, in order, on one screen.

    understand -> retrieve -> rerank -> select -> explain      (revision 0, a few hundred ms)
    parse with GenRec -> if that changes the Query: all again  (revision 1, seconds later)

Every stage is timed in the trace, and every weaker path that answered is listed in its
fallbacks. Closing the generator at any point cancels what runs; nothing is left behind.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import Literal

from django.conf import settings

from catalog.facts import TitleFacts
from discovery.answers import titleless
from discovery.answers.clarifying import clarify
from discovery.answers.conflicts import notes_of_choice, offers_for
from discovery.answers.notes import STARTERS, all_notes, note_without_genrec
from discovery.genrec_client import GenRecClient, GenRecUnavailable, shared_genrec
from discovery.picking import Picked, PickTitles, liked_of, load_facts_shown, references_of
from discovery.policy import policy_version
from discovery.recollection import read_as_memory
from discovery.reranking import RerankCandidates, Reranked
from discovery.retrieval.head_source import SOURCE as HEAD
from discovery.retrieval.head_source import Proposed, ask_head, head_prompt, with_proposed
from discovery.retrieval.searching import Found, search, traced
from discovery.threads import in_database
from discovery.tracing import Trace
from discovery.types import (
    Candidate,
    DiscoveryRequest,
    Finished,
    PipelineEvent,
    Slate,
    SlateReady,
    Understood,
)
from discovery.understanding.conversation import understand_turn
from discovery.understanding.lexical import Parsed
from discovery.understanding.merging import merge_labels, titles_among
from discovery.understanding.model_parse import label_words, unread_words
from discovery.wording import wish_text
from genrec.contract import Query

logger = logging.getLogger(__name__)

TRACED_CANDIDATES = 50
FACTS_AHEAD = 40


async def discover(
    request: DiscoveryRequest, *, genrec: GenRecClient | None = None
) -> AsyncGenerator[PipelineEvent, None]:
    """Answer one question: Understood and SlateReady, perhaps a second time, then Finished.

    A request that brings its own Query (a removed chip) is neither parsed nor refined.
    """
    turn = Turn(request, genrec or shared_genrec())
    parsed = await turn.understand()
    origin: Literal["chip", "lexical"] = "chip" if request.query is not None else "lexical"
    yield Understood(parsed.query, origin, unread=parsed.unread)
    yield SlateReady(await turn.answer(parsed, revision=0), turn.trace)
    refined = await turn.refine(parsed)
    if refined is not None:
        yield Understood(refined.query, "genrec")
        yield SlateReady(await turn.answer(refined, revision=1), turn.trace)
    await turn.complete_trace()
    yield Finished(turn.trace)


async def answer_given(
    request: DiscoveryRequest, *, genrec: GenRecClient | None = None
) -> SlateReady:
    """Answer a request that brings its own Query, in one slate: what pages without words ask.

    Raises:
        ValueError: the request has no Query.
    """
    if request.query is None:
        raise ValueError("The request has words to understand: ask `discover`.")
    turn = Turn(request, genrec or shared_genrec())
    slate = await turn.answer(await turn.understand(), revision=0)
    await turn.complete_trace()
    return SlateReady(slate, turn.trace)


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
                    understand_turn,
                    request.text,
                    request.previous,
                    request.last_picks,
                    earlier=request.earlier,
                    literal=request.literal,
                )
                parsed = read_as_memory(parsed, request.text)
                notes["intent_by"] = parsed.intent_by
                notes["cached"] = parsed.remembered
                if parsed.query.intent == "malicious":
                    # Counted by the slate's intent; what was said is nowhere but with the slate.
                    logger.warning("refused: request=%s %s", request.request_id, parsed.intent_by)
                if parsed.corrections:
                    notes["corrections"] = [f"{c.said} -> {c.read_as}" for c in parsed.corrections]
            if parsed.unread:
                notes["unread"] = True
            notes["query"] = parsed.query.said()
            notes["origin"] = "chip" if request.query is not None else "lexical"
        return parsed

    async def refine(self, parsed: Parsed) -> Parsed | None:
        """Ask GenRec what the message means; None if that changes nothing."""
        request, query = self.request, parsed.query
        unasked = request.query is not None or not request.use_genrec
        if unasked or query.intent in titleless.NO_WISH:
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
                self._fall_back(f"model_parse: {str(error) or 'GenRec took too long'}")
                return None
            merged = merge_labels(query, labels, request.text, titles)
            notes |= {
                "written": labels,
                "accepted": merged.accepted,
                "rejected": merged.rejected,
                "query": merged.query.said(),
            }
        return replace(parsed, query=merged.query) if merged.accepted else None

    async def answer(self, parsed: Parsed, *, revision: int) -> Slate:
        """Return a slate for a Query."""
        query = parsed.query
        if self.request.query is None:
            said = await in_database(titleless.answer_aside, self.request, parsed)
            if said is not None:
                # In a conversation its last cards are the way on; not from a refusal.
                alone = self.request.previous is None or query.intent == "malicious"
                starters = STARTERS if alone else ()
                empty = self._empty_slate(query, revision)
                return replace(empty, notes=said, suggestions=starters)
        found = await self._retrieve(query)
        # While GenRec ranks, the database reads what the likeliest cards will say.
        reranked, facts = await asyncio.gather(
            self._rerank(query, found), in_database(load_facts_shown, self._likely(query, found))
        )
        picked = await self._pick(query, reranked, facts, found)
        without_genrec = not reranked.by_genrec and self.request.use_genrec and picked.picks
        notes = all_notes(
            titleless.notes_of_turn(self.request, query),
            parsed.notes,
            notes_of_choice(query, found.counted, picked),
            [note_without_genrec(reranked.condition)] if without_genrec else [],
        )
        clarification = await in_database(
            clarify,
            self.request,
            parsed,
            self.ranked,
            {pick.title.title_id for pick in picked.picks},
            found.counted.matching,
        )
        return replace(
            self._empty_slate(query, revision),
            picks=picked.picks,
            clarification=clarification,
            scored_by="genrec" if reranked.by_genrec else "retrieval",
            left_out=found.counted.left_out,
            notes=notes,
            relaxations=tuple(offers_for(query, found.counted, picked)),
            corrections=parsed.corrections,
            angles=found.angles if picked.picks else (),
            policy_version=policy_version(found.curation.version),
        )

    def _empty_slate(self, query: Query, revision: int) -> Slate:
        return Slate(
            request_id=self.request.request_id,
            revision=revision,
            query=query,
            picks=(),
            scored_by="retrieval",
            policy_version=policy_version(),
            left_out={},
            surface=self.request.surface,
        )

    def _likely(self, query: Query, found: Found) -> list[int]:
        """Return the titles whose facts the slate will probably need."""
        ahead = found.retrieved.candidates[:FACTS_AHEAD]
        return [*(c.title_id for c in ahead), *references_of(query), *liked_of(self.request)]

    async def _retrieve(self, query: Query) -> Found:
        with self.trace.stage("retrieval") as notes:
            asked = asyncio.create_task(self._ask_head(query))
            try:
                found = await in_database(search, query, self.request)
                proposed = await asked
            finally:
                asked.cancel()
            if proposed.slots:
                found = await in_database(with_proposed, found, proposed.slots)
            for fallback in filter(None, (found.fallback, proposed.fallback)):
                self._fall_back(fallback)
            notes |= {
                "matching": found.counted.matching,
                "found": dict(found.retrieved.found),
                "routes": dict(found.retrieved.routes),
                "candidates": len(found.retrieved.candidates),
            }
        self.trace.left_out = dict(found.counted.left_out)
        self.trace.curation = [rule.as_json() for rule in found.applied]
        self.trace.versions["policy"] = policy_version(found.curation.version)
        return found

    async def _ask_head(self, query: Query) -> Proposed:
        if not self.request.use_genrec or HEAD in self.request.without:
            return Proposed()
        wish, history = await in_database(head_prompt, query, self.request)
        timeout_s = settings.GENREC_RANK_TIMEOUT_S
        return await ask_head(self.genrec, wish, history, timeout_s=timeout_s)

    async def _rerank(self, query: Query, found: Found) -> Reranked:
        candidates = found.retrieved.candidates
        if not self.request.use_genrec:
            return Reranked(candidates, by_genrec=False)
        with self.trace.stage("reranking") as notes:
            rerank = RerankCandidates(self.genrec, settings.GENREC_RANK_TIMEOUT_S)
            reranked = await rerank(
                wish_text(query), found.history, candidates, n_references=found.n_references
            )
            notes |= {"scored_by": "genrec" if reranked.by_genrec else "retrieval"}
            notes |= reranked.details
        if reranked.fallback:
            self._fall_back(reranked.fallback)
        return reranked

    async def _pick(
        self, query: Query, reranked: Reranked, facts: dict[int, TitleFacts], found: Found
    ) -> Picked:
        self.ranked = reranked.candidates
        pick_titles = PickTitles(query, self.request, found.curation.blocked)
        with self.trace.stage("selection") as notes:
            picked = await in_database(pick_titles, reranked.candidates, facts)
            notes |= picked.notes
        if picked.fallback:
            self._fall_back(picked.fallback)
        return picked

    async def complete_trace(self) -> None:
        """Say in the trace what was ranked and what answered. A row of a page waits for it."""
        self.trace.candidates = await in_database(traced, self.ranked[:TRACED_CANDIDATES])
        self.trace.versions.setdefault("policy", policy_version())
        if not self.request.use_genrec:
            return
        try:
            async with asyncio.timeout(settings.GENREC_RANK_TIMEOUT_S):
                state = await self.genrec.state()
        except (GenRecUnavailable, TimeoutError) as error:
            self.trace.versions["genrec"] = f"unknown: {str(error) or 'GenRec took too long'}"
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
