"""The starter metadata in `catalog/starter/`: original descriptions, vibes and content notes.

Facts in it fill gaps; descriptions are its own. Two passes: `StarterMetadata` writes the titles,
then `link_kindred` links those that exist in the catalogue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from catalog.importing.base import (
    CURATED,
    FILLS_GAPS,
    RowProblem,
    SourceRow,
    SourceUnavailable,
    make_row,
)
from catalog.models import ExternalId, Kindred, TitleTag
from catalog.ontology import PATH as ONTOLOGY
from catalog.starter.records import (
    FOLDER,
    StarterError,
    StarterRecord,
    read_starter,
    starter_parts,
)

# Raise it when the same records would now give other titles.
IMPORTER_VERSION = 1
NAME = "starter"
KEYWORD_WEIGHT = 1
# What the records are for: here they know better than a list of facts.
DESCRIPTIVE = frozenset({"synopsis", "content_notes", "age_min"})
# Nobody counts the viewers of these titles here, but only well-known ones are described: about
# the popularity of the described half of the default catalogue. Any source that counts replaces it.
ASSUMED_POPULARITY = 0.7


class StarterMetadata:
    """Our own records as a source of titles."""

    name = NAME
    key = ExternalId.Source.STARTER

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder

    def authority(self, field: str) -> int:
        return CURATED if field in DESCRIPTIVE else FILLS_GAPS

    def digest(self) -> str:
        digest = hashlib.sha256(f"{IMPORTER_VERSION}".encode())
        for path in (*self._parts(), ONTOLOGY):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def count(self) -> int:
        return sum(1 for _ in self._records())

    def rows(self, *, skip: int) -> Iterator[SourceRow]:
        for line, record in enumerate(self._records(), start=1):
            if line > skip:
                yield row_of(line, record)

    def _records(self) -> Iterator[StarterRecord]:
        try:
            yield from read_starter(self.folder)
        except StarterError as error:
            raise SourceUnavailable(str(error)) from error

    def _parts(self) -> list[Path]:
        parts = starter_parts(self.folder)
        if not parts:
            raise SourceUnavailable(f"There is no starter metadata in {self.folder}.")
        return parts


def row_of(line: int, record: StarterRecord) -> SourceRow:
    """Return a starter record as a row of an import."""
    problems: list[RowProblem] = []
    ids = {ExternalId.Source.STARTER: record.key}
    if record.imdb:
        ids[ExternalId.Source.IMDB] = record.imdb
    tags = dict.fromkeys((word.lower() for word in record.keywords), KEYWORD_WEIGHT)
    fields = {
        "ids": ids,
        "kind": record.kind,
        "name": record.title,
        "year": record.year,
        "runtime_min": record.runtime_min,
        "synopsis": record.logline,
        "age_min": record.audience_age,
        "languages": record.languages,
        "countries": record.countries,
        "genres": record.genres,
        "directors": record.directors,
        "creators": record.creators,
        "cast": record.cast,
        "tags": tags | record.vibes,
        "content_notes": record.content.model_dump(),
        "kindred": record.kindred,
        "popularity": ASSUMED_POPULARITY,
    }
    return make_row(line, record.key, fields, problems, {})


def link_kindred(folder: Path = FOLDER) -> int:
    """Link every record to its kindred that the catalogue has; return how many links were made.

    What an editor or a model linked stays; links of the starter that are gone from it go.
    """
    by_key = {
        (source, value): title_id
        for title_id, source, value in ExternalId.objects.filter(
            source__in=[ExternalId.Source.STARTER, ExternalId.Source.IMDB]
        ).values_list("title_id", "source", "value")
    }

    def find(key: str) -> int | None:
        starter = by_key.get((ExternalId.Source.STARTER, key))
        return starter or by_key.get((ExternalId.Source.IMDB, key))

    wanted = {
        (title, other)
        for record in read_starter(folder)
        if (title := find(record.key)) is not None
        for key in record.kindred
        if (other := find(key)) is not None and other != title
    }
    with transaction.atomic():
        present = {
            (title, other): (pk, source)
            for pk, title, other, source in Kindred.objects.values_list(
                "pk", "title_id", "other_id", "source"
            )
        }
        gone = [
            pk for pair, (pk, source) in present.items() if source == NAME and pair not in wanted
        ]
        Kindred.objects.filter(pk__in=gone).delete()
        made = [
            Kindred(
                title_id=title,
                other_id=other,
                provenance=TitleTag.Provenance.IMPORT,
                source=NAME,
            )
            for title, other in sorted(wanted - present.keys())
        ]
        Kindred.objects.bulk_create(made, batch_size=2000)
    return len(made)
