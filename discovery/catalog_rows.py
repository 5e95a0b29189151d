"""Keep the rows of the GenRec server in step with the catalogue.

The server forgets its rows when it restarts and knows nothing of edits, so the application
compares stamps: one for each published, embedded title with a slot. What is missing or out of
date is pushed, what is gone is cleared, and when nothing differs nothing is sent.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.core.cache import cache
from django.db.models import (
    BigIntegerField,
    Count,
    FilteredRelation,
    Func,
    Q,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from catalog.models import ExternalId, Title
from discovery.genrec_client import GenRecClient, GenRecUnavailable
from discovery.threads import in_database
from genrec.contract import CatalogRow, RowsRequest, ServerState

logger = logging.getLogger(__name__)

ROWS_PER_REQUEST = 1000
_CACHE_KEY = "discovery:reconciled-rows"
# Compare everything now and then, whatever the fingerprint says.
_CACHE_S = 600


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was done; `problem` says why the server still lacks rows, if it does."""

    pushed: int = 0
    cleared: int = 0
    loaded: int = 0
    problem: str = ""


@dataclass(slots=True)
class _Wanted:
    """What the server should hold."""

    # Slot -> (title id, stamp).
    stamps: dict[int, tuple[int, str]] = field(default_factory=dict)
    # Titles whose vectors another embedder made: they must be embedded again first.
    other_version: int = 0


def reconcile_rows() -> Reconciled:
    """Push what GenRec lacks and clear what is gone. Idempotent; cheap when nothing changed.

    Synchronous: call it from a task or a command, one at a time. An unreachable server is no
    error, for the schedule comes back; it is logged and said in the result.
    """
    result = asyncio.run(_reconcile())
    if result.problem:
        logger.warning("catalogue rows: %s", result.problem)
    elif result.pushed or result.cleared:
        logger.info(
            "catalogue rows: pushed=%d cleared=%d loaded=%d",
            result.pushed,
            result.cleared,
            result.loaded,
        )
    return result


async def _reconcile() -> Reconciled:
    async with GenRecClient() as genrec:
        try:
            return await reconcile_with(genrec)
        except GenRecUnavailable as error:
            return Reconciled(problem=str(error))


async def reconcile_with(genrec: GenRecClient) -> Reconciled:
    """As `reconcile_rows`, with a given client.

    Raises:
        GenRecUnavailable: the server went away; rows sent before stay there.
    """
    state = await genrec.state()
    # Read before the rows are: what is committed from now on makes the next one differ.
    catalogue = await in_database(_catalogue_hash)
    if cache.get(_CACHE_KEY) == _fingerprint(state, catalogue):
        return Reconciled(loaded=state.rows_loaded)
    wanted = await in_database(_wanted, state.embedding_version)
    problem = _problem(state, wanted)
    fitting = {slot: row for slot, row in wanted.stamps.items() if slot < state.n_slots}
    loaded = (await genrec.stamps()).stamps if state.rows_loaded else {}
    stale = [slot for slot, (_, stamp) in fitting.items() if loaded.get(slot) != stamp]
    gone = sorted(loaded.keys() - fitting.keys())
    pushed = cleared = 0
    if gone:
        request = RowsRequest(embedding_version=state.embedding_version, clear=tuple(gone))
        cleared = (await genrec.put_rows(request)).cleared
    for chunk in _chunks(sorted(stale)):
        rows = await in_database(_rows, [(fitting[slot][0], fitting[slot][1]) for slot in chunk])
        request = RowsRequest(embedding_version=state.embedding_version, rows=tuple(rows))
        pushed += (await genrec.put_rows(request)).updated
    if not problem:
        # What was pushed has raised the row version: remember the state as it is now.
        now = await genrec.state() if pushed + cleared else state
        if now.boot_id == state.boot_id:
            cache.set(_CACHE_KEY, _fingerprint(now, catalogue), _CACHE_S)
    return Reconciled(pushed, cleared, len(fitting), problem)


def _fingerprint(state: ServerState, catalogue: str) -> str:
    """Identify server and catalogue by what any change of either changes."""
    return f"{state.boot_id}:{state.rows_version}:{state.rows_loaded}:{catalogue}"


def _catalogue_hash() -> str:
    """Identify all that `_wanted` reads, in one query: the sum of a hash of each row."""
    content = Coalesce(
        NullIf("document_hash", Value("")), Cast("embedded_at", output_field=TextField())
    )
    parts = (Value(":"), "pk", "slot", "embedding_version", content, "on_imdb__value")
    row = Func(*parts, function="concat_ws", output_field=TextField())
    # Of 64 bits; Postgres adds them up as numeric, which has no end.
    row_hash = Func(row, Value(0), function="hashtextextended", output_field=BigIntegerField())
    is_imdb = Q(external_ids__source=ExternalId.Source.IMDB)
    titles = Title.objects.rankable().annotate(
        on_imdb=FilteredRelation("external_ids", condition=is_imdb)
    )
    return ":".join(map(str, titles.aggregate(n=Count("pk"), sum=Sum(row_hash)).values()))


def _wanted(embedding_version: str) -> _Wanted:
    imdb = dict(
        ExternalId.objects.filter(source=ExternalId.Source.IMDB).values_list("title_id", "value")
    )
    wanted = _Wanted()
    rows = Title.objects.rankable().values_list(
        "pk", "slot", "document_hash", "embedding_version", "embedded_at"
    )
    for pk, slot, document_hash, version, embedded_at in rows:
        if version != embedding_version or slot is None:
            wanted.other_version += 1
        else:
            stamp = _stamp(version, document_hash or str(embedded_at), imdb.get(pk, ""))
            wanted.stamps[slot] = (pk, stamp)
    return wanted


def _stamp(version: str, content: str, imdb: str) -> str:
    """Identify a row's content: the document that was embedded, by what, and the residual's key."""
    return hashlib.sha256(f"{version}:{content}:{imdb}".encode()).hexdigest()[:16]


def _rows(titles: Sequence[tuple[int, str]]) -> list[CatalogRow]:
    stamps = dict(titles)
    found = Title.objects.rankable().filter(pk__in=stamps).values_list("pk", "slot", "embedding")
    imdb = dict(
        ExternalId.objects.filter(source=ExternalId.Source.IMDB, title_id__in=stamps).values_list(
            "title_id", "value"
        )
    )
    return [
        CatalogRow(
            slot=slot,
            imdb=imdb.get(pk, "")[:16],
            stamp=stamps[pk],
            content=base64.b64encode(np.asarray(embedding, dtype="<f2").tobytes()).decode(),
        )
        for pk, slot, embedding in found
        if slot is not None
    ]


def _problem(state: ServerState, wanted: _Wanted) -> str:
    beyond = sum(slot >= state.n_slots for slot in wanted.stamps)
    problems = []
    if wanted.other_version:
        problems.append(
            f"{wanted.other_version} titles were embedded with another version than GenRec's "
            f"{state.embedding_version}: run `manage.py refresh_titles`, or serve the artefact "
            "that was trained with the catalogue's version"
        )
    if beyond:
        problems.append(
            f"{beyond} titles have slots beyond GenRec's {state.n_slots}: restart it with more"
        )
    return "; ".join(problems)


def _chunks(slots: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(slots), ROWS_PER_REQUEST):
        yield slots[start : start + ROWS_PER_REQUEST]
