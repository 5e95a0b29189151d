"""Run the text embedder (all-MiniLM-L6-v2) by onnxruntime: no torch in web and worker.

The files come from `python -m genrec export-embedder`; mean pooling and normalisation are
inside the graph. One instance serves a whole process and all its threads.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from catalog.documents import DOCUMENT_VERSION
from genrec.contract import CONTENT_DIM

Vectors = npt.NDArray[np.float32]

MAX_TOKENS = 256
BATCH_TOKENS = 2048
FILES = ("model.onnx", "tokenizer.json", "embedder.json")


class EmbedderUnavailable(Exception):
    """The embedder's files are missing or damaged. The message says what to run."""


class Embedder:
    """Texts in, unit vectors out. Safe to share between threads.

    Args:
        directory: holds `FILES`.
        threads: how many batches of one call run side by side; 0 takes every core. Each runs on
            one core: that is twice as fast as splitting every batch, and waits for nobody.

    Raises:
        EmbedderUnavailable: a file is missing, or is not what it should be.
    """

    def __init__(self, directory: Path, *, threads: int = 0) -> None:
        self.version = read_version(directory)
        try:
            self._session = _open_session(directory / "model.onnx")
            self._tokenizer = _open_tokenizer(directory / "tokenizer.json")
        except Exception as error:  # both libraries raise their own plain types
            raise EmbedderUnavailable(_advice(directory, repr(error))) from error
        self._threads = threads or len(os.sched_getaffinity(0))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return (N, CONTENT_DIM) float32, each row of length 1, in the order of `texts`.

        Raises:
            ValueError: the model gave vectors of another width, or not numbers.
        """
        vectors = np.empty((len(texts), CONTENT_DIM), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))
        lengths = [len(encoding.ids) for encoding in encodings]
        batches = list(batches_by_length(lengths, max_tokens=BATCH_TOKENS))

        def fill(batch: list[int]) -> None:
            vectors[batch] = self._run([encodings[i].ids for i in batch])

        if min(self._threads, len(batches)) > 1:
            with ThreadPoolExecutor(self._threads) as pool:
                # list() waits, and raises what a batch raised.
                list(pool.map(fill, reversed(batches)))
        else:
            for batch in batches:
                fill(batch)
        return vectors

    def _run(self, token_ids: list[list[int]]) -> Vectors:
        width = max(map(len, token_ids))
        ids = np.zeros((len(token_ids), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(token_ids):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        (vectors,) = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
        return checked_vectors(vectors, rows=len(token_ids))


def batches_by_length(lengths: Sequence[int], *, max_tokens: int) -> Iterator[list[int]]:
    """Yield positions, shortest texts first, in batches of at most `max_tokens` padded tokens.

    Texts of one length share a batch, so little is spent on padding.
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        # Sorted, so this text is the longest so far and sets the width.
        if batch and (len(batch) + 1) * lengths[position] > max_tokens:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def checked_vectors(vectors: Any, *, rows: int) -> Vectors:
    """Return `vectors` if they are (rows, CONTENT_DIM) unit vectors of numbers.

    A vector of another width would break every search; NaN would sort first in all of them.
    """
    if vectors.shape != (rows, CONTENT_DIM):
        raise ValueError(f"Embeddings have shape {vectors.shape}, not {(rows, CONTENT_DIM)}.")
    lengths = np.linalg.norm(vectors, axis=1)
    if not np.all(np.abs(lengths - 1) < 0.01):  # also true of NaN
        raise ValueError("Embeddings are not unit vectors: the embedder is damaged.")
    checked: Vectors = np.asarray(vectors, dtype=np.float32)
    return checked


def read_version(directory: Path) -> str:
    """Return the embedding version: a hash of the document builder and the embedder, 12 hex.

    The hash is of the original weights, not of the ONNX file, whose bytes may differ from one
    exporter to the next while its vectors do not.
    """
    missing = [name for name in FILES if not (directory / name).is_file()]
    if missing:
        raise EmbedderUnavailable(_advice(directory, f"missing: {', '.join(missing)}"))
    try:
        info = json.loads((directory / "embedder.json").read_text())
        identity = [info[key] for key in ("name", "source_sha256", "tokenizer_sha256")]
    except (ValueError, KeyError) as error:
        raise EmbedderUnavailable(_advice(directory, repr(error))) from error
    text = json.dumps([DOCUMENT_VERSION, MAX_TOKENS, *identity])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


_shared: dict[Path, Embedder] = {}
_shared_lock = Lock()


def shared_embedder(directory: Path, *, threads: int = 0) -> Embedder:
    """Return this process's embedder for `directory`, opened at the first call."""
    with _shared_lock:
        if directory not in _shared:
            _shared[directory] = Embedder(directory, threads=threads)
        return _shared[directory]


def _open_session(path: Path) -> Any:
    # Imported late: importing catalog must stay cheap for commands that embed nothing.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _open_tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _advice(directory: Path, problem: str) -> str:
    return (
        f"The embedder in {directory} can't be used ({problem}). Run: "
        f".venv-genrec/bin/python -m genrec export-embedder --out {directory}"
    )
