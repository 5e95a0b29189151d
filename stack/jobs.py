"""Commands that run once and end: model preparation, migrations, the first import."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.console import LineStream, say
from stack.errors import StackError
from stack.processes import Ledger, tied

CHUNK_BYTES = 65536
TERMINATE_S = 10.0


async def run_job(
    name: str,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    logs: Path,
    ledger: Ledger,
) -> None:
    """Run a command to its end, its output in our stream and in a log of its own.

    Cancelling ends the command and all it started.

    Raises:
        StackError: it failed; the message has its last line and names the log.
    """
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *tied(command),
        env=dict(env),
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    ledger.add(name, process.pid)
    stream = LineStream(name, logs)
    try:
        if process.stdout is not None:
            while chunk := await process.stdout.read(CHUNK_BYTES):
                stream.feed(chunk)
        status = await process.wait()
    except asyncio.CancelledError:
        await end_job(process)
        raise
    finally:
        stream.close()
    if status:
        why = f": {stream.last}" if stream.last else ""
        raise StackError(f"{name} failed (exit status {status}), see {logs / name}.log{why}")
    say(f"{name}: done in {time.monotonic() - started:.1f} s")


async def end_job(process: asyncio.subprocess.Process) -> None:
    for signum in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        os.killpg(process.pid, signum)
        try:
            await asyncio.wait_for(process.wait(), TERMINATE_S)
        except TimeoutError:
            continue
