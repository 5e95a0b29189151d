"""The batch door: questions from a file through the chat's own pipeline.

One question: `{"id", "text", "history": [{"imdb", "event"}]?}`. One answer: `{"id", "query",
"picks": [...], "left_out", "timings_ms", "warnings"?}`, or `{"id", "error"}` for a question that
can't be read or answered. A file is a JSON list, or one JSON object a line.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog.models import ExternalId
from discovery.genrec_client import GenRecClient
from discovery.pipeline import discover
from discovery.threads import in_database
from discovery.types import DiscoveryRequest, Event, Finished, Slate, SlateReady
from genrec.contract import MAX_MESSAGE_CHARS, EventKind

logger = logging.getLogger(__name__)

_SOURCES = (ExternalId.Source.IMDB, ExternalId.Source.TMDB, ExternalId.Source.MOVIELENS)


class HistoryItem(BaseModel):
    model_config = ConfigDict(extra="forbid")

    imdb: str = Field(max_length=40)
    event: EventKind = "played"


class Question(BaseModel):
    """One record of the file. Keys that are not listed are ignored: files carry notes."""

    id: str | int
    text: str = Field(min_length=1)
    # Oldest first, of any length: what was seen is left out, and the last events tell the taste.
    history: list[HistoryItem] | None = None

    @property
    def request_id(self) -> UUID:
        """The same for the same question: what is drawn at random is drawn alike."""
        return uuid5(NAMESPACE_URL, f"{self.id}:{self.text}")


class UnreadableFile(Exception):
    """The file as a whole can't be read; the message says why and what is expected."""


@dataclass(frozen=True, slots=True)
class Options:
    top: int = 6
    use_genrec: bool = True


@dataclass(slots=True)
class _Linked:
    """A history by title ids, and what could not be linked."""

    events: list[Event] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def read_records(path: Path) -> Iterator[Any]:
    """Yield the records of a file; a line that is no JSON comes as its `ValueError`.

    Raises:
        UnreadableFile: no such file, not UTF-8, or a JSON list that doesn't parse.
    """
    try:
        # A byte-order mark is no part of the first record.
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path} can't be read: {error}") from error
    if text.lstrip().startswith("["):
        try:
            yield from json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UnreadableFile(f"{path} starts as a JSON list but isn't one: {error}") from error
        return
    # Not `splitlines`: a record may hold other line separators than this one.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                yield ValueError(f"line {number} is no JSON: {error}")


async def answer_record(record: Any, options: Options, genrec: GenRecClient) -> dict[str, Any]:
    """Answer one record; what is wrong with it, or goes wrong, is said in the answer."""
    record_id = record.get("id") if isinstance(record, Mapping) else None
    if isinstance(record, ValueError):
        return {"id": record_id, "error": str(record)}
    try:
        question = Question.model_validate(record)
    except ValidationError as error:
        return {"id": record_id, "error": _explained(error)}
    try:
        return await answer_question(question, options, genrec)
    except Exception as error:
        # Whatever it is, the other questions' answers are not lost for it.
        logger.exception("question %r was not answered", question.id)
        return {"id": question.id, "error": f"This could not be answered: {error!r}"}


async def answer_question(
    question: Question, options: Options, genrec: GenRecClient
) -> dict[str, Any]:
    linked = await in_database(_link_history, question.history or ())
    request = DiscoveryRequest(
        request_id=question.request_id,
        text=question.text[:MAX_MESSAGE_CHARS],
        history=tuple(linked.events),
        count=options.top,
        use_genrec=options.use_genrec,
    )
    slate: Slate | None = None
    timings: dict[str, float] = {}
    fallbacks: list[str] = []
    async with aclosing(discover(request, genrec=genrec)) as events:
        async for event in events:
            if isinstance(event, SlateReady):
                slate = event.slate
            elif isinstance(event, Finished):
                timings, fallbacks = event.trace.timings_ms, event.trace.fallbacks
    if slate is None:
        return {"id": question.id, "error": "The pipeline ended without an answer."}
    warnings = [f"no title has imdb id {imdb}" for imdb in linked.unknown] + fallbacks
    if len(question.text) > MAX_MESSAGE_CHARS:
        read = f"{MAX_MESSAGE_CHARS} of {len(question.text)}"
        warnings.insert(0, f"only the first {read} characters were read")
    answer = {
        "id": question.id,
        "query": slate.query.said(),
        "picks": await in_database(_picks, slate),
        "left_out": dict(slate.left_out),
        "timings_ms": timings,
    }
    return (
        answer
        | ({"notes": list(slate.notes)} if slate.notes else {})
        | ({"warnings": warnings} if warnings else {})
    )


def _link_history(history: Sequence[HistoryItem]) -> _Linked:
    values = [item.imdb for item in history]
    found = dict(
        ExternalId.objects.filter(source=ExternalId.Source.IMDB, value__in=values).values_list(
            "value", "title_id"
        )
    )
    linked = _Linked()
    for item in history:
        if item.imdb in found:
            linked.events.append(Event(title_id=found[item.imdb], kind=item.event))
        else:
            linked.unknown.append(item.imdb)
    return linked


def _picks(slate: Slate) -> list[dict[str, Any]]:
    ids = _external_ids([pick.title.title_id for pick in slate.picks])
    return [
        {
            "title": pick.title.name,
            "year": pick.title.year,
            "kind": pick.title.kind,
            "runtime_min": pick.title.runtime_min,
            **{source.value: ids.get((pick.title.title_id, source.value)) for source in _SOURCES},
            "score": pick.score,
            "scored_by": pick.scored_by,
            "reason": pick.template_reason,
        }
        for pick in slate.picks
    ]


def _external_ids(title_ids: Sequence[int]) -> dict[tuple[int, str], str]:
    rows = ExternalId.objects.filter(title_id__in=title_ids, source__in=_SOURCES)
    return {(row.title_id, row.source): row.value for row in rows}


def _explained(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, item['loc'])) or 'record'}: {item['msg']}" for item in error.errors()
    )
