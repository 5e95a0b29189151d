"""A GenRec server made of a script: what it answers is chosen by the test.

It stands where the real one does, at the other end of HTTP. The real one is in
`tests.genrec_server`; this one can be slow, rude, or wrong on purpose.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from catalog.embedding import embedding_version


@dataclass
class FakeGenRec:
    """Keeps rows, ranks nothing unless `ranks`, and streams `pieces`, one every `pause_s`.

    It counts the streams that are under way, and those whose reader left.
    """

    pieces: Iterable[str] = ()
    pause_s: float = 0.0
    status: int = 200
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    boot_id: str = "first"
    # Slot -> stamp of the rows it was given.
    rows: dict[int, str] = field(default_factory=dict)
    rows_version: int = 0
    running: int = 0
    # Slot -> score; None ranks nothing.
    ranks: Callable[[int], float] | None = None
    # What /metrics says of requests under way.
    busy: int = 0
    # Streams whose reader left before the end.
    abandoned: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Handler(BaseHTTPRequestHandler):
    fake: FakeGenRec
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        fake = self.fake
        if self.path == "/genrec/rows":
            self._answer(boot_id=fake.boot_id, rows_version=fake.rows_version, stamps=fake.rows)
        elif self.path == "/genrec/state":
            self._answer(
                boot_id=fake.boot_id,
                model="fake",
                base="fake",
                artefact="fake",
                embedding_version=embedding_version(),
                n_slots=1000,
                rows_loaded=len(fake.rows),
                rows_version=fake.rows_version,
            )
        elif self.path == "/metrics":
            self._metrics()
        else:
            self._refuse(404)

    def _metrics(self) -> None:
        text = (
            "# TYPE vllm:num_requests_running gauge\n"
            f'vllm:num_requests_running{{engine="0",model_name="genrec"}} {float(self.fake.busy)}\n'
            'vllm:num_requests_waiting{engine="0",model_name="genrec"} 0.0\n'
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self) -> None:
        body = self._body()
        rows = {row["slot"]: row["stamp"] for row in body["rows"]}
        self.fake.rows.update(rows)
        for slot in body["clear"]:
            self.fake.rows.pop(slot, None)
        self.fake.rows_version += 1
        version = self.fake.rows_version
        self._answer(updated=len(rows), cleared=len(body["clear"]), rows_version=version)

    def do_POST(self) -> None:
        body = self._body()
        if self.path == "/genrec/rank" and self.fake.ranks is not None:
            # None asks for the best of the whole catalogue.
            self._rank(body["slots"] or sorted(self.fake.rows), self.fake.ranks)
            return
        if self.fake.status != 200 or self.path != "/v1/chat/completions":
            self._refuse(self.fake.status if self.fake.status != 200 else 503)
            return
        with self.fake.lock:
            self.fake.running += 1
        try:
            self._stream()
        except OSError:
            self.fake.abandoned += 1
        finally:
            with self.fake.lock:
                self.fake.running -= 1

    def _rank(self, slots: list[int], score: Callable[[int], float]) -> None:
        best = sorted(slots, key=lambda slot: (-score(slot), slot))
        self._answer(
            slots=best,
            logprobs=[score(slot) for slot in best],
            prompt_tokens=10,
            cached_tokens=0,
            engine_ms=1.0,
            rows_version=self.fake.rows_version,
        )

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in self.fake.pieces:
            time.sleep(self.fake.pause_s)
            chunk = {"choices": [{"delta": {"content": piece}}]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.fake.requests.append(body)
        return body

    def _answer(self, **fields: Any) -> None:
        content = json.dumps(fields).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Stay quiet."""


@contextmanager
def fake_genrec(**script: Any) -> Iterator[FakeGenRec]:
    """Serve a fake until the block ends."""
    fake = FakeGenRec(**script)
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
