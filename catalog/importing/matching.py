"""Find the titles that rows are about: by external ids, else by title, year and people.

1. A row belongs to the title that has its key in that source.
2. Else to the title that has another of its ids, unless that title already is another row of the
   same source: then the id is a mistake of the source, and the row keeps its own title without it.
3. Else to the title that `catalog.importing.likeness` takes for the same work.
4. Else it is a new title. If two titles could be meant, the report says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from catalog.importing.base import RowProblem, Source, SourceRow, TitleRecord
from catalog.importing.likeness import (
    find_same,
    load_works,
    name_key,
    none_to_compare,
    work_of,
)
from catalog.models import ExternalId

IdPair = tuple[str, str]
TWICE = "this row is in the file twice"
TWO_MEANT = "two titles could be meant: it is a title of its own"
NONE_TO_COMPARE = (
    "there is a title of this name and year, but no people to compare: it is a title of its own"
)
NOT_TOLD_APART = "no id and no year: it can't be told apart from others of this title"


class Seen:
    """The titles that a run was about so far: a bit for every primary key up to the greatest."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def update(self, title_ids: Iterable[int]) -> None:
        for title_id in title_ids:
            byte, bit = divmod(title_id, 8)
            if byte >= len(self._bits):
                self._bits.extend(bytes(byte + 1 - len(self._bits)))
            self._bits[byte] |= 1 << bit

    def __contains__(self, title_id: int) -> bool:
        byte, bit = divmod(title_id, 8)
        return byte < len(self._bits) and bool(self._bits[byte] & 1 << bit)


@dataclass(frozen=True, slots=True)
class Match:
    """A record and its title; None if it is new. `new_ids` are ids the title lacks.

    `held` has texts by field that must not be written (see `catalog.importing.screening`).
    """

    line: int
    row_id: str
    record: TitleRecord
    title_id: int | None
    new_ids: Mapping[str, str]
    held: Mapping[str, str] = field(default_factory=dict)


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


def match_rows(rows: Sequence[SourceRow], *, source: Source, seen: Seen) -> Matches:
    """Match rows that have a record; report ids that belong to somebody else.

    Args:
        seen: the titles that earlier batches were about; those of this batch are added.
    """
    return _Matching(rows, source, seen).run()


class _Matching:
    """One batch on its way to its titles. Owners are as in `_KnownIds`."""

    def __init__(self, rows: Sequence[SourceRow], source: Source, seen: Seen) -> None:
        self.rows = [(row, row.record) for row in rows if row.record is not None]
        self.source = source
        self.seen = seen
        self.taken: set[int] = set()
        self.matches = Matches()
        self.known = _load_ids(record for _, record in self.rows)
        unknown = [record for _, record in self.rows if self.find_by_id(record) is None]
        self.works = load_works(unknown)
        for work in (work for works in self.works.values() for work in works):
            for place, value in work.ids.items():
                self.known.claim(work.owner, place, value)

    def run(self) -> Matches:
        for row, record in self.rows:
            owner = self.find_by_id(record) or self.find_by_likeness(row, record)
            if owner is not None:
                self.take(row, record, owner)
        self.seen.update(owner for owner in self.taken if owner > 0)
        return self.matches

    def take(self, row: SourceRow, record: TitleRecord, owner: int) -> None:
        """Match a row with its title, unless an earlier row was about the same."""
        if owner in self.taken or (owner > 0 and owner in self.seen):
            self.report(row, record, "", TWICE, skipped=True)
            return
        self.taken.add(owner)
        is_new = owner < 0
        if is_new:
            work = work_of(row.line, record, self.source.name)
            self.works.setdefault(name_key(record), []).append(work)
        new_ids = self.claim_ids(row, record, owner)
        row_id = self.row_id(record)
        self.matches.found.append(
            Match(row.line, row_id, record, None if is_new else owner, new_ids)
        )

    def find_by_id(self, record: TitleRecord) -> int | None:
        key = self.key_of(record)
        by_key = self.known.owners.get((key, record.ids[key])) if key else None
        if by_key is not None:
            return by_key
        for source, value in record.ids.items():
            owner = self.known.owners.get((source, value))
            if owner is not None and (key is None or key not in self.known.of_title[owner]):
                return owner
        return None

    def find_by_likeness(self, row: SourceRow, record: TitleRecord) -> int | None:
        """Return the title of a row whose ids nobody has; None if the row had to be skipped."""
        has_key = self.key_of(record) is not None
        if not record.ids and record.year is None:
            self.report(row, record, "name", NOT_TOLD_APART, skipped=True)
            return None
        namesakes = [
            work
            for work in self.works.get(name_key(record), [])
            # With a key, a title that is another row already is another work.
            if not (has_key and (work.owner in self.taken or work.owner in self.seen))
        ]
        work = work_of(row.line, record, self.source.name)
        same = find_same(work, namesakes, again=not has_key)
        if len(same) > 1:
            self.report(row, record, "name", TWO_MEANT, skipped=False)
        elif not same and none_to_compare(work, namesakes):
            self.report(row, record, "name", NONE_TO_COMPARE, skipped=False)
        return same[0].owner if len(same) == 1 else work.owner

    def claim_ids(self, row: SourceRow, record: TitleRecord, owner: int) -> dict[str, str]:
        """Return the ids that the title gains; report those that it can't have."""
        gained = {}
        for source, value in record.ids.items():
            if self.known.of_title[owner].get(source) == value:
                continue
            if (source, value) in self.known.owners:
                self.report(row, record, source, "another title has this id", skipped=False)
            elif source in self.known.of_title[owner]:
                self.report(row, record, source, "the title has another id", skipped=False)
            else:
                self.known.claim(owner, source, value)
                gained[str(source)] = value
        return gained

    def key_of(self, record: TitleRecord) -> ExternalId.Source | None:
        """Return the id that tells a row apart: the source's key, else the row's first id.

        A file of films and series has keys of two sorts; rows of a source without a key have none.
        """
        if self.source.key is None or self.source.key in record.ids:
            return self.source.key
        return next(iter(record.ids), None)

    def row_id(self, record: TitleRecord) -> str:
        """Return by what the row is found again: its key, else another id, else its title."""
        if key := self.key_of(record):
            return record.ids[key]
        return next(iter(record.ids.values()), record.name)

    def report(
        self, row: SourceRow, record: TitleRecord, column: str, reason: str, *, skipped: bool
    ) -> None:
        """Report an id by the name of its source, or the title."""
        ids = {str(source): value for source, value in record.ids.items()}
        value = ids.get(column, record.name)
        problem = RowProblem(row.line, self.row_id(record), column, value, reason, skipped)
        self.matches.problems.append(problem)


def _load_ids(records: Iterable[TitleRecord]) -> _KnownIds:
    pairs = {pair for record in records for pair in record.ids.items()}
    known = _KnownIds()
    owners = ExternalId.objects.filter(value__in={value for _, value in pairs})
    title_ids = {pk for pk, *_ in owners.values_list("title_id", "source", "value")}
    for pk, source, value in ExternalId.objects.filter(title_id__in=title_ids).values_list(
        "title_id", "source", "value"
    ):
        known.claim(pk, source, value)
    return known
