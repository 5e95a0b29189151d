"""How often the text head's parse can be used: valid JSON under the schema, within the token limit.

    bin/manage export_language_tasks --out var/language
    .venv/bin/python -m stack run --root var/isolated -- .venv/bin/python \
        benchmarks/parse_validity.py --model var/models/genrec \
        --language var/language/language.jsonl [--requests 300]

Starts a GenRec server of its own on an assembled model, and asks it about the held-out requests of
the parse task one by one, as the application does: its prompt, schema, limit, client and reader
(`discovery.understanding.model_parse`). Only the time limit is wider, because this is not about
time. Tokens are counted by the server, the end mark included.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django

django.setup()

from django.conf import settings

from discovery.evaluation.server import started_server
from discovery.genrec_client import GenRecClient, GenRecUnavailable
from discovery.understanding.model_parse import label_words, tokens_for

TYPICAL_TOKENS = 40
TIMEOUT_S = 120.0
USAGE = re.compile(rb'"completion_tokens":\s*(\d+)')
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Asked:
    """What the application asks for one message: its unread words, and those that are titles."""

    message: str
    words: list[str]
    titles: list[str]


@dataclass(frozen=True)
class Answered:
    """What came of it: `wrong` says why the answer can't be used, or is empty."""

    asked: Asked
    n_tokens: int
    wrong: str = ""


class CountingTransport(httpx.AsyncBaseTransport):
    """Has the server count the tokens of every completion; `n_tokens` is the last one's."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.n_tokens = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) | {"stream_options": {"include_usage": True}}
        headers = [(k, v) for k, v in request.headers.raw if k.lower() != b"content-length"]
        counted = httpx.Request(request.method, request.url, headers=headers, json=body)
        counted.extensions = request.extensions
        response = await self.inner.handle_async_request(counted)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = CountingStream(response.stream, self)
        return response

    async def aclose(self) -> None:
        await self.inner.aclose()


class CountingStream(httpx.AsyncByteStream):
    """Passes a stream of events on and reads the usage in the last of them."""

    def __init__(self, inner: httpx.AsyncByteStream, counter: CountingTransport) -> None:
        self.inner = inner
        self.counter = counter

    async def __aiter__(self) -> AsyncIterator[bytes]:
        whole = b""
        async for part in self.inner:
            whole += part
            # Before it is passed on: the reader leaves at the end mark.
            if counted := USAGE.findall(whole):
                self.counter.n_tokens = int(counted[-1])
            yield part

    async def aclose(self) -> None:
        await self.inner.aclose()


def asked_of(example: Mapping[str, Any]) -> Asked:
    """Return what the application would ask for an example of the parse task."""
    message, _, listed = example["messages"][-1]["content"].rpartition("\nWords: ")
    properties = example["schema"]["properties"]
    titles = [word for word, field in properties.items() if "title" in field.get("enum", ())]
    return Asked(message, listed.split(", "), titles)


async def ask_all(url: str, key: str, requests: Sequence[Asked]) -> list[Answered]:
    counter = CountingTransport(httpx.AsyncHTTPTransport())
    async with GenRecClient(url, key, transport=counter) as client:
        return [await ask(client, counter, request) for request in requests]


async def ask(client: GenRecClient, counter: CountingTransport, request: Asked) -> Answered:
    """Ask one request as the application does, and say whether it could use the answer."""
    counter.n_tokens = 0
    try:
        labels = await label_words(client, request.message, request.words, request.titles)
    except GenRecUnavailable as error:
        return Answered(request, counter.n_tokens, str(error))
    missing = [word for word in request.words if word not in labels]
    return Answered(request, counter.n_tokens, f"no label for {missing}" if missing else "")


def report(answers: Sequence[Answered]) -> list[str]:
    """Return the lines to print."""
    wrong = [answer for answer in answers if answer.wrong]
    tokens = np.array([answer.n_tokens for answer in answers])
    limits = np.array([tokens_for(answer.asked.words) for answer in answers])
    return [
        f"requests: {len(answers)}",
        f"accepted: {len(answers) - len(wrong)} ({1 - len(wrong) / len(answers):.2%})",
        f"tokens: median {np.median(tokens):.0f}, p95 {np.quantile(tokens, 0.95):.0f}, "
        f"most {tokens.max()}",
        f"at most {TYPICAL_TOKENS} tokens: {np.mean(tokens <= TYPICAL_TOKENS):.1%}",
        f"at their own limit: {np.sum(tokens >= limits)}",
        *[f"not accepted: {answer.asked.words} - {answer.wrong}" for answer in wrong[:20]],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="by genrec assemble")
    parser.add_argument("--language", type=Path, required=True)
    parser.add_argument("--requests", type=int, help="the first so many; default: all")
    arguments = parser.parse_args()
    lines = arguments.language.read_text(encoding="utf-8").splitlines()
    held_out = [one for one in map(json.loads, lines) if one["task"] == "parse" and one["held_out"]]
    requests = [asked_of(one) for one in held_out][: arguments.requests]
    settings.GENREC_PARSE_TIMEOUT_S = TIMEOUT_S
    python = ROOT / ".venv-genrec" / "bin" / "python"
    with started_server(python, arguments.model, ROOT) as address:
        answers = asyncio.run(ask_all(address.url, address.api_key, requests))
    print("\n".join(report(answers)))


if __name__ == "__main__":
    main()
