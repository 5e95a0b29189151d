"""`manage.py embed_titles --titles F.parquet --out EMB.safetensors`: content for training.

Uses the document builder and the embedder of the application, so that GenRec trains on what it
will be served. Needs no database.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from safetensors.numpy import save_file

from catalog.embedder import EmbedderUnavailable, Vectors
from catalog.embedding import get_embedder, title_document
from catalog.progress import ProgressLines
from catalog.titlefile import FileTitle, TitleFileError, read_titles

CHUNK = 1000


class Command(BaseCommand):
    help = "Embed the titles of a parquet file, with and without descriptions."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own declaration

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--titles", type=Path, required=True)
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            titles = read_titles(options["titles"])
            version = write_embeddings(titles, options["out"], self.stdout.write)
        except (TitleFileError, EmbedderUnavailable) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(titles)} titles, embedding version {version}: {options['out']}")


def write_embeddings(titles: list[FileTitle], out: Path, write: Callable[[str], object]) -> str:
    """Write the embeddings of titles with and without descriptions; return their version.

    Args:
        write: takes a line of progress a chunk.

    Raises:
        EmbedderUnavailable: its files are missing or damaged; the message says what to run.
    """
    version = get_embedder().version
    tensors = {
        "full": embed(titles, write, facts_only=False),
        "facts": embed(titles, write, facts_only=True),
    }
    metadata = {
        "embedding_version": version,
        "imdb": json.dumps([title.imdb for title in titles]),
        "movie_ids": json.dumps([title.movie_id for title in titles]),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    halves = {name: vectors.astype(np.float16) for name, vectors in tensors.items()}
    save_file(halves, out, metadata=metadata)
    return version


def embed(titles: list[FileTitle], write: Callable[[str], object], *, facts_only: bool) -> Vectors:
    """Return (N, 384) float32 in the order of `titles`."""
    progress = ProgressLines("facts" if facts_only else "full", write)
    progress(0, len(titles))
    chunks = []
    for start in range(0, len(titles), CHUNK):
        chunk = titles[start : start + CHUNK]
        texts = [title_document(title.facts, facts_only=facts_only) for title in chunk]
        chunks.append(get_embedder().embed(texts))
        progress(start + len(chunk), len(titles))
    return np.concatenate(chunks)
