"""Titles for the suggesters: starter records with the facts that they carry themselves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import islice

from catalog.embedding import get_embedder
from catalog.facts import TitleFacts
from catalog.starter.records import read_starter
from discovery.enrichment.heldout import described_records
from discovery.enrichment.references import References
from discovery.enrichment.types import Described, Proposal

N_REFERENCES = 120
N_UNSEEN = 30


@cache
def described() -> tuple[Described, ...]:
    """The first records that know their own genres."""
    with_genres = (record for record in read_starter() if record.genres)
    return tuple(described_records(islice(with_genres, N_REFERENCES + N_UNSEEN), {}))


@cache
def references() -> References:
    return References(described()[:N_REFERENCES], get_embedder())


def unseen() -> tuple[Described, ...]:
    return described()[N_REFERENCES:]


def film(name: str, *, genres: Sequence[str] = (), synopsis: str = "") -> TitleFacts:
    return TitleFacts(0, "film", name, 1990, 100, genres=tuple(genres), synopsis=synopsis)


def values(proposals: Sequence[Proposal], kind: str) -> dict[str, int]:
    return {p.value: p.weight for p in proposals if p.kind == kind}
