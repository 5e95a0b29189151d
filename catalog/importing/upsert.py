"""Write a batch of records into the catalogue, touching only what differs.

What an editor set stays: fields in `Title.locked_fields`, and every tag that is not of an import.
A value that the source does not know never erases one that the catalogue knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from catalog.importing.base import RowProblem, Source, SourceRow
from catalog.importing.matching import Match, Seen, match_rows
from catalog.importing.provenance import knows_better, note_origin
from catalog.importing.relations import RelationWriter, note_new_origins
from catalog.importing.screening import hold, screen
from catalog.models import Title

PLAIN_FIELDS = (
    "kind",
    "name",
    "year",
    "runtime_min",
    "synopsis",
    "certificate",
    "age_min",
    "languages",
    "countries",
    "popularity",
    "content_notes",
)


@dataclass
class BatchResult:
    """What became of a batch: titles by outcome, and problems for the report."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)


def upsert_batch(
    rows: Sequence[SourceRow], *, source: Source, seen: Seen | None = None
) -> BatchResult:
    """Create or update the titles of `rows`. Call it inside a transaction.

    Args:
        seen: titles that earlier batches of the run were about; this batch's are added.
    """
    result = BatchResult(problems=[problem for row in rows for problem in row.problems])
    found = match_rows([row for row in rows if row.record], source=source, seen=seen or Seen())
    result.problems += found.problems
    screened = [screen(match, result.problems) for match in found.found]
    matches = [match for match in screened if match is not None]
    known = Title.objects.defer("embedding", "search").in_bulk(
        [match.title_id for match in matches if match.title_id]
    )
    created = [match for match in matches if match.title_id is None]
    titles = create_titles(created, source)
    result.created = len(created)
    if seen is not None:
        seen.update(title.pk for title in titles)
    by_line = {match.line: title for match, title in zip(created, titles, strict=True)}
    by_line |= {match.line: known[match.title_id] for match in matches if match.title_id}
    update_existing(matches, by_line, source, result)
    held = [(by_line[m.line].pk, name, text) for m in matches for name, text in m.held.items()]
    if held:
        hold(held, source.name)
    return result


def update_existing(
    matches: Sequence[Match], by_line: dict[int, Title], source: Source, result: BatchResult
) -> None:
    """Write what differs of titles that were there, and what hangs on all titles."""
    relations = RelationWriter(source)
    changed_fields: dict[int, set[str]] = {}
    known = {}
    for match in matches:
        title = by_line[match.line]
        relations.add(title, match, is_new=match.title_id is None)
        if match.title_id is not None:
            known[title.pk] = title
            changed_fields[title.pk] = change_fields(title, match, source)
    touched = relations.write() & known.keys()
    changed = [title for pk, title in known.items() if changed_fields[pk] or pk in touched]
    update_titles(changed, set().union({"field_sources"}, *changed_fields.values()))
    result.updated = len(changed)
    result.unchanged = len(known) - len(changed)


def create_titles(matches: Sequence[Match], source: Source) -> list[Title]:
    titles = []
    for match in matches:
        title = Title()
        change_fields(title, match, source)
        note_new_origins(title, match.record, source)
        titles.append(title)
    return Title.objects.bulk_create(titles)


def change_fields(title: Title, match: Match, source: Source) -> set[str]:
    """Set on `title` what the record knows better, note whence, and return what changed."""
    changed = set()
    for name in PLAIN_FIELDS:
        value = _column_value(getattr(match.record, name))
        if value is None or name in title.locked_fields or name in match.held:
            continue
        is_new = title.pk is None
        if getattr(title, name) == value and not is_new:
            continue
        empty = is_new or getattr(title, name) in (None, "", [], {}, 0.0)
        if not knows_better(title, name, source, empty=empty):
            continue
        setattr(title, name, value)
        note_origin(title, name, source)
        changed |= {name, "field_sources"}
    return changed


def _column_value(value: Any) -> Any:
    """Return a record's value as its column holds it; None if the source does not know it."""
    if value is None or value in ("", (), {}):
        return None
    return list(value) if isinstance(value, tuple) else value


def update_titles(titles: Sequence[Title], fields: set[str]) -> None:
    if not titles:
        return
    # A new `updated_at` makes a title stale: bulk_update does not set it by itself.
    now = timezone.now()
    for title in titles:
        title.updated_at = now
    Title.objects.bulk_update(titles, sorted(fields | {"updated_at"}))
