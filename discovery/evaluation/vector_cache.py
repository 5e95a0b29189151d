"""Vectors of title documents on disk, so that the same catalogue is embedded only once.

One safetensors file an embedding version: `vectors` (N, CONTENT_DIM) float16, and the hashes of
their documents in the metadata. Half precision is what the database keeps anyway.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.db import connection
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from catalog.documents import title_document
from catalog.embedding import document_hash, embedding_version
from catalog.facts import load_facts
from catalog.models import Title

Half = npt.NDArray[np.float16]

_BATCH = 1000
_FILL = """
UPDATE catalog_title AS title
SET embedding = fresh.embedding::halfvec, embedding_version = %s, document_hash = fresh.digest
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS fresh(id, digest, embedding)
WHERE title.id = fresh.id
"""


@dataclass(frozen=True, slots=True)
class VectorCache:
    """The file of one folder for the present embedding version."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / f"titles-{embedding_version()}.safetensors"

    def fill(self) -> int:
        """Give titles that have no vector the one of their document, if it is known; count them.

        They stay stale: the product's own refresh writes their search vectors and finds that
        nothing is to be embedded.
        """
        known = self.read()
        if not known:
            return 0
        return sum(_write(batch, known) for batch in _batches())

    def read(self) -> dict[str, Half]:
        """Return the known vectors by document hash; none if the file is missing or damaged."""
        try:
            with safe_open(self.path, framework="numpy") as file:
                digests = json.loads(file.metadata()["documents"])
                return dict(zip(digests, file.get_tensor("vectors"), strict=True))
        except (OSError, SafetensorError, KeyError, ValueError):
            return {}

    def save(self) -> None:
        """Remember the vectors of the database's titles, beside those known already."""
        known = self.read()
        titles = Title.objects.filter(embedding_version=embedding_version()).values_list(
            "document_hash", "embedding"
        )
        new = {
            digest: np.asarray(embedding, dtype=np.float16)
            for digest, embedding in titles
            if digest not in known and embedding is not None
        }
        if not new:
            return
        known |= new
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".part")
        save_file(
            {"vectors": np.stack(list(known.values()))},
            fresh,
            metadata={"documents": json.dumps(list(known))},
        )
        fresh.replace(self.path)


def _batches() -> Iterator[Sequence[int]]:
    ids = list(Title.objects.filter(embedding__isnull=True).values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _write(title_ids: Sequence[int], known: Mapping[str, Half]) -> int:
    digests = {
        pk: document_hash(title_document(facts)) for pk, facts in load_facts(title_ids).items()
    }
    found = {pk: digest for pk, digest in digests.items() if digest in known}
    texts = [
        "[" + ",".join(f"{value:.6f}" for value in known[digest].tolist()) + "]"
        for digest in found.values()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [embedding_version(), list(found), list(found.values()), texts])
    return len(found)
