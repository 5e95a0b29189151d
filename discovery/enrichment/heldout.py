"""The starter records as an exam: which are held out, and what is known of each besides.

A fixed fifth, by hash of the record's key, is never shown to a suggester. Facts that a record
leaves to the default catalogue (genres, runtime) are read from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from catalog.facts import TitleFacts
from catalog.importing.base import TitleRecord
from catalog.importing.omdb_sample import OmdbSample, sample_path
from catalog.models import ExternalId
from catalog.starter.records import StarterRecord
from discovery.enrichment.types import Described, Description

ONE_IN = 5


def is_held_out(key: str) -> bool:
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % ONE_IN == 0


def drawing_order(one: Described) -> str:
    """Sort key: any number from the start is then a fixed random sample."""
    return hashlib.sha256(f"drawn {one.key}".encode()).hexdigest()


def default_catalogue() -> dict[str, TitleRecord]:
    """Return the default catalogue's records by imdb id. Raises SourceUnavailable."""
    records = (row.record for row in OmdbSample(sample_path()).rows(skip=0))
    found: dict[str, TitleRecord] = {}
    for record in records:
        imdb = record.ids.get(ExternalId.Source.IMDB) if record else None
        if record and imdb:
            found.setdefault(imdb, record)
    return found


def described_records(
    records: Iterable[StarterRecord], catalogue: Mapping[str, TitleRecord]
) -> list[Described]:
    """Return the records with their facts; the logline is the synopsis."""
    return [
        Described(
            record.key,
            _facts(number, record, catalogue.get(record.imdb or "")),
            Description(record.vibes, record.content.model_dump(), record.keywords),
        )
        for number, record in enumerate(records)
    ]


def _facts(number: int, record: StarterRecord, known: TitleRecord | None) -> TitleFacts:
    return TitleFacts(
        title_id=number,
        kind=record.kind,
        name=record.title,
        year=record.year,
        runtime_min=record.runtime_min or (known.runtime_min if known else None),
        genres=record.genres or (known.genres if known else ()),
        directors=record.directors + record.creators,
        cast=record.cast,
        languages=record.languages or (known.languages if known else ()),
        countries=record.countries or (known.countries if known else ()),
        certificate=known.certificate if known else "",
        synopsis=record.logline,
    )
