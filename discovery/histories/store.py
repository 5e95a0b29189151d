"""Imports as rows of one viewer: kept, counted, put right by hand, removed with what came of them.

Every function takes the viewer, and touches nothing of another's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from catalog.models import Title
from discovery.histories.matching import Match, match_titles
from discovery.histories.reading.base import Reading, UnusableFile, Watched
from discovery.models import HistoryEntry, HistoryImport, Pick, Viewer
from discovery.reasons.explaining import load_context
from discovery.reasons.templates import template_reason

MAX_IMPORTS = 20
_BATCH = 2000
# What `discovery.reasons.templates` says of a history, and what `grounding` lets a model say.
_FROM_HISTORY = ("you liked", "you know from", "you loved", "you enjoyed")
_UNCOMPARED = (
    "{:,} titles of other spellings were not looked for: too many at once. Search for them by hand."
)

Entries = QuerySet[HistoryEntry]


class NotYours(Exception):
    """No such import or entry of this viewer."""


class NotPossible(Exception):
    """What was asked can't be done. The message is for the viewer."""


def store_import(viewer: Viewer, reading: Reading, *, file_name: str) -> HistoryImport:
    """Match what was read and keep it.

    Raises:
        UnusableFile: the viewer has `MAX_IMPORTS` already.
    """
    watched = reading.watched
    matches, uncompared = match_titles(watched)
    problems = [problem._asdict() for problem in reading.problems]
    if uncompared:
        problems.insert(0, {"line": "", "column": "", "reason": _UNCOMPARED.format(uncompared)})
    with transaction.atomic():
        # Two uploads at once would both find room.
        Viewer.objects.select_for_update().get(pk=viewer.pk)
        if viewer.history_imports.count() >= MAX_IMPORTS:
            raise UnusableFile(f"You have {MAX_IMPORTS} imports. Remove one first.")
        batch = HistoryImport.objects.create(
            viewer=viewer,
            source=reading.source,
            file_name=file_name[-200:],
            rows=reading.rows,
            unreadable=reading.unreadable,
            problems=problems,
        )
        entries = (_entry(batch, one, m) for one, m in zip(watched, matches, strict=True))
        HistoryEntry.objects.bulk_create(entries, batch_size=_BATCH)
    return batch


def _entry(batch: HistoryImport, one: Watched, match: Match) -> HistoryEntry:
    return HistoryEntry(
        batch=batch,
        name=one.name,
        year=one.year,
        kind=one.kind,
        rating=one.rating,
        watched_at=one.watched_at,
        title_id=match.title_id,
        confidence=match.confidence,
        status=match.status,
    )


def imports_of(viewer: Viewer) -> QuerySet[HistoryImport]:
    """Return the viewer's imports, newest first, with `n_<status>` of each."""
    counts: Mapping[str, Any] = {
        f"n_{status.value}": Count("entries", filter=Q(entries__status=status))
        for status in HistoryEntry.Status
    }
    return HistoryImport.objects.filter(viewer=viewer).annotate(**counts)


def import_of(viewer: Viewer, import_id: int) -> HistoryImport:
    """Raises NotYours: there is no such import of this viewer."""
    found = imports_of(viewer).filter(pk=import_id).first()
    if found is None:
        raise NotYours
    return found


def entry_of(viewer: Viewer, entry_id: int) -> HistoryEntry:
    """Raises NotYours: there is no such entry of this viewer."""
    mine = HistoryEntry.objects.filter(batch__viewer=viewer).select_related(
        "batch__viewer", "title"
    )
    found = mine.filter(pk=entry_id).first()
    if found is None:
        raise NotYours
    return found


def entries_of(batch: HistoryImport, statuses: Collection[str]) -> Entries:
    """Return the entries of some statuses, the latest watched first."""
    entries = batch.entries.filter(status__in=statuses).select_related("title")
    return entries.order_by(F("watched_at").desc(nulls_last=True), "-pk")


# --- put right by hand ---


def confirm(entry: HistoryEntry) -> None:
    """Take the proposed title.

    Raises:
        NotPossible: there is no proposal, or its title was withdrawn since.
    """
    if entry.title is None:
        raise NotPossible("There is no title to confirm. Search for the right one.")
    choose(entry, entry.title)


def choose(entry: HistoryEntry, title: Title) -> None:
    """Take this title, whatever was proposed.

    Raises:
        NotPossible: it isn't published.
    """
    if title.status != Title.Status.PUBLISHED:
        raise NotPossible("That title is no longer in the catalogue. Choose another.")
    before = entry.title_id
    entry.title, entry.status, entry.confidence = title, HistoryEntry.Status.FIXED, 1.0
    entry.save(update_fields=["title", "status", "confidence"])
    if before != title.pk:
        forget_reasons(entry.batch)


def ignore(entry: HistoryEntry) -> None:
    """Leave the entry out of the history from now on; it can be chosen again."""
    entry.status = HistoryEntry.Status.IGNORED
    entry.save(update_fields=["status"])
    forget_reasons(entry.batch)


def remove_entry(entry: HistoryEntry) -> None:
    batch = entry.batch
    entry.delete()
    forget_reasons(batch)


def remove_import(batch: HistoryImport) -> None:
    """Delete an import with its entries, and take back what was said because of it."""
    with transaction.atomic():
        batch.entries.all().delete()
        forget_reasons(batch)
        batch.delete()


def forget_reasons(batch: HistoryImport) -> int:
    """Write anew the viewer's reasons that speak of what they liked; return how many.

    Reasons are sentences on earlier cards; "whose Heat you liked" may come from this import. They
    are made again from the history as it is now.
    """
    speaks = Q()
    for words in _FROM_HISTORY:
        speaks |= Q(template_reason__icontains=words) | Q(generated_reason__icontains=words)
    speaks |= Q(template_reason__contains=", which you liked")
    picks = Pick.objects.filter(
        speaks, slate__viewer=batch.viewer_id, slate__created_at__gte=batch.created_at
    ).select_related("slate__viewer")
    rewritten = list(picks)
    for pick in rewritten:
        pick.template_reason = template_reason(load_context(pick))
        pick.generated_reason = ""
        pick.reason_status = Pick.ReasonStatus.TEMPLATE
    fields = ["template_reason", "generated_reason", "reason_status"]
    Pick.objects.bulk_update(rewritten, fields, batch_size=_BATCH)
    return len(rewritten)
