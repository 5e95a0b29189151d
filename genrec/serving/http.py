"""The /genrec/* routes: rank slots, change rows, tell the state. Wire types: `genrec.contract`.

A ranking is one token of the catalog head: its log-probabilities over the asked slots are the
scores. Its prefix is cached under the row version, because a changed row changes what a cached
history means.
"""

from __future__ import annotations

import asyncio
import time
from argparse import Namespace
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from fastapi import APIRouter, FastAPI, HTTPException, Request
from starlette.datastructures import State
from vllm import RequestOutput, SamplingParams
from vllm.engine.protocol import EngineClient

from genrec.contract import (
    RankRequest,
    RankResponse,
    RowsRequest,
    RowsResponse,
    RowStamps,
    ServerState,
)
from genrec.errors import GenRecError
from genrec.files import read_json
from genrec.serving.disconnect import until_disconnect
from genrec.serving.heads import CATALOG_PASS, HEAD_KEY, HeadGate
from genrec.serving.rows import RowChange, RowRecord, RowsRefused
from genrec.verbalization import Verbalizer
from genrec.vocabulary import Vocabulary

router = APIRouter()


@dataclass
class Service:
    """What the routes share: one per API server process."""

    engine: EngineClient
    vocabulary: Vocabulary
    verbalizer: Verbalizer
    manifest: dict[str, Any]
    model_name: str
    max_prompt_tokens: int
    rows: RowRecord
    row_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class GenRecEndpoints:
    """The plugin object that vLLM loads: attaches the routes and makes their `Service`."""

    name = "genrec_http"
    required_tasks = ("generate",)

    def attach_router(self, app: FastAPI) -> None:
        app.include_router(router)

    async def init_state(
        self, engine_client: EngineClient | None, state: State, args: Namespace
    ) -> None:
        if engine_client is None:
            raise GenRecError("GenRec's routes need an engine: a render-only server has none.")
        state.genrec = make_service(engine_client, args)


def make_service(engine: EngineClient, args: Namespace) -> Service:
    """Read the served directory and return what the routes need."""
    model_config = engine.model_config
    directory = Path(model_config.model)
    config = model_config.hf_config
    vocabulary = Vocabulary(config.genrec_n_words, config.genrec_n_slots)
    manifest = read_json(directory / "genrec.json")
    HeadGate.n_words = vocabulary.n_words
    return Service(
        engine=engine,
        vocabulary=vocabulary,
        verbalizer=Verbalizer.from_directory(directory, vocabulary),
        manifest=manifest,
        model_name=(args.served_model_name or [str(directory)])[0],
        max_prompt_tokens=model_config.max_model_len - 1,
        rows=RowRecord(vocabulary.n_slots, manifest["embedding_version"]),
    )


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.genrec)


@router.get("/genrec/state")
async def state(raw: Request) -> ServerState:
    """Tell what is served, and which boot of the server this is."""
    service = service_of(raw)
    return ServerState(
        boot_id=service.rows.boot_id,
        model=service.model_name,
        base=service.manifest["base"],
        artefact=service.manifest["artefact"],
        embedding_version=service.rows.embedding_version,
        n_slots=service.rows.n_slots,
        rows_loaded=len(service.rows.stamps),
        rows_version=service.rows.version,
    )


@router.get("/genrec/rows")
async def row_stamps(raw: Request) -> RowStamps:
    """Return the stamp of every loaded slot."""
    rows = service_of(raw).rows
    return RowStamps(boot_id=rows.boot_id, rows_version=rows.version, stamps=rows.stamps)


@router.put("/genrec/rows")
async def put_rows(body: RowsRequest, raw: Request) -> RowsResponse:
    """Set and clear rows, all or none: everything is validated before anything changes."""
    service = service_of(raw)
    async with service.row_lock:
        try:
            change = service.rows.plan(body)
        except RowsRefused as error:
            raise HTTPException(error.status, str(error)) from error
        # Shielded: a client that hangs up must not leave workers and record apart.
        version = await asyncio.shield(apply_change(service, change))
    return RowsResponse(updated=len(change.slots), cleared=len(change.clear), rows_version=version)


async def apply_change(service: Service, change: RowChange) -> int:
    """Have the workers change the rows, then record it. Returns the new row version."""
    if change.slots:
        await service.engine.collective_rpc("genrec_set_rows", args=(change.slots, change.content))
    if change.clear:
        await service.engine.collective_rpc("genrec_clear_rows", args=(change.clear,))
    return service.rows.commit(change)


@router.post("/genrec/rank")
async def rank(body: RankRequest, raw: Request) -> RankResponse:
    """Score slots for a wish and a history. A client that hangs up stops the work."""
    service = service_of(raw)
    try:
        service.rows.check_rankable(body)
        prompt = service.verbalizer.prompt(
            body.wish, body.history, max_tokens=service.max_prompt_tokens
        )
    except RowsRefused as error:
        raise HTTPException(error.status, str(error)) from error
    except GenRecError as error:
        raise HTTPException(422, str(error)) from error
    return await until_disconnect(raw, rank_prompt(service, body, prompt))


async def rank_prompt(service: Service, body: RankRequest, prompt: list[int]) -> RankResponse:
    """Ask the engine for one token of the catalog head and read the scores off it."""
    loaded = service.rows.stamps.keys()
    version = service.rows.version
    wanted = min(len(body.slots) if body.slots else body.k, service.vocabulary.n_slots)
    started = time.perf_counter()
    output = await one_token(service, body.slots, wanted, prompt, salt=f"rows-{version}")
    scores = {
        slot: entry.logprob
        for token_id, entry in (output.outputs[0].logprobs or [{}])[0].items()
        if (slot := service.vocabulary.slot_of(token_id)) is not None and slot in loaded
    }
    best = sorted(scores, key=lambda slot: (-scores[slot], slot))[:wanted]
    return RankResponse(
        slots=best,
        logprobs=[scores[slot] for slot in best],
        prompt_tokens=len(prompt),
        cached_tokens=output.num_cached_tokens or 0,
        engine_ms=round((time.perf_counter() - started) * 1000, 2),
        rows_version=version,
    )


async def one_token(
    service: Service, slots: tuple[int, ...] | None, n_scores: int, prompt: list[int], salt: str
) -> RequestOutput:
    """Generate one token of the catalog head with the log-probabilities of `n_scores` slots."""
    slot_id = service.vocabulary.slot_id
    params = SamplingParams(
        max_tokens=1,
        temperature=0.0,
        logprobs=n_scores,
        detokenize=False,
        allowed_token_ids=[slot_id(slot) for slot in slots] if slots else None,
        extra_args={HEAD_KEY: CATALOG_PASS},
    )
    output: RequestOutput | None = None
    tokens = {"prompt_token_ids": prompt, "cache_salt": salt}
    async for latest in service.engine.generate(tokens, params, f"rank-{uuid4().hex}"):
        output = latest
    if output is None or not output.outputs:
        raise HTTPException(503, "The engine gave no answer: it may be shutting down.")
    return output
