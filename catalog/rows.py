"""The catalogue's side of GenRec's rows: what each slot should hold, and how to tell it changed.

`discovery` compares these stamps with the server's and pushes the difference. Only data here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import OuterRef, Subquery

from catalog.embedding import Vectors
from catalog.models import ExternalId, Title, TitleQuerySet

STAMP_CHARS = 16


@dataclass(frozen=True, slots=True)
class Row:
    """What one slot should hold. `imdb` is empty if unknown; `embedding` is (384,) float32."""

    slot: int
    imdb: str
    stamp: str
    embedding: Vectors


@dataclass(frozen=True, slots=True)
class RowChanges:
    """Slots to push, and slots that hold a title no longer rankable."""

    push: tuple[int, ...]
    clear: tuple[int, ...]


def row_stamps(version: str) -> dict[int, str]:
    """Return the stamp of every rankable title by slot, in one query.

    A stamp names the embedding version, the document and the imdb id: all that a row is made
    of. Titles embedded by another version than `version` are left out: the server would mix
    vectors that do not compare.
    """
    titles = _read(Title.objects.all(), version, "slot", "document_hash", "imdb")
    return {slot: row_stamp(version, digest, imdb or "") for slot, digest, imdb in titles}


def row_stamp(version: str, document_hash: str, imdb: str) -> str:
    text = f"{version}|{document_hash}|{imdb}"
    return hashlib.sha256(text.encode()).hexdigest()[:STAMP_CHARS]


def rows_stale(loaded: Mapping[int, str], *, version: str) -> RowChanges:
    """Compare the stamps that the server has `loaded`, by slot, with the catalogue's."""
    wanted = row_stamps(version)
    push = sorted(slot for slot, stamp in wanted.items() if loaded.get(slot) != stamp)
    clear = sorted(slot for slot in loaded if slot not in wanted)
    return RowChanges(tuple(push), tuple(clear))


def load_rows(slots: Sequence[int], *, version: str) -> list[Row]:
    """Return the rows of these slots, in slot order; slots without a rankable title are absent."""
    return list(_rows(Title.objects.filter(slot__in=slots), version))


def iter_rows(since: datetime | None = None, *, version: str) -> Iterator[Row]:
    """Yield the rows of titles embedded after `since`, or of all."""
    titles = Title.objects.all()
    return _rows(titles if since is None else titles.filter(embedded_at__gt=since), version)


def _rows(titles: TitleQuerySet, version: str) -> Iterator[Row]:
    columns = ("slot", "document_hash", "imdb", "embedding")
    for slot, digest, imdb, vector in _read(titles, version, *columns):
        stamp = row_stamp(version, digest, imdb or "")
        yield Row(slot, imdb or "", stamp, np.asarray(vector, dtype=np.float32))


def _read(titles: TitleQuerySet, version: str, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield columns of the titles that have a row; `imdb` is one of them, None if unknown."""
    ids = ExternalId.objects.filter(title_id=OuterRef("pk"), source=ExternalId.Source.IMDB)
    rankable = titles.rankable().filter(embedding_version=version)
    with_imdb = rankable.annotate(imdb=Subquery(ids.values("value")[:1])).order_by("slot")
    yield from with_imdb.values_list(*columns).iterator(chunk_size=2000)
