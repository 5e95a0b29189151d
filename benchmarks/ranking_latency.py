"""How long the GenRec server takes to rank candidates after a history, over HTTP.

    .venv-genrec/bin/python benchmarks/ranking_latency.py --base var/models/base \
        --model genrec/artefacts/default [--titles 10000] [--history 100] [--candidates 200]

Starts a server of its own, fills it with made-up titles (some under the artefact's IMDb ids, so
that residuals and prior take part), and asks one ranking at a time, each after another history:
nothing is cached from one to the next. The peer in the same run is the head without the blend.
Wall-clock milliseconds, after a warm-up.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from genrec.assembly import assemble
from genrec.checkpoint import RESIDUALS_NAME, read_artefact
from genrec.tensor_files import imdb_keys
from tests.genrec.conftest import API_KEY, unit_vectors, wire_row
from tests.genrec_server import free_port, start_genrec

WARM_UP = 5
BATCH = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="an artefact")
    parser.add_argument("--titles", type=int, default=10_000)
    parser.add_argument("--history", type=int, default=100)
    parser.add_argument("--candidates", type=int, default=200)
    parser.add_argument("--requests", type=int, default=50)
    arguments = parser.parse_args()
    artefact = read_artefact(arguments.model)
    with tempfile.TemporaryDirectory() as directory:
        served = Path(directory) / "model"
        assemble(arguments.base, arguments.model, arguments.titles + 64, served)
        with (
            start_genrec(served, free_port(), API_KEY) as server,
            httpx.Client(base_url=server.url, headers=server.headers, timeout=120) as client,
        ):
            n_known = put_titles(client, arguments, artefact.embedding_version)
            print(
                f"{artefact.identity}, {arguments.titles} titles, histories of {arguments.history}"
            )
            print(f"{'':34}{'p50':>8}{'p95':>8}  ms")
            # One stream of histories for all: one that came before would be in the server's cache.
            ask = Asker(client, arguments, n_known, np.random.default_rng(0))
            for scorer in ("blend", "genrec"):
                what = f"{arguments.candidates} candidates, {scorer}"
                show(what, ask.times(scorer, arguments.candidates))
            show("the whole catalogue, blend", ask.times("blend", None))


def put_titles(client: httpx.Client, arguments: argparse.Namespace, version: str) -> int:
    """Give the server its titles; return how many of them the artefact knows by id."""
    keys = list(imdb_keys(arguments.model / RESIDUALS_NAME))[: arguments.titles]
    vectors = unit_vectors(arguments.titles, 0)
    for first in range(0, arguments.titles, BATCH):
        slots = range(first, min(first + BATCH, arguments.titles))
        rows = [
            wire_row(slot, vectors[slot], "a title", keys[slot] if slot < len(keys) else "")
            for slot in slots
        ]
        body = {"embedding_version": version, "rows": rows}
        client.put("/genrec/rows", json=body).raise_for_status()
    return len(keys)


@dataclass(frozen=True)
class Asker:
    """Asks for rankings after histories of the first `n_known` titles."""

    client: httpx.Client
    arguments: argparse.Namespace
    n_known: int
    rng: np.random.Generator

    def times(self, scorer: str, n_candidates: int | None) -> list[float]:
        """Return the milliseconds of each request after the warm-up."""
        return [self.time(scorer, n_candidates) for _ in range(WARM_UP + self.arguments.requests)][
            WARM_UP:
        ]

    def time(self, scorer: str, n_candidates: int | None) -> float:
        history = self.rng.choice(self.n_known, self.arguments.history, replace=False)
        body: dict[str, Any] = {
            "history": [{"slot": int(slot)} for slot in history],
            "scorer": scorer,
        }
        if n_candidates is not None:
            candidates = self.rng.choice(self.arguments.titles, n_candidates, replace=False)
            body["slots"] = [int(slot) for slot in candidates]
        started = time.perf_counter()
        self.client.post("/genrec/rank", json=body).raise_for_status()
        return 1000 * (time.perf_counter() - started)


def show(what: str, milliseconds: list[float]) -> None:
    p50, p95 = np.percentile(milliseconds, [50, 95])
    print(f"{what:34}{p50:8.1f}{p95:8.1f}")


if __name__ == "__main__":
    main()
