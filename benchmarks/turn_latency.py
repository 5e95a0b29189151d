"""How long a viewer waits: message to chips, first card, checked reasons, over the real socket.

Asks a running Moodreel (`bin/up`) as guests do, one message at a time, each in a conversation of
its own, and prints a markdown table. The peer in the same run is the same server asked through
a chip (no parsing, no parse by GenRec), so the price of understanding shows.

    .venv/bin/python benchmarks/turn_latency.py [--url http://127.0.0.1:8000] [--turns 40]

Run it on an idle machine, with MOODREEL_RATE_LIMIT_PER_MINUTE=1000 set for `bin/up`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import time
from html import unescape
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect

WISHES = (
    "something like Alien but funnier, under two hours, nothing before 1980",
    "a slow sad romance in French",
    "80s horror, no musicals",
    "a heist film with a twist under 110 minutes",
    "westerns by Sergio Leone",
    "a documentary about music after 2000",
    "a cosy animated film for the whole family",
    "a Japanese crime thriller",
    "three comedies from the nineties",
    "war film, not too long, before 1970",
)
HIDDEN_INPUT = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
QUIET_S = 60.0
ANSWERED = ("chips", "first card", "reasons settled")


async def open_page(client: httpx.AsyncClient, url: str) -> tuple[str, dict[str, str]]:
    """Return the socket's address and the headers that a browser would send with it."""
    client.cookies.clear()
    page = await client.get(f"{url}/", follow_redirects=True)
    page.raise_for_status()
    found = re.search(r'ws-connect="([^"]+)"', page.text)
    if found is None:
        raise SystemExit(f"{url} is no Moodreel page: it opens no socket.")
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return f"ws://{urlsplit(url).netloc}{found[1]}", {"Cookie": cookies}


async def time_frames(
    socket: ClientConnection, frame: dict[str, str]
) -> tuple[dict[str, float], dict[str, str] | None]:
    """Send one frame; return milliseconds until each part was there, and how to drop a chip."""
    started = time.perf_counter()
    await socket.send(json.dumps(frame))
    seen: dict[str, float] = {}
    removal = None
    while "reasons settled" not in seen:
        try:
            async with asyncio.timeout(QUIET_S):
                html = str(await socket.recv())
        except TimeoutError as error:
            raise SystemExit(f"No frame for {QUIET_S:.0f} s; so far: {seen}") from error
        spent_ms = (time.perf_counter() - started) * 1000
        if 'class="notice"' in html and "seconds" in html:
            raise SystemExit("Rate-limited: set MOODREEL_RATE_LIMIT_PER_MINUTE=1000 for bin/up.")
        if 'class="chip"' in html:
            seen.setdefault("chips", spent_ms)
            removal = removal_in(html)
        if 'data-title="' in html:
            seen.setdefault("first card", spent_ms)
        if "first card" in seen and 'data-state="idle"' in html:
            seen["reasons settled"] = spent_ms
    return seen, removal


def removal_in(html: str) -> dict[str, str] | None:
    """Return the frame that the first chip's button sends."""
    form = re.search(r"<form ws-send.*?</form>", html, re.DOTALL)
    if form is None:
        return None
    return {name: unescape(value) for name, value in HIDDEN_INPUT.findall(form[0])}


async def measure(url: str, turns: int) -> dict[str, list[dict[str, float]]]:
    results: dict[str, list[dict[str, float]]] = {"message": [], "chip removed": []}
    async with httpx.AsyncClient() as client:
        for number in range(turns):
            address, headers = await open_page(client, url)
            async with connect(address, additional_headers=headers, origin=url) as socket:
                wish = WISHES[number % len(WISHES)]
                seen, removal = await time_frames(socket, {"action": "say", "text": wish})
                results["message"].append(seen)
                if removal is not None:
                    seen, _ = await time_frames(socket, removal)
                    results["chip removed"].append(seen)
            print(f"{number + 1}/{turns} {wish}", flush=True)
    return results


def percentile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--turns", type=int, default=40)
    arguments = parser.parse_args()
    results = asyncio.run(measure(arguments.url, arguments.turns))
    print("\n| asked by | part | n | p50 ms | p95 ms | max ms |\n|---|---|---|---|---|---|")
    for name, answers in results.items():
        for part in ANSWERED:
            values = [answer[part] for answer in answers if part in answer]
            if len(values) > 1:
                row = (percentile(values, 0.5), percentile(values, 0.95), max(values))
                cells = " | ".join(f"{value:.0f}" for value in row)
                print(f"| {name} | {part} | {len(values)} | {cells} |")


if __name__ == "__main__":
    main()
