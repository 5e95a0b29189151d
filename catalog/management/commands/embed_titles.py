"""`manage.py embed_titles --titles F.parquet --out EMB.safetensors`: content for training.

Uses the document builder and the embedder of the application, so that GenRec trains on what it
will be served. Needs no database.
"""

from __future__ import annotations

import json
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
            version = get_embedder().version
            tensors = {
                "full": self.embed(titles, facts_only=False),
                "facts": self.embed(titles, facts_only=True),
            }
        except (TitleFileError, EmbedderUnavailable) as error:
            raise CommandError(str(error)) from error
        metadata = {
            "embedding_version": version,
            "imdb": json.dumps([title.imdb for title in titles]),
            "movie_ids": json.dumps([title.movie_id for title in titles]),
        }
        options["out"].parent.mkdir(parents=True, exist_ok=True)
        halves = {name: vectors.astype(np.float16) for name, vectors in tensors.items()}
        save_file(halves, options["out"], metadata=metadata)
        self.stdout.write(f"{len(titles)} titles, embedding version {version}: {options['out']}")

    def embed(self, titles: list[FileTitle], *, facts_only: bool) -> Vectors:
        """Return (N, 384) float32 in the order of `titles`, with a progress line a chunk."""
        progress = ProgressLines("facts" if facts_only else "full", self.stdout.write)
        progress(0, len(titles))
        chunks = []
        for start in range(0, len(titles), CHUNK):
            chunk = titles[start : start + CHUNK]
            texts = [title_document(title.facts, facts_only=facts_only) for title in chunk]
            chunks.append(get_embedder().embed(texts))
            progress(start + len(chunk), len(titles))
        return np.concatenate(chunks)
