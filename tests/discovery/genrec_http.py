"""The other end of HTTP: a GenRec server as an httpx transport, with what a test makes it say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from discovery.genrec_client import Circuit, GenRecClient

EMBEDDING_VERSION = "test-version"


@dataclass
class ScriptedGenRec:
    """Ranks by `score`, writes `text`, and keeps rows as the real server does."""

    # Slot -> log-probability; by default the highest slot is best.
    score: Callable[[int], float] = float
    text: str = "{}"
    status: int = 200
    error: Exception | None = None
    boot_id: str = "boot-1"
    embedding_version: str = EMBEDDING_VERSION
    n_slots: int = 1000
    without_row: frozenset[int] = frozenset()
    stamps: dict[int, str] = field(default_factory=dict)
    rows_version: int = 0
    requests: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def client(self, *, circuit: Circuit | None = None) -> GenRecClient:
        transport = httpx.MockTransport(self._answer)
        return GenRecClient("http://genrec", transport=transport, circuit=circuit or Circuit())

    def bodies(self, path: str) -> list[Mapping[str, Any]]:
        return [body for seen, body in self.requests if seen == path]

    def reranked(self) -> list[Mapping[str, Any]]:
        """Return the questions about given slots, without those for the best of the catalogue."""
        return [body for body in self.bodies("POST /genrec/rank") if body["slots"]]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        self.requests.append((f"{request.method} {request.url.path}", body))
        if self.error is not None:
            raise self.error
        if self.status != 200:
            return httpx.Response(self.status, text="refused by the test")
        match request.method, request.url.path:
            case "POST", "/genrec/rank":
                return self._rank(body)
            case "GET", "/genrec/state":
                return httpx.Response(200, json=self._state())
            case "GET", "/genrec/rows":
                return httpx.Response(200, json=self._stamps())
            case "PUT", "/genrec/rows":
                return self._put_rows(body)
            case _:
                return self._chat()

    def _rank(self, body: Mapping[str, Any]) -> httpx.Response:
        # None asks for the best of the whole catalogue.
        slots = body["slots"] or [n for n in range(self.n_slots) if n not in self.without_row]
        asked = {*slots, *(event["slot"] for event in body["history"])}
        if missing := sorted(asked & self.without_row):
            listed = ", ".join(map(str, missing[:5]))
            text = f"No row is loaded for candidate slot {listed}: send it to PUT /genrec/rows."
            return httpx.Response(422, json={"detail": text})
        best = sorted(slots, key=lambda slot: (-self.score(slot), slot))[: body["k"]]
        reply = {
            "slots": best,
            "logprobs": [self.score(slot) for slot in best],
            "prompt_tokens": 10,
            "cached_tokens": 4,
            "engine_ms": 1.5,
            "rows_version": self.rows_version,
        }
        return httpx.Response(200, json=reply)

    def _state(self) -> dict[str, Any]:
        return {
            "boot_id": self.boot_id,
            "model": "genrec-test",
            "base": "tiny",
            "artefact": "test",
            "embedding_version": self.embedding_version,
            "n_slots": self.n_slots,
            "rows_loaded": len(self.stamps),
            "rows_version": self.rows_version,
        }

    def _stamps(self) -> dict[str, Any]:
        return {
            "boot_id": self.boot_id,
            "rows_version": self.rows_version,
            "stamps": self.stamps,
        }

    def _put_rows(self, body: Mapping[str, Any]) -> httpx.Response:
        self.stamps |= {row["slot"]: row["stamp"] for row in body["rows"]}
        for slot in body["clear"]:
            self.stamps.pop(slot, None)
        self.rows_version += 1
        reply = {
            "updated": len(body["rows"]),
            "cleared": len(body["clear"]),
            "rows_version": self.rows_version,
        }
        return httpx.Response(200, json=reply)

    def _chat(self) -> httpx.Response:
        pieces = [self.text[i : i + 7] for i in range(0, len(self.text), 7)]
        chunks = [json.dumps({"choices": [{"delta": {"content": piece}}]}) for piece in pieces]
        stream = "".join(f"data: {chunk}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
        headers = {"Content-Type": "text/event-stream"}
        return httpx.Response(200, text=stream, headers=headers)
