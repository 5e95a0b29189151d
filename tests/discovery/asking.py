"""Ask the pipeline, as tests do: a request, its events, the slates and the trace among them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from uuid import uuid4

from discovery.pipeline import discover
from discovery.tracing import Trace
from discovery.types import (
    DiscoveryRequest,
    Finished,
    PipelineEvent,
    Slate,
    SlateReady,
)
from tests.catalogue import WISH
from tests.discovery.genrec_http import ScriptedGenRec


def ask(text: str = WISH, **fields: object) -> DiscoveryRequest:
    return replace(DiscoveryRequest(uuid4(), text), **fields)  # type: ignore[arg-type]


async def run(
    request: DiscoveryRequest, server: ScriptedGenRec | None = None
) -> list[PipelineEvent]:
    client = (server or ScriptedGenRec()).client()
    async with client, aclosing(discover(request, genrec=client)) as events:
        return [event async for event in events]


def slates(events: Sequence[PipelineEvent]) -> list[Slate]:
    return [event.slate for event in events if isinstance(event, SlateReady)]


def trace_of(events: Sequence[PipelineEvent]) -> Trace:
    last = events[-1]
    assert isinstance(last, Finished)
    return last.trace
