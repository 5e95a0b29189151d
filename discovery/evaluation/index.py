"""The scratch catalogue in memory: ids, popularity, vectors, and how files' titles link to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from catalog.models import ExternalId, Title
from catalog.text import fold
from discovery.evaluation.catalogue import titles_by

Floats = npt.NDArray[np.float32]

_ARTICLE = re.compile(r"^(?:the|a|an) ")
# Release years differ by country.
YEAR_SLACK = 1


@dataclass(frozen=True, slots=True)
class CatalogueIndex:
    """Everything by position: title `ids[n]` has `popularity[n]` and the unit row `vectors[n]`."""

    ids: npt.NDArray[np.int64]
    popularity: Floats
    vectors: Floats
    positions: Mapping[int, int]
    imdb: Mapping[str, int]
    movielens: Mapping[str, int]
    # Folded name without its article -> (year, title id), the best known first.
    names: Mapping[str, list[tuple[int | None, int]]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Self:
        rows = list(
            Title.objects.rankable()
            .order_by("-popularity", "pk")
            .values_list("pk", "popularity", "embedding", "name", "year")
        )
        names: dict[str, list[tuple[int | None, int]]] = {}
        for pk, _, _, name, year in rows:
            names.setdefault(name_key(name), []).append((year, pk))
        return cls(
            ids=np.array([row[0] for row in rows], dtype=np.int64),
            popularity=np.array([row[1] for row in rows], dtype=np.float32),
            vectors=np.array([row[2] for row in rows], dtype=np.float32),
            positions={row[0]: n for n, row in enumerate(rows)},
            imdb=titles_by(ExternalId.Source.IMDB),
            movielens=titles_by(ExternalId.Source.MOVIELENS),
            names=names,
        )

    def linked(self, reference: Mapping[str, Any]) -> int | None:
        """Return the title of {"imdb_id"?, "movielens_id"?}, if the catalogue has it.

        Raises:
            ValueError, TypeError: the MovieLens id is no number.
        """
        found = self.imdb.get(str(reference.get("imdb_id")))
        if found is None and (movielens := reference.get("movielens_id")) is not None:
            found = self.movielens.get(str(int(movielens)))
        return found if found in self.positions else None

    def by_name(self, name: str, year: int | None) -> int | None:
        """Return the title of this name and year, or of this name alone if no year is given."""
        found = self.names.get(name_key(name), [])
        if year is None:
            return found[0][1] if found else None
        near = [
            (abs(known - year), title_id)
            for known, title_id in found
            if known is not None and abs(known - year) <= YEAR_SLACK
        ]
        return min(near, key=lambda pair: pair[0])[1] if near else None

    def ranked(self, scores: Floats, *, without: Iterable[int], limit: int) -> list[int]:
        """Return the best titles by score, best first; of equals the better known."""
        masked = scores.astype(np.float64, copy=True)
        masked[[self.positions[pk] for pk in without if pk in self.positions]] = -np.inf
        # The index is in the order of popularity, and the sort is stable.
        order = np.argsort(-masked, kind="stable")[:limit]
        return [int(self.ids[n]) for n in order if masked[n] > -np.inf]


def name_key(name: str) -> str:
    return _ARTICLE.sub("", fold(name))
