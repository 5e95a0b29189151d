"""Fixtures: a tiny random model, a real server for it, and a client."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from genrec.contract import CONTENT_DIM
from genrec.tiny import tiny_key
from tests.genrec.world import N_TITLES, write_world
from tests.genrec_server import ROOT, GenRecServer, free_port, make_tiny_model, start_genrec

N_ROWS = 60
N_SLOTS = 64
EMBEDDING_VERSION = "tests"
API_KEY = "a-key-for-tests-only"


def unit_vectors(n: int, seed: int) -> np.ndarray:
    """Return n random embeddings of unit length, (n, CONTENT_DIM) float16."""
    values = np.random.default_rng(seed).normal(size=(n, CONTENT_DIM))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype("<f2")


def wire_row(
    slot: int, content: np.ndarray, stamp: str = "first", imdb: str = ""
) -> dict[str, object]:
    encoded = base64.b64encode(content.astype("<f2").tobytes()).decode()
    return {"slot": slot, "imdb": imdb, "stamp": stamp, "content": encoded}


def wire_rows(n: int, *, seed: int, stamp: str = "first") -> list[dict[str, object]]:
    """Return rows whose titles are the tiny artefact's: slot 0 holds its first title."""
    return [
        wire_row(slot, content, stamp, tiny_key(slot))
        for slot, content in enumerate(unit_vectors(n, seed))
    ]


def prepared_base() -> Path | None:
    """Return the base that this checkout has prepared, if any: its tokenizer loads faster."""
    base = ROOT / "var" / "models" / "base"
    return base if (base / "base.json").exists() else None


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(
        tmp_path_factory.mktemp("tiny"),
        embedding_version=EMBEDDING_VERSION,
        n_slots=N_SLOTS,
        base=prepared_base(),
    )


@pytest.fixture(scope="session")
def server(tiny_model: Path) -> Iterator[GenRecServer]:
    with start_genrec(tiny_model, free_port(), API_KEY) as running:
        yield running


@pytest.fixture
def client(server: GenRecServer) -> Iterator[httpx.Client]:
    """An authorised client of a server whose slots 0 to N_ROWS - 1 hold the same titles."""
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=60) as authorised:
        spare = list(range(N_ROWS, N_SLOTS))
        body = {
            "embedding_version": EMBEDDING_VERSION,
            "rows": wire_rows(N_ROWS, seed=0),
            "clear": spare,
        }
        authorised.put("/genrec/rows", json=body).raise_for_status()
        yield authorised


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the small world."""
    out = tmp_path_factory.mktemp("world")
    write_world(out)
    return out


@pytest.fixture(scope="module")
def exam_world(world: Path) -> Path:
    """Return a folder with histories, targets and titles to examine rankers on."""
    metadata = {
        "embedding_version": "tests",
        "movie_ids": json.dumps(list(range(100, 100 + N_TITLES))),
        "imdb": json.dumps([f"tt{title + 1:07d}" for title in range(N_TITLES)]),
    }
    path = world / "titles.safetensors"
    save_file(load_file(path), path, metadata)
    return world
