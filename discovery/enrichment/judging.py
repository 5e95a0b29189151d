"""GenRec as a suggester: its yes or no to each candidate of the mixture.

A model of 135 million parameters that is asked to write terms copies the prompt's examples, so it
is asked closed questions: does this term describe this title, which of four grades fits. What it
answers to the same question about no title in particular is taken off: it likes some words
better whatever the film. The candidates and the keywords are the mixture's; GenRec can't add one.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections.abc import Sequence

from catalog.facts import TitleFacts
from catalog.models.titles import NOTES
from catalog.ontology import load_ontology
from discovery.enrichment.choosing import ChoosingGenRec, log_odds
from discovery.enrichment.mixture import MixtureSuggester
from discovery.enrichment.types import MAX_TERMS, Proposal

logger = logging.getLogger(__name__)

METHOD = "genrec-1"
# A dozen candidates and six notes take about 3 s on two cores.
BUDGET_S = 30.0
N_CANDIDATES = 12
YES_NO = ("yes", "no")
GRADES = ("0", "1", "2", "3")
TASK = "You know films and series well. Answer each question about one with a single word."
_NO_TITLE = "A film or a series."
_MAX_SYNOPSIS_CHARS = 600
_NOTE_QUESTIONS = {
    "violence": "violence",
    "gore": "blood and gore",
    "sex": "sex and nudity",
    "language": "strong language",
    "scary": "frightening scenes",
    "sad_ending": "a sad ending",
}


class GenRecSuggester:
    """The mixture's candidates in the order of GenRec's judgement.

    Raises:
        GenRecUnavailable: from `suggest`, when the server doesn't answer.
    """

    name = "genrec"

    def __init__(self, base: MixtureSuggester, genrec: ChoosingGenRec | None = None) -> None:
        self.base = base
        self._genrec = genrec
        self._usual: dict[str, float] = {}

    @property
    def version(self) -> str:
        return f"{METHOD}, {self.base.references.version}"

    def suggest(self, titles: Sequence[TitleFacts]) -> list[list[Proposal]]:
        candidates = self.base.suggest(titles, max_terms=N_CANDIDATES)
        return asyncio.run(self._judge_all(titles, candidates))

    async def _judge_all(
        self, titles: Sequence[TitleFacts], candidates: Sequence[Sequence[Proposal]]
    ) -> list[list[Proposal]]:
        judged = []
        async with self._genrec or ChoosingGenRec() as genrec:
            for facts, found in zip(titles, candidates, strict=True):
                judged.append(await self._within_budget(genrec, facts, found))
        return judged

    async def _within_budget(
        self, genrec: ChoosingGenRec, facts: TitleFacts, found: Sequence[Proposal]
    ) -> list[Proposal]:
        """Judge one title; over the budget it gets nothing, which the log says."""
        try:
            async with asyncio.timeout(BUDGET_S):
                return await self._judge(genrec, facts, found)
        except TimeoutError:
            logger.warning("no suggestions: title=%d took over %g s", facts.title_id, BUDGET_S)
            return []

    async def _judge(
        self, genrec: ChoosingGenRec, facts: TitleFacts, found: Sequence[Proposal]
    ) -> list[Proposal]:
        about = describe(facts)
        terms = [p for p in found if p.kind == "term"]
        answers = await asyncio.gather(*(self._fits(genrec, about, p.value) for p in terms))
        notes = await asyncio.gather(*(self._grade(genrec, about, note) for note in NOTES))
        ranked = sorted(zip(terms, answers, strict=True), key=lambda pair: -pair[1])
        return [
            *(
                Proposal("term", p.value, p.weight, 1 / (1 + math.exp(-score)))
                for p, score in ranked[:MAX_TERMS]
            ),
            *notes,
            *(p for p in found if p.kind == "keyword"),
        ]

    async def _fits(self, genrec: ChoosingGenRec, about: str, term: str) -> float:
        """Return the log-odds of yes, less the usual answer to this question."""
        question = ask_term(term)
        if question not in self._usual:
            usual = await genrec.choose(TASK, f"{_NO_TITLE}\n{question}", YES_NO)
            self._usual[question] = log_odds(usual, "yes")
        said = await genrec.choose(TASK, f"{about}\n{question}", YES_NO)
        return log_odds(said, "yes") - self._usual[question]

    async def _grade(self, genrec: ChoosingGenRec, about: str, note: str) -> Proposal:
        """Return the mean of the four grades by their probabilities, as the nearest grade."""
        shares = await genrec.choose(TASK, f"{about}\n{ask_note(note)}", GRADES)
        mean = sum(int(grade) * share for grade, share in shares.items())
        grade = round(mean)
        return Proposal("content", note, grade, shares[str(grade)])


class ShuffledSuggester:
    """The same candidates in a random order: what GenRec must beat to know anything of them."""

    name = "shuffled candidates"

    def __init__(self, base: MixtureSuggester) -> None:
        self.base = base

    @property
    def version(self) -> str:
        return f"shuffled, {self.base.version}"

    def suggest(self, titles: Sequence[TitleFacts]) -> list[list[Proposal]]:
        rng = random.Random(0)  # noqa: S311 - a control, no secret
        found = []
        for proposals in self.base.suggest(titles, max_terms=N_CANDIDATES):
            terms = [p for p in proposals if p.kind == "term"]
            others = [p for p in proposals if p.kind != "term"]
            found.append([*rng.sample(terms, min(MAX_TERMS, len(terms))), *others])
        return found


def describe(facts: TitleFacts) -> str:
    """Return what GenRec is told of a title."""
    synopsis = " ".join(facts.synopsis.split())[:_MAX_SYNOPSIS_CHARS]
    lines = [
        f"{facts.label}, {facts.kind}",
        f"Genres: {', '.join(facts.genres)}" if facts.genres else "",
        f"By {', '.join(facts.directors[:2])}" if facts.directors else "",
        synopsis,
    ]
    return "\n".join(line for line in lines if line)


def ask_term(term: str) -> str:
    return f'Question: is it "{term}" ({load_ontology().terms[term].gloss})? Answer yes or no.'


def ask_note(note: str) -> str:
    return (
        f"Question: how much {_NOTE_QUESTIONS[note]}? "
        "0 is none, 1 mild, 2 strong, 3 extreme. Answer with the number."
    )
