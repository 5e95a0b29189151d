"""The embedder: the real model, its batches, and files that are not there."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.embedder import (
    FILES,
    EmbedderUnavailable,
    batches_by_length,
    checked_vectors,
    read_version,
)
from catalog.embedding import embedding_version, get_embedder
from genrec.contract import CONTENT_DIM


def test_vectors_mean_something() -> None:
    film, like, unlike = get_embedder().embed(
        ["space horror", "a crew is hunted on a spaceship", "a wedding in Tuscany"]
    )

    assert film.shape == (CONTENT_DIM,)
    assert film.dtype == np.float32
    assert film @ like > film @ unlike + 0.2


def test_order_and_batching_do_not_matter() -> None:
    texts = ["word " * (number * 37 % 90) + str(number) for number in range(40)]

    together = get_embedder().embed(texts)
    alone = np.concatenate([get_embedder().embed([text]) for text in texts])

    assert np.allclose(together, alone, atol=1e-5)


def test_long_and_empty_texts() -> None:
    short, longer, longest, empty = get_embedder().embed(
        ["lighthouse " * 250, "lighthouse " * 300, "lighthouse " * 3000, ""]
    )

    assert np.allclose(longer, longest, atol=1e-5)
    assert short @ longest > 0.9
    assert np.isclose(np.linalg.norm(empty), 1, atol=1e-3)
    assert get_embedder().embed([]).shape == (0, CONTENT_DIM)


def test_threads_share_one_embedder() -> None:
    with ThreadPoolExecutor(4) as pool:
        embedders = list(pool.map(lambda _: get_embedder(), range(8)))
        vectors = list(pool.map(lambda _: embedders[0].embed(["space horror"]), range(8)))

    assert all(embedder is embedders[0] for embedder in embedders)
    assert all(np.array_equal(vector, vectors[0]) for vector in vectors)


@given(st.lists(st.integers(1, 256), max_size=60))
def test_batches_hold_everything_once_and_little_padding(lengths: list[int]) -> None:
    batches = list(batches_by_length(lengths, max_tokens=512))

    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[i] for i in batch) <= 512 for batch in batches)


@pytest.mark.parametrize(
    "vectors",
    [
        np.full((2, CONTENT_DIM), np.nan, dtype=np.float32),
        np.zeros((2, CONTENT_DIM), dtype=np.float32),
        np.ones((2, CONTENT_DIM - 1), dtype=np.float32),
        np.eye(1, CONTENT_DIM, dtype=np.float32),
    ],
    ids=["nan", "zero", "wrong width", "too few"],
)
def test_vectors_that_are_none_are_refused(vectors: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Embeddings"):
        checked_vectors(vectors, rows=2)


@pytest.mark.parametrize("missing", FILES)
def test_missing_files_say_what_to_run(tmp_path: Path, missing: str) -> None:
    for name in set(FILES) - {missing}:
        (tmp_path / name).write_text("{}")

    with pytest.raises(EmbedderUnavailable, match=f"{missing}.*genrec export-embedder --out"):
        read_version(tmp_path)


@pytest.mark.parametrize("damaged", ["model.onnx", "tokenizer.json"])
def test_damaged_files_say_what_to_run(tmp_path: Path, damaged: str) -> None:
    from catalog.embedder import Embedder

    source = embedder_directory()
    shutil.copy(source / "embedder.json", tmp_path)
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).symlink_to(source / name)
    (tmp_path / damaged).unlink()
    (tmp_path / damaged).write_bytes(b"not what it should be")

    with pytest.raises(EmbedderUnavailable, match="genrec export-embedder --out"):
        Embedder(tmp_path)


def test_the_version_is_of_the_weights_not_of_the_export(tmp_path: Path) -> None:
    info = json.loads((embedder_directory() / "embedder.json").read_text())

    same = version_of(tmp_path, info | {"onnx_sha256": "another exporter"})
    other = version_of(tmp_path, info | {"source_sha256": "another model"})

    assert same == embedding_version()
    assert other != same
    assert len(same) == 12


def version_of(directory: Path, info: dict[str, str]) -> str:
    for name in FILES:
        (directory / name).write_text(json.dumps(info))
    return read_version(directory)


def embedder_directory() -> Path:
    from django.conf import settings

    return Path(settings.MODELS_DIR) / "embedder"
