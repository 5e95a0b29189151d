"""Run the sets, one after another: understand once, rank with every system, score, compare."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from catalog.progress import ProgressLines
from discovery.evaluation.baselines import Baselines, Lists, without_mentions
from discovery.evaluation.cases import CaseSet
from discovery.evaluation.ease import MentionModel
from discovery.evaluation.index import CatalogueIndex
from discovery.evaluation.ours import OurSystems, Understood, count_ruled_out
from discovery.evaluation.report import report_set, table
from discovery.evaluation.scores import score_lists
from discovery.threads import in_database
from genrec.contract import MAX_MESSAGE_CHARS

Write = Callable[[str], object]
_SEED = 5
T = TypeVar("T")


@dataclass(slots=True)
class Evaluation:
    """Systems over one catalogue."""

    index: CatalogueIndex
    ours: OurSystems
    ease: MentionModel | None
    write: Write
    # Sets whose ablations of sources are run.
    ablations: Sequence[str] = ()
    sample: int = 0

    async def run(self, case_set: CaseSet) -> dict[str, Any]:
        """Return the set's part of the report; print its table."""
        case_set = sampled(case_set, self.sample)
        known = await self.ours.understand(case_set, self._progress(case_set, "understanding"))
        ruled_out = await in_database(count_ruled_out, case_set.cases, known)
        lists = await self._lists(case_set, known)
        scores = {name: score_lists(case_set, ranked) for name, ranked in lists.items()}
        case_set = replace(case_set, counts=self._counts(case_set, ruled_out))
        report = report_set(case_set, scores)
        self.write(table(case_set.name, report))
        return report

    def _counts(self, case_set: CaseSet, ruled_out: int) -> dict[str, int]:
        """Return what a reader should know beside the figures; what is odd only where it is."""
        lengths = [len(message) for case in case_set.cases for message in case.turns]
        odd = {
            "messages_cut": sum(length > MAX_MESSAGE_CHARS for length in lengths),
            "failed": len(self.ours.failed),
        }
        counts = {**case_set.counts, "targets_ruled_out_by_ours": ruled_out}
        return counts | {name: n for name, n in odd.items() if n}

    async def _lists(self, case_set: CaseSet, known: dict[str, Understood]) -> dict[str, Lists]:
        linked = {case_id: one.linked for case_id, one in known.items()}
        baselines = Baselines(self.index, without_mentions(linked), self.ease)
        self.write(f"{case_set.name}: simple systems")
        lists = await in_database(baselines.rank, case_set.cases)
        ablations = case_set.name in self.ablations
        for system in self.ours.systems(case_set, ablations=ablations):
            lists[system] = await self.ours.rank(
                system, case_set, known, self._progress(case_set, system)
            )
        return lists

    def _progress(self, case_set: CaseSet, what: str) -> ProgressLines:
        return ProgressLines(f"{case_set.name}: {what}", self.write)


def sampled(case_set: CaseSet, size: int) -> CaseSet:
    """Return the set with `size` of its cases, always the same; all of them for 0."""
    if not size or size >= len(case_set.cases):
        return case_set
    counts = {**case_set.counts, "sampled_of": len(case_set.cases)}
    return replace(case_set, cases=sample_of(case_set.cases, size), counts=counts)


def sample_of(items: Sequence[T], size: int) -> Sequence[T]:
    """Return `size` of the items in their order, always the same; all of them for 0."""
    if not size or size >= len(items):
        return items
    chosen = random.Random(_SEED).sample(range(len(items)), size)  # noqa: S311
    return [items[n] for n in sorted(chosen)]
