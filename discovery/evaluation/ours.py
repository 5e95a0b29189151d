"""Our own systems: the shipped pipeline, and the same without some of its parts.

`ours` is `discovery.pipeline.Turn` itself: it understands the message (a conversation turn by
turn), answers, and its picks come first, then what it ranked behind them. A list goes on as for a
viewer who pages on: "more" as long as titles keep every wish, and where a slate of ten can't be
filled, the first offer to relax a wish (`ours_without_offers` takes none). What the viewer
mentioned in a conversation is their history. The other systems share its parse, so that they differ
only by what they leave out.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from discovery.answers.notes import note_without_search
from discovery.evaluation.baselines import LIMIT, Lists
from discovery.evaluation.cases import Case, CaseSet
from discovery.genrec_client import GenRecClient
from discovery.pipeline import Turn
from discovery.retrieval.eligibility import eligibility_of
from discovery.retrieval.head_source import SOURCE as CATALOG_HEAD
from discovery.types import DiscoveryRequest, Event, Query
from discovery.understanding.lexical import Parsed
from genrec.contract import MAX_MESSAGE_CHARS

OURS = "ours"
WITHOUT_LLM = "ours_without_llm"
WITHOUT_HISTORY = "ours_without_history"
WITHOUT_OFFERS = "ours_without_offers"
SOURCES = (
    "dense",
    "more_like",
    "taste",
    "together",
    "text",
    "keywords",
    "neighbours",
    "linked",
    "vibes",
    "kindred",
    "popular",
    "regard",
    "crowding",
    CATALOG_HEAD,
)
# Sources that say nothing of a viewer without a history.
_OF_HISTORY = frozenset({"taste"})
PICKS = 10
# How many answers a viewer pages through: each brings up to 200 titles here, or takes an offer.
MAX_ANSWERS = 12
# Python computes while Postgres and the embedder do.
AT_ONCE = 3

Progress = Callable[[int, int], None]
T = TypeVar("T")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """A case's last turn as it stands after all turns before, and what it means."""

    request: DiscoveryRequest
    parsed: Parsed


@dataclass(frozen=True, slots=True)
class Understood:
    """What a case means: refined by GenRec in every turn where it was asked, and by the rules."""

    refined: Read
    # As if there had never been a GenRec, from the first turn on.
    by_rules: Read
    # It could not be understood: then nothing is listed for it.
    failed: bool = False

    @property
    def linked(self) -> frozenset[int]:
        """Return the titles that were found in the words, by the rules or by GenRec."""
        queries = (self.by_rules.parsed.query, self.refined.parsed.query)
        references = [ref for q in queries for ref in (*q.like, *q.unlike, *q.exclude_titles)]
        return frozenset(ref.title_id for ref in references if ref.title_id is not None)


@dataclass(slots=True)
class OurSystems:
    """Understand and rank the cases of sets with one GenRec server, or with none."""

    genrec: GenRecClient
    use_genrec: bool
    # What answered instead of what should have, and how often.
    fallbacks: Counter[str] = field(default_factory=Counter)
    # Cases of the present set that a system could not answer: a miss there, and in the log.
    failed: set[str] = field(default_factory=set)

    async def understand(self, case_set: CaseSet, progress: Progress) -> dict[str, Understood]:
        """Return what each case means, by its id."""
        self.failed = set()
        found = await _all_of(
            [self._understand(case, case_set.with_history) for case in case_set.cases], progress
        )
        return {case.case_id: one for case, one in zip(case_set.cases, found, strict=True)}

    async def _understand(self, case: Case, with_history: bool) -> Understood:
        history = tuple(Event(pk, "liked") for pk in case.mentioned) if with_history else ()
        request = DiscoveryRequest(
            request_id=_request_id(case),
            text="",
            history=history,
            shown=frozenset(case.mentioned),
            count=PICKS,
            use_genrec=self.use_genrec,
        )
        try:
            by_rules = await self._read(case, replace(request, use_genrec=False), with_history)
            if not self.use_genrec:
                return Understood(by_rules, by_rules)
            return Understood(await self._read(case, request, with_history), by_rules)
        except Exception:
            # One request must not lose the figures of all the others.
            logger.exception("understanding failed: case=%s", case.case_id)
            self.failed.add(case.case_id)
            nothing = Read(request, Parsed(Query()))
            return Understood(nothing, nothing, failed=True)

    async def _read(self, case: Case, request: DiscoveryRequest, with_history: bool) -> Read:
        """Read a case turn by turn; GenRec refines each of them if the request lets it."""
        parsed = Parsed(Query())
        for number, message in enumerate(case.turns):
            request = replace(
                request,
                text=message[:MAX_MESSAGE_CHARS],
                previous=parsed.query if number else None,
                earlier=case.turns[:number],
            )
            turn = Turn(request, self.genrec)
            now = await turn.understand()
            if with_history and note_without_search(now.query.intent) is not None:
                # A greeting ends no conversation: what was wished for still holds.
                continue
            parsed = await turn.refine(now) or now
            self.fallbacks.update(_kind(fallback) for fallback in turn.trace.fallbacks)
        return Read(request, parsed)

    async def rank(
        self, system: str, case_set: CaseSet, known: dict[str, Understood], progress: Progress
    ) -> Lists:
        """Return one system's lists."""
        ids = [case.case_id for case in case_set.cases]
        return await _all_of([self._list(system, pk, known[pk]) for pk in ids], progress)

    async def _list(self, system: str, case_id: str, known: Understood) -> list[int]:
        """Return a case's titles, without those that every system leaves out."""
        if known.failed:
            return []
        try:
            ranked = await self._rank(system, known)
        except Exception:
            logger.exception("%s failed: case=%s", system, case_id)
            self.failed.add(case_id)
            return []
        left_out = known.refined.request.shown | known.linked
        return [title_id for title_id in ranked if title_id not in left_out][:LIMIT]

    async def _rank(self, system: str, known: Understood) -> list[int]:
        read = known.by_rules if system == WITHOUT_LLM else known.refined
        request, parsed = read.request, read.parsed
        if system == WITHOUT_HISTORY:
            request = replace(request, history=())
        elif system not in (OURS, WITHOUT_LLM):
            source = system.removeprefix("ours_without_")
            request = replace(request, without=frozenset({source}))
        found: dict[int, None] = {}
        for _ in range(MAX_ANSWERS):
            turn = Turn(request, self.genrec)
            slate = await turn.answer(parsed, revision=0)
            self.fallbacks.update(_kind(fallback) for fallback in turn.trace.fallbacks)
            before = len(found)
            found |= dict.fromkeys(pick.title.title_id for pick in slate.picks)
            found |= dict.fromkeys(candidate.title_id for candidate in turn.ranked)
            if len(found) >= LIMIT + len(known.linked):
                break
            if slate.relaxations and system != WITHOUT_OFFERS:
                # The first: what unknown facts keep out, or else the wish that costs most titles.
                parsed = replace(parsed, query=slate.relaxations[0].query)
            elif len(found) > before:
                request = replace(request, shown=request.shown | found.keys())
            else:
                break
        return list(found)

    def systems(self, case_set: CaseSet, *, ablations: bool) -> list[str]:
        """Return the names of the systems to run, `ours` first."""
        names = [OURS, WITHOUT_OFFERS]
        if self.use_genrec:
            names.append(WITHOUT_LLM)
        if case_set.with_history:
            names.append(WITHOUT_HISTORY)
        if ablations:
            names += [f"ours_without_{source}" for source in self.sources(case_set)]
        return names

    def sources(self, case_set: CaseSet) -> list[str]:
        """Return the sources that can have a say at all."""
        silent = set() if case_set.with_history else set(_OF_HISTORY)
        if not self.use_genrec:
            silent.add(CATALOG_HEAD)
        return [source for source in SOURCES if source not in silent]


def count_ruled_out(cases: Sequence[Case], known: Mapping[str, Understood]) -> int:
    """Return how many right answers ours can't list: they break a hard wish that we have read,
    or we took them for mentioned.
    """
    return sum(_ruled_out(case, known[case.case_id]) for case in cases)


def _ruled_out(case: Case, known: Understood) -> int:
    read = known.refined
    eligible = eligibility_of(read.parsed.query, (), read.request.shown).titles()
    return len(case.gold) - eligible.filter(pk__in=case.gold).count()


def _request_id(case: Case) -> UUID:
    """The same id every time: what is drawn at random is drawn alike."""
    return uuid5(NAMESPACE_URL, case.case_id)


def _kind(fallback: str) -> str:
    return fallback.partition(":")[0]


async def _all_of(jobs: Sequence[Coroutine[Any, Any, T]], progress: Progress) -> list[T]:
    """Return what the jobs return, in their order, a few of them at once."""
    room = asyncio.Semaphore(AT_ONCE)
    done = 0

    async def work(job: Coroutine[Any, Any, T]) -> T:
        nonlocal done
        async with room:
            result = await job
        done += 1
        progress(done, len(jobs))
        return result

    progress(0, len(jobs))
    return list(await asyncio.gather(*map(work, jobs)))
