"""One record of the starter metadata: its schema, and reading all parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from catalog.ontology import load_ontology

FOLDER = Path(__file__).parent
Grade = Annotated[int, Field(ge=0, le=3)]
Line = Annotated[str, Field(min_length=1, max_length=200)]


class StarterError(ValueError):
    """A part can't be read; the message names the file and the line."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Content(_Strict):
    """How much of what a parent asks about: 0 none, 1 mild, 2 strong, 3 extreme."""

    violence: Grade
    gore: Grade
    sex: Grade
    language: Grade
    scary: Grade
    sad_ending: Grade


class StarterRecord(_Strict):
    """What we say of one title. Facts that the writer was not sure of are left out.

    `key` names the record for good; it is the imdb id where that is known.
    """

    key: Annotated[str, Field(max_length=40, pattern=r"^(tt\d{7,8}|[a-z0-9]+(-[a-z0-9]+)*-\d{4})$")]
    imdb: Annotated[str, Field(pattern=r"^tt\d{7,8}$")] | None = None
    kind: Literal["film", "series"]
    title: Line
    year: Annotated[int, Field(ge=1890, le=2025)]
    countries: tuple[Line, ...] = ()
    languages: tuple[Line, ...] = ()
    genres: tuple[Line, ...] = ()
    directors: tuple[Line, ...] = ()
    creators: tuple[Line, ...] = ()
    cast: Annotated[tuple[Line, ...], Field(max_length=6)] = ()
    runtime_min: Annotated[int, Field(ge=1, le=900)] | None = None
    logline: str
    vibes: dict[str, Annotated[int, Field(ge=1, le=3)]]
    content: Content
    audience_age: Annotated[int, Field(ge=0, le=18)]
    keywords: Annotated[tuple[Line, ...], Field(min_length=3, max_length=8)]
    kindred: Annotated[tuple[str, ...], Field(max_length=5)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        words = len(self.logline.split())
        if not 25 <= words <= 45:
            raise ValueError(f"the logline has {words} words: write 25 to 45")
        if not 5 <= len(self.vibes) <= 12:
            raise ValueError(f"{len(self.vibes)} vibes: give 5 to 12")
        if unknown := sorted(set(self.vibes) - load_ontology().terms.keys()):
            raise ValueError(f"not in catalog/ontology.toml: {', '.join(unknown)}")
        if self.imdb is not None and self.key != self.imdb:
            raise ValueError("the key is the imdb id where that is known")
        if self.key in self.kindred:
            raise ValueError("a title is not its own kindred")
        return self


def starter_parts(folder: Path = FOLDER) -> list[Path]:
    return sorted(folder.glob("part-*.jsonl"))


def read_part(path: Path) -> Iterator[tuple[int, StarterRecord]]:
    """Yield line number and record. Raises StarterError at the first bad line."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield number, StarterRecord.model_validate_json(line)
            except ValidationError as error:
                raise StarterError(f"{path.name}, line {number}: {error}") from error


def read_starter(folder: Path = FOLDER) -> Iterator[StarterRecord]:
    """Yield every record of every part, in order. Raises StarterError."""
    for path in starter_parts(folder):
        for _, record in read_part(path):
            yield record
