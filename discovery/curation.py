"""What editors decide about single titles: boosts and blocks, as the pipeline applies them.

A block takes a title out of every answer; it is one of the reasons in `Eligibility.out`, so what
is counted and what is searched agree. A boost adds its weight to a title's score, as the summand
"boost" of `Candidate.sources`, and proposes the title wherever it is eligible: it moves the order
and never lets a title past a hard wish. A block beats a boost.

The rules are read anew for every answer, in one query, so an edit counts from the next one on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from catalog.models import CurationRule
from discovery.retrieval.eligibility import Eligibility

# Several boosts of one title add up to no more than the strongest single one may be.
MAX_BOOST = 3.0
BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Rule:
    """One active rule. `weight` is 0 for a block."""

    rule_id: int
    title_id: int
    title: str
    kind: str
    weight: float
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Return the rule as the trace keeps it."""
        return {
            "rule_id": self.rule_id,
            "title_id": self.title_id,
            "title": self.title,
            "kind": self.kind,
            "weight": self.weight,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Curation:
    """The rules that hold now."""

    rules: tuple[Rule, ...] = ()

    @cached_property
    def blocked(self) -> frozenset[int]:
        return frozenset(r.title_id for r in self.rules if r.kind == CurationRule.Kind.BLOCK)

    @cached_property
    def boosts(self) -> dict[int, float]:
        """Title to what its boosts add to its score; none for a blocked title."""
        totals: dict[int, float] = {}
        for rule in self.rules:
            if rule.kind == CurationRule.Kind.BOOST and rule.title_id not in self.blocked:
                totals[rule.title_id] = totals.get(rule.title_id, 0.0) + rule.weight
        return {title_id: min(MAX_BOOST, total) for title_id, total in totals.items()}

    @property
    def version(self) -> str:
        """Name what the rules do, for the policy version; empty without rules."""
        if not self.rules:
            return ""
        effect = [sorted(self.blocked), sorted(self.boosts.items())]
        return "c" + hashlib.sha256(json.dumps(effect).encode()).hexdigest()[:8]

    def applied(self, candidate_ids: Iterable[int], blocked_ids: Iterable[int]) -> list[Rule]:
        """Return the rules that an answer felt.

        Args:
            candidate_ids: titles that were ranked: boosts of these have moved them.
            blocked_ids: titles that would have been eligible, but for a block.
        """
        return list(self._applied(frozenset(candidate_ids), frozenset(blocked_ids)))

    def _applied(self, ranked: frozenset[int], kept_out: frozenset[int]) -> Iterator[Rule]:
        for rule in self.rules:
            felt = kept_out if rule.kind == CurationRule.Kind.BLOCK else ranked
            if rule.title_id in felt:
                yield rule


def load_curation() -> Curation:
    """Return the rules that hold at this moment. One query."""
    rows = (
        CurationRule.objects.active()
        .order_by("pk")
        .values_list("pk", "title_id", "title__name", "title__year", "kind", "weight", "reason")
    )
    return Curation(
        tuple(
            Rule(
                rule_id=pk,
                title_id=title_id,
                title=f"{name} ({year})" if year else name,
                kind=kind,
                weight=0.0 if kind == CurationRule.Kind.BLOCK else weight,
                reason=reason,
            )
            for pk, title_id, name, year, kind, weight, reason in rows
        )
    )


def kept_out(curation: Curation, eligibility: Eligibility) -> frozenset[int]:
    """Return the blocked titles that nothing else rules out. One query, none without blocks."""
    if not curation.blocked:
        return frozenset()
    otherwise = eligibility.without(BLOCKED).titles()
    return frozenset(otherwise.filter(pk__in=curation.blocked).values_list("pk", flat=True))
