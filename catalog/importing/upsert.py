"""Write a batch of records into the catalogue, touching only what differs.

What an editor set stays: fields in `Title.locked_fields`, and every tag that is not of an import.
A value that the source does not know never erases one that the catalogue knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from catalog.importing.base import RowProblem, SourceRow, TitleRecord
from catalog.importing.matching import Match, match_rows
from catalog.importing.relations import RelationWriter
from catalog.models import ExternalId, Title

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


def upsert_batch(rows: Sequence[SourceRow], *, key: ExternalId.Source, source: str) -> BatchResult:
    """Create or update the titles of `rows`. Call it inside a transaction.

    Args:
        key: the external id that identifies the source's rows.
        source: the source's name, kept with the tags it brings.
    """
    result = BatchResult(problems=[problem for row in rows for problem in row.problems])
    matches = match_rows([row for row in rows if row.record], key=key)
    result.problems += matches.problems
    known = Title.objects.defer("embedding", "search").in_bulk(
        [match.title_id for match in matches.found if match.title_id]
    )
    created = [match for match in matches.found if match.title_id is None]
    titles = create_titles(created)
    result.created = len(created)

    relations = RelationWriter(source)
    for match, title in zip(created, titles, strict=True):
        relations.add(title, match, is_new=True)
    changed_fields: dict[int, set[str]] = {}
    for match in matches.found:
        if match.title_id is not None:
            title = known[match.title_id]
            changed_fields[title.pk] = change_fields(title, match.record)
            relations.add(title, match, is_new=False)
    touched = relations.write()
    changed = [
        title for title in known.values() if changed_fields.get(title.pk) or title.pk in touched
    ]
    update_titles(changed, set().union(*changed_fields.values()))
    result.updated = len(changed)
    result.unchanged = len(changed_fields) - len(changed)
    return result


def create_titles(matches: Sequence[Match]) -> list[Title]:
    titles = []
    for match in matches:
        title = Title()
        change_fields(title, match.record)
        titles.append(title)
    return Title.objects.bulk_create(titles)


def change_fields(title: Title, record: TitleRecord) -> set[str]:
    """Set on `title` what the record knows and no editor has locked; return what changed."""
    changed = set()
    for name in PLAIN_FIELDS:
        value = _column_value(getattr(record, name))
        if value is None or name in title.locked_fields or getattr(title, name) == value:
            continue
        setattr(title, name, value)
        changed.add(name)
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
