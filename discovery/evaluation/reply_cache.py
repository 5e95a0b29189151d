"""What the text head wrote, on disk: it takes seconds a message on a CPU, and never changes.

The key is the artefact and the whole request, so that another prompt, schema or artefact asks anew.
Rankings are not kept: they depend on the rows, and are quick.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discovery.genrec_client import GenRecClient


@dataclass(frozen=True, slots=True)
class ReplyCache:
    """One small file a reply."""

    folder: Path

    def read(self, key: str) -> list[str] | None:
        """Return a reply's deltas, or None if it is not known."""
        try:
            return list(json.loads(self._path(key).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None

    def write(self, key: str, deltas: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self._path(key).with_suffix(".part")
        part.write_text(json.dumps(deltas), encoding="utf-8")
        part.replace(self._path(key))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


class CachingClient(GenRecClient):
    """A client that asks for a chat completion only if it has not seen it."""

    def __init__(self, url: str, api_key: str, *, cache: ReplyCache | None) -> None:
        super().__init__(url, api_key)
        self.cache = cache
        self.artefact = ""

    async def stream_chat(self, payload: Mapping[str, Any]) -> AsyncIterator[str]:
        """As the client's; a known reply comes from the disk. A broken one is not remembered."""
        key = _key_of(self.artefact, payload)
        known = self.cache.read(key) if self.cache else None
        if known is not None:
            for delta in known:
                yield delta
            return
        deltas = []
        async for delta in super().stream_chat(payload):
            deltas.append(delta)
            yield delta
        if self.cache:
            self.cache.write(key, deltas)


def _key_of(artefact: str, payload: Mapping[str, Any]) -> str:
    text = json.dumps([artefact, payload], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:40]
