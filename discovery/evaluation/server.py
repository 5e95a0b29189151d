"""A GenRec server of the evaluation's own, with the scratch catalogue's rows.

The running product's server is never used: its rows belong to the live catalogue.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from discovery.catalog_rows import reconcile_with
from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.reply_cache import CachingClient, ReplyCache
from discovery.genrec_client import GenRecUnavailable

START_S = 600.0
STOP_S = 20.0
_LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and its key."""

    url: str
    api_key: str


@contextmanager
def started_server(python: Path, model: Path, directory: Path) -> Iterator[Address]:
    """Serve `model` on a free port of this machine until the block ends.

    Raises:
        EvaluationError: no such environment or model, or the server did not start.
    """
    for path in (python, model):
        if not path.exists():
            raise EvaluationError(f"{path} is missing: give --genrec URL, or --no-genrec.")
    port, key = _free_port(), secrets.token_urlsafe(32)
    command = [str(python), "-m", "genrec", "serve", "--model", str(model), "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=directory,
            env={**os.environ, "GENREC_API_KEY": key},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        address = Address(f"http://127.0.0.1:{port}", key)
        try:
            _wait(address, process, lambda: _end_of(log))
            yield address
        finally:
            _stop(process)


@asynccontextmanager
async def with_rows(
    address: Address, cache: ReplyCache | None, write: Callable[[str], object]
) -> AsyncIterator[CachingClient]:
    """Connect to a server and give it the scratch catalogue's rows.

    Raises:
        EvaluationError: it can't be reached, or can't take the rows.
    """
    client = CachingClient(address.url, address.api_key, cache=cache)
    async with client:
        try:
            rows = await reconcile_with(client)
            state = await client.state()
        except GenRecUnavailable as error:
            raise EvaluationError(f"GenRec at {address.url}: {error}") from error
        if rows.problem:
            raise EvaluationError(f"GenRec at {address.url} can't take the rows: {rows.problem}")
        client.artefact = state.artefact
        write(f"GenRec {state.artefact}: {rows.loaded} rows, {rows.pushed} of them new")
        yield client


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: Address, process: subprocess.Popen[bytes], log: Callable[[], str]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{address.url}/health", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(1)
    why = f"no answer in {START_S:.0f} s" if process.poll() is None else "it ended"
    raise EvaluationError(f"GenRec did not start ({why}):\n{log()}")


def _end_of(log: Any) -> str:
    log.seek(0)
    lines: list[bytes] = log.read().splitlines()
    return b"\n".join(lines[-_LOG_LINES:]).decode(errors="replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
