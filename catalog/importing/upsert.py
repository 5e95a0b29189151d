"""Write a batch of records into the catalogue, touching only what differs.

What an editor set stays: fields in `Title.locked_fields`, and every tag that is not of an import.
A value that the source does not know never erases one that the catalogue knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from catalog.importing.base import FILLS_GAPS, RowProblem, Source, SourceRow, TitleRecord
from catalog.importing.matching import Match, match_rows
from catalog.importing.relations import RelationWriter
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


def upsert_batch(rows: Sequence[SourceRow], *, source: Source) -> BatchResult:
    """Create or update the titles of `rows`. Call it inside a transaction."""
    result = BatchResult(problems=[problem for row in rows for problem in row.problems])
    matches = match_rows([row for row in rows if row.record], key=source.key)
    result.problems += matches.problems
    known = Title.objects.defer("embedding", "search").in_bulk(
        [match.title_id for match in matches.found if match.title_id]
    )
    created = [match for match in matches.found if match.title_id is None]
    titles = create_titles(created, source)
    result.created = len(created)

    relations = RelationWriter(source.name)
    for match, title in zip(created, titles, strict=True):
        relations.add(title, match, is_new=True)
    changed_fields: dict[int, set[str]] = {}
    for match in matches.found:
        if match.title_id is not None:
            title = known[match.title_id]
            changed_fields[title.pk] = change_fields(title, match.record, source)
            relations.add(title, match, is_new=False)
    touched = relations.write()
    changed = [
        title for title in known.values() if changed_fields.get(title.pk) or title.pk in touched
    ]
    update_titles(changed, set().union(*changed_fields.values()))
    result.updated = len(changed)
    result.unchanged = len(changed_fields) - len(changed)
    return result


def create_titles(matches: Sequence[Match], source: Source) -> list[Title]:
    titles = []
    for match in matches:
        title = Title()
        change_fields(title, match.record, source)
        titles.append(title)
    return Title.objects.bulk_create(titles)


def change_fields(title: Title, record: TitleRecord, source: Source) -> set[str]:
    """Set on `title` what the record knows better; return what changed.

    `field_sources` holds each value's source and its authority at the time.
    """
    changed = set()
    for name in PLAIN_FIELDS:
        value = _column_value(getattr(record, name))
        if value is None or name in title.locked_fields or getattr(title, name) == value:
            continue
        if not _knows_better(title, name, source):
            continue
        setattr(title, name, value)
        title.field_sources[name] = [source.name, source.authority(name)]
        changed |= {name, "field_sources"}
    return changed


def _knows_better(title: Title, field: str, source: Source) -> bool:
    if title.pk is None or getattr(title, field) in (None, "", [], {}, 0.0):
        return True
    name, authority = title.field_sources.get(field, ("", FILLS_GAPS))
    return bool(name == source.name or source.authority(field) > authority)


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
