"""How many titles match, how many each reason leaves out, and what a wish less would bring.

One pass over the published titles sorts them into groups by which constraints they keep, break or
leave unknown. There are few groups, and every count is a sum over them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, Value

from catalog.models import Title
from discovery.retrieval.eligibility import Constraint, Eligibility
from discovery.retrieval.title_sets import is_among

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Group:
    """Titles that stand alike to every constraint.

    `keeps` and `unknown` follow the constraints; `out` names the other reasons against them.
    """

    n: int
    keeps: tuple[bool, ...]
    unknown: tuple[bool, ...]
    out: frozenset[str]


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of one Query. `matching` titles may be shown."""

    constraints: tuple[Constraint, ...]
    groups: tuple[Group, ...]
    allow_unknown: bool

    @property
    def matching(self) -> int:
        return self.matching_without(())

    def matching_without(
        self, dropped: Collection[str], *, allow_unknown: bool | None = None
    ) -> int:
        """Return how many would match without the constraints of some names."""
        lenient = self.allow_unknown if allow_unknown is None else allow_unknown
        kept = [i for i, c in enumerate(self.constraints) if c.name not in dropped]
        return sum(
            group.n
            for group in self.groups
            if not group.out and all(group.keeps[i] or (lenient and group.unknown[i]) for i in kept)
        )

    @property
    def left_out(self) -> dict[str, int]:
        """Return reason -> titles. A title that breaks two wishes counts for both.

        A wish's name counts what is known to break it. "unknown" counts the titles that only
        unknown facts keep out; "unknown.<wish>" says of which wish.
        """
        counts: dict[str, int] = {}
        for group in self.groups:
            for reason in self._reasons(group):
                counts[reason] = counts.get(reason, 0) + group.n
        return counts

    def _reasons(self, group: Group) -> set[str]:
        reasons = set(group.out)
        for i, constraint in enumerate(self.constraints):
            if not (group.keeps[i] or group.unknown[i]):
                reasons.add(constraint.name)
        if reasons or self.allow_unknown or all(group.keeps):
            return reasons
        gaps = {f"{UNKNOWN}.{c.name}" for i, c in enumerate(self.constraints) if not group.keeps[i]}
        return {UNKNOWN, *gaps}


def count_matches(eligibility: Eligibility) -> Counted:
    """Sort all published titles into groups. One query."""
    out = [name for name, ids in eligibility.out if ids]
    flags = _Flags()
    outs = [flags.of(is_among(dict(eligibility.out)[name])) for name in out]
    keeps = [flags.of(constraint.holds) for constraint in eligibility.constraints]
    unknown = [flags.of(constraint.unknown) for constraint in eligibility.constraints]
    # A constant keeps the grouping alive when there is nothing to group by.
    flags.of(Q())
    named = flags.named
    rows = Title.objects.published().annotate(**named).order_by().values(*named)
    groups = tuple(
        Group(
            n=row["n"],
            keeps=tuple(bool(row[flag]) for flag in keeps),
            unknown=tuple(bool(row[flag]) for flag in unknown),
            out=frozenset(name for name, flag in zip(out, outs, strict=True) if row[flag]),
        )
        for row in rows.annotate(n=Count("pk"))
    )
    return Counted(eligibility.constraints, groups, eligibility.allow_unknown)


class _Flags:
    """Conditions as columns: one that several constraints share is looked at once."""

    def __init__(self) -> None:
        self.named: dict[str, Any] = {}
        self._names: dict[int, str] = {}

    def of(self, condition: Q) -> str:
        """Return the column of a condition."""
        name = self._names.setdefault(id(condition), f"flag{len(self._names)}")
        shown = condition or Value(True, output_field=BooleanField())
        self.named[name] = ExpressionWrapper(shown, output_field=BooleanField())
        return name
