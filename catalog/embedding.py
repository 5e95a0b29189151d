"""Keep every title's search vector and embedding in step with its facts.

A title is stale when it was never embedded, was embedded by another version, or changed since.
`embedded_at` is the moment its facts were read, not written. A title that was changed while its
vector was being computed is not written at all: it stays stale, and the next refresh takes it up.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from catalog.documents import title_document
from catalog.embedder import (
    Embedder,
    EmbedderUnavailable,
    Vectors,
    read_version,
    shared_embedder,
)
from catalog.facts import TitleFacts, load_facts
from catalog.models import Title, TitleQuerySet
from catalog.text import fold

__all__ = [
    "Embedder",
    "EmbedderUnavailable",
    "Vectors",
    "embedding_version",
    "get_embedder",
    "mark_stale",
    "refresh_stale",
    "refresh_title",
    "stale_titles",
    "title_document",
    "warm_up",
]

logger = logging.getLogger(__name__)

BATCH = 512
Progress = Callable[[int, int], None]

# Names are indexed twice: as they are, so that stop words ("It", "Her") count, and stemmed, so
# that a query of one language configuration finds them beside the words of a synopsis.
_WRITE = """
UPDATE catalog_title AS title SET
    search = setweight(to_tsvector('simple', fresh.name), 'A')
        || setweight(to_tsvector('english', fresh.name), 'A')
        || setweight(to_tsvector('simple', fresh.people), 'B')
        || setweight(to_tsvector('english', fresh.people), 'B')
        || setweight(to_tsvector('english', fresh.terms), 'B')
        || setweight(to_tsvector('english', fresh.synopsis), 'C'),
    embedding = coalesce(fresh.embedding::halfvec, title.embedding),
    embedding_version = %s,
    document_hash = fresh.document_hash,
    embedded_at = %s
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[],
        %s::text[], %s::text[])
    AS fresh(id, updated_at, name, people, terms, synopsis, document_hash, embedding)
WHERE title.id = fresh.id AND title.updated_at = fresh.updated_at
"""


@dataclass
class _Columns:
    """One value a title, in step: what `_WRITE` unnests."""

    ids: list[int] = field(default_factory=list)
    updated_at: list[datetime | None] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    synopses: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    vectors: list[str | None] = field(default_factory=list)


def get_embedder() -> Embedder:
    """Return this process's embedder; the first call opens it (about 0.3 s).

    Raises:
        EmbedderUnavailable: its files are missing or damaged; the message says what to run.
    """
    return shared_embedder(settings.MODELS_DIR / "embedder", threads=settings.EMBEDDER_THREADS)


def warm_up() -> None:
    """Open the embedder before the first viewer needs it; without it, search is by words alone."""
    try:
        get_embedder().embed(["warm up"])
    except EmbedderUnavailable as error:
        logger.warning("searching without meaning: %s", error)


def embedding_version() -> str:
    """Return the version that vectors made now would carry. Raises EmbedderUnavailable."""
    return read_version(settings.MODELS_DIR / "embedder")


def stale_titles() -> TitleQuerySet:
    """Titles whose search vector and embedding do not show what the catalogue now says."""
    return Title.objects.filter(
        Q(embedded_at__isnull=True)
        | ~Q(embedding_version=embedding_version())
        | Q(updated_at__gt=F("embedded_at"))
    )


def mark_stale(title_ids: Iterable[int]) -> None:
    """Have the next refresh take up these titles: for changes in their people, genres or tags.

    `updated_at` tells a refresh that is under way.
    """
    titles = Title.objects.filter(pk__in=list(title_ids))
    titles.update(embedded_at=None, updated_at=timezone.now())


def refresh_title(title: Title) -> bool:
    """Bring one title's search vector and embedding up to date in the database.

    Returns whether its embedding changed; `title` itself is not touched. Does nothing when
    the title has been deleted.
    """
    return _refresh([title.pk], as_of=timezone.now()) > 0


def refresh_stale(progress: Progress | None = None) -> int:
    """Refresh all stale titles, the most popular first; return how many there were.

    Every batch is written at once, so an interrupted run loses at most one.

    Args:
        progress: called at the start and after each batch with titles done and titles in all.
    """
    ids = list(stale_titles().order_by("-popularity", "pk").values_list("pk", flat=True))
    if progress:
        progress(0, len(ids))
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        _refresh(batch, as_of=timezone.now())
        if progress:
            progress(start + len(batch), len(ids))
    return len(ids)


def _refresh(title_ids: Sequence[int], *, as_of: datetime) -> int:
    """Refresh these titles and return for how many a new vector was computed."""
    embedder = get_embedder()
    # What is there is read before the facts: a change between the two is then seen as one.
    titles = Title.objects.filter(pk__in=title_ids)
    updated_at = dict(titles.values_list("pk", "updated_at"))
    current = {
        pk: (version, digest)
        for pk, version, digest in titles.filter(embedding__isnull=False).values_list(
            "pk", "embedding_version", "document_hash"
        )
    }
    facts = load_facts(title_ids)
    documents = {pk: title_document(known) for pk, known in facts.items()}
    hashes = {pk: document_hash(document) for pk, document in documents.items()}
    changed = [pk for pk in facts if current.get(pk) != (embedder.version, hashes[pk])]
    vectors = embedder.embed([documents[pk] for pk in changed])
    written = dict(zip(changed, map(_vector_text, vectors), strict=True))
    columns = _Columns()
    for pk, known in facts.items():
        columns.updated_at.append(updated_at.get(pk))
        _append(columns, known, hashes[pk], written.get(pk))
    _write(columns, version=embedder.version, as_of=as_of)
    return len(changed)


def document_hash(document: str) -> str:
    """Return 32 hex digits that identify a title document."""
    return hashlib.sha256(document.encode()).hexdigest()[:32]


def _append(columns: _Columns, facts: TitleFacts, digest: str, vector: str | None) -> None:
    columns.ids.append(facts.title_id)
    columns.names.append(fold(facts.name))
    columns.people.append(fold(" ".join(facts.directors + facts.writers + facts.cast)))
    columns.terms.append(fold(" ".join(facts.genres + facts.tags)))
    columns.synopses.append(fold(facts.synopsis))
    columns.hashes.append(digest)
    columns.vectors.append(vector)


def _write(columns: _Columns, *, version: str, as_of: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                version,
                as_of,
                columns.ids,
                columns.updated_at,
                columns.names,
                columns.people,
                columns.terms,
                columns.synopses,
                columns.hashes,
                columns.vectors,
            ],
        )


def _vector_text(vector: Vectors) -> str:
    """Return a vector as pgvector reads it; halfvec keeps about three digits."""
    return "[" + ",".join(f"{value:.6f}" for value in vector.tolist()) + "]"
