"""What a source yields: validated records, and problems for the report.

A source never guesses. A value that makes no sense is left out and reported; a row that can't
be told apart from others (no id, no title) is skipped and reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from catalog.models import ExternalId, Title
from catalog.models.titles import TitleNote
from genrec.contract import plain_text


class SourceUnavailable(Exception):
    """The source can't be read. The message says what to install or to check."""


def _clean(value: Any) -> Any:
    """Drop control and invisible characters: names end up in prompts and pages."""
    return " ".join(plain_text(value).split()) if isinstance(value, str) else value


def _clean_text(value: Any) -> Any:
    return plain_text(value, max_chars=10_000).strip() if isinstance(value, str) else value


# Lengths are checked after cleaning: a before-validator runs first wherever it stands.
Clean = BeforeValidator(_clean)
TitleName = Annotated[str, StringConstraints(min_length=1, max_length=300), Clean]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), Clean]
Term = Annotated[str, StringConstraints(min_length=1, max_length=60), Clean]
Certificate = Annotated[str, StringConstraints(max_length=20), Clean]


class TitleRecord(BaseModel):
    """One title as a source tells it. None and empty mean that the source does not know.

    People are in billing order. `tags` maps a term to its weight, 1 to 3. `kindred` are imdb ids
    or keys of the same source: titles that share the feeling.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ids: Mapping[ExternalId.Source, Annotated[str, Field(min_length=1, max_length=40)]]
    kind: Title.Kind = Title.Kind.FILM
    name: TitleName
    year: int | None = Field(default=None, ge=1870, le=2100)
    runtime_min: int | None = Field(default=None, ge=1, le=1000)
    synopsis: Annotated[str, BeforeValidator(_clean_text)] = ""
    certificate: Certificate = ""
    age_min: int | None = Field(default=None, ge=0, le=21)
    languages: tuple[Term, ...] = ()
    countries: tuple[Term, ...] = ()
    popularity: float | None = Field(default=None, ge=0, le=1)
    genres: tuple[Term, ...] = ()
    directors: tuple[Name, ...] = ()
    creators: tuple[Name, ...] = ()
    writers: tuple[Name, ...] = ()
    cast: tuple[Name, ...] = ()
    tags: Mapping[Term, Annotated[int, Field(ge=1, le=3)]] = Field(default_factory=dict)
    content_notes: Mapping[TitleNote, Annotated[int, Field(ge=0, le=3)]] = Field(
        default_factory=dict
    )
    kindred: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something in a row that could not be used. `skipped` means the whole row."""

    line: int
    row_id: str
    column: str
    value: str
    reason: str
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: its record, unless it had to be skipped, and what was wrong with it.

    `line` counts from 1 in the order of reading; it is what a resumed import continues from.
    """

    line: int
    record: TitleRecord | None
    problems: tuple[RowProblem, ...] = ()


# How much a source's values count against another source's, see `Source.authority`.
MODEL = -1
FILLS_GAPS = 0
USUAL = 1
CURATED = 2


class Source(Protocol):
    """Where titles come from."""

    @property
    def name(self) -> str:
        """Names the source on the command line and in the records of imports."""
        ...

    @property
    def key(self) -> ExternalId.Source | None:
        """The external id that tells this source's rows apart.

        A record without it is told apart by its first id. None for a source without ids: title,
        year and people tell its rows apart, and any id that there may be.
        """
        ...

    def authority(self, field: str) -> int:
        """Return how much this source's values of a field count: they replace those of less.

        The first of equals stays, so that imports in turn never undo one another. A field is one
        of `TitleRecord`'s plain fields, "genres", or "credits." and a role.
        """
        ...

    def digest(self) -> str:
        """Identify the data, the importer and the order of reading: SHA-256, 64 hex digits."""
        ...

    def count(self) -> int:
        """Return how many rows there are to read."""
        ...

    def rows(self, *, skip: int) -> Iterator[SourceRow]:
        """Yield rows in a fixed order, without the first `skip`."""
        ...


def make_row(
    line: int,
    row_id: str,
    fields: Mapping[str, Any],
    problems: list[RowProblem],
    columns: Mapping[str, str],
) -> SourceRow:
    """Validate `fields` as a record; what fails skips the row and is added to its problems.

    Args:
        columns: the source's name of a field, for the report.
    """
    try:
        record = TitleRecord.model_validate(fields)
    except ValidationError as error:
        invalid = [
            RowProblem(
                line=line,
                row_id=row_id,
                column=columns.get(str(detail["loc"][0]), str(detail["loc"][0])),
                value=str(detail["input"])[:200],
                reason="empty" if detail["type"] == "string_too_short" else detail["msg"],
                skipped=True,
            )
            for detail in error.errors()
        ]
        return SourceRow(line, None, (*problems, *invalid))
    return SourceRow(line, record, tuple(problems))
