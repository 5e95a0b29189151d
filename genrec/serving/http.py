"""The /genrec/* routes: rank slots, change rows, tell the state. Wire types: `genrec.contract`.

`catalog_head` asks the engine, `ranking` makes the answer, `rows` records what is loaded.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter, FastAPI, HTTPException, Request
from starlette.datastructures import State
from vllm.engine.protocol import EngineClient

from genrec.assembly import CATALOG_DIRECTORY, MANIFEST_NAME
from genrec.checkpoint import RESIDUALS_NAME
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
from genrec.serving.blending import Blender
from genrec.serving.catalog_head import CatalogHead
from genrec.serving.disconnect import until_disconnect
from genrec.serving.heads import HeadGate
from genrec.serving.kin import KinIndex
from genrec.serving.ranking import Ranking
from genrec.serving.rows import RowChange, RowRecord, RowsRefused
from genrec.tensor_files import imdb_keys
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
    blender: Blender | None
    kin: KinIndex
    residual_keys: frozenset[str]
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
    manifest = read_json(directory / MANIFEST_NAME)
    residuals = directory / CATALOG_DIRECTORY / RESIDUALS_NAME
    HeadGate.n_words = vocabulary.n_words
    blender = Blender.from_directory(directory, manifest.get("blend"))
    return Service(
        engine=engine,
        vocabulary=vocabulary,
        verbalizer=Verbalizer.from_directory(directory, vocabulary),
        manifest=manifest,
        model_name=(args.served_model_name or [str(directory)])[0],
        max_prompt_tokens=model_config.max_model_len - 1,
        rows=RowRecord(vocabulary.n_slots, manifest["embedding_version"]),
        blender=blender,
        kin=KinIndex(blender.prior.rows if blender is not None else {}),
        residual_keys=frozenset(imdb_keys(residuals) if residuals.exists() else ()),
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
        artefact_format=service.manifest["artefact_format"],
        residual_rows=sum(key in service.residual_keys for key in service.rows.imdb.values()),
        prior=service.blender is not None,
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
        values = (change.slots, change.content, change.keys)
        await service.engine.collective_rpc("genrec_set_rows", args=values)
    if change.clear:
        await service.engine.collective_rpc("genrec_clear_rows", args=(change.clear,))
    service.kin.change(change)
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
    ranking = Ranking(
        head=CatalogHead(service.engine, service.vocabulary, prompt, service.rows.version),
        rows=service.rows,
        blender=service.blender if body.scorer == "blend" else None,
        kin=service.kin,
    )
    return await until_disconnect(raw, ranking.answer(body))
