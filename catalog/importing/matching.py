"""Find the titles that rows are about, by external ids.

A row belongs to the title that has its key. Otherwise to the title that has another of its ids,
unless that title already is another row of the same source: then the id is a mistake of the
source, and the row keeps its own title without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from catalog.importing.base import RowProblem, SourceRow, TitleRecord
from catalog.models import ExternalId

IdPair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Match:
    """A record and its title; None if it is new. `new_ids` are ids the title lacks."""

    record: TitleRecord
    title_id: int | None
    new_ids: Mapping[str, str]


@dataclass
class Matches:
    """The usable rows of a batch, each title once."""

    found: list[Match] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


@dataclass
class _KnownIds:
    """Which title has which id, in the catalogue and in this batch so far.

    `owners` maps an id to its title: a primary key, or minus the line of a row that makes one.
    """

    owners: dict[IdPair, int] = field(default_factory=dict)
    of_title: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def claim(self, owner: int, source: str, value: str) -> None:
        self.owners[source, value] = owner
        self.of_title[owner][source] = value


def match_rows(rows: Sequence[SourceRow], *, key: ExternalId.Source) -> Matches:
    """Match rows that have a record; report ids that belong to somebody else."""
    known = _load_ids(rows)
    matches = Matches()
    seen: set[int] = set()
    for row in rows:
        record = row.record
        if record is None:
            continue
        title_id = _find_title(record, known, key)
        owner = -row.line if title_id is None else title_id
        if owner in seen or (title_id is not None and title_id < 0):
            matches.problems.append(_problem(row, key, "this row is in the file twice", True))
            continue
        seen.add(owner)
        new_ids = _claim_ids(row, record, owner, known, matches)
        matches.found.append(Match(record, title_id, new_ids))
    return matches


def _load_ids(rows: Sequence[SourceRow]) -> _KnownIds:
    pairs = {pair for row in rows if row.record for pair in row.record.ids.items()}
    known = _KnownIds()
    owners = ExternalId.objects.filter(value__in={value for _, value in pairs})
    title_ids = {pk for pk, *pair in owners.values_list("title_id", "source", "value")}
    for pk, source, value in ExternalId.objects.filter(title_id__in=title_ids).values_list(
        "title_id", "source", "value"
    ):
        known.claim(pk, source, value)
    return known


def _find_title(record: TitleRecord, known: _KnownIds, key: ExternalId.Source) -> int | None:
    by_key = known.owners.get((key, record.ids[key]))
    if by_key is not None:
        return by_key
    for source, value in record.ids.items():
        owner = known.owners.get((source, value))
        if owner is not None and key not in known.of_title[owner]:
            return owner
    return None


def _claim_ids(
    row: SourceRow, record: TitleRecord, owner: int, known: _KnownIds, matches: Matches
) -> dict[str, str]:
    """Return the ids that the title gains; report those that it can't have."""
    gained = {}
    for source, value in record.ids.items():
        if known.of_title[owner].get(source) == value:
            continue
        if (source, value) in known.owners:
            matches.problems.append(_problem(row, source, "another title has this id", False))
        elif source in known.of_title[owner]:
            matches.problems.append(_problem(row, source, "the title has another id", False))
        else:
            known.claim(owner, source, value)
            gained[str(source)] = value
    return gained


def _problem(row: SourceRow, source: ExternalId.Source, reason: str, skipped: bool) -> RowProblem:
    value = row.record.ids[source] if row.record else ""
    return RowProblem(row.line, value, source, value, reason, skipped)
