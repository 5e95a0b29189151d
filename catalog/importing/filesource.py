"""What sources that read one file of rows have in common."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from catalog.importing.base import USUAL, SourceRow, SourceUnavailable
from catalog.importing.cellreader import CellReader, Reported
from catalog.importing.cells import parse_number
from catalog.importing.files import SURPLUS, Row, RowsFile, find_file, read_rows
from catalog.models import ExternalId


@dataclass(frozen=True, slots=True)
class Survey:
    """What one reading of the whole file tells before anything is written."""

    rows: int
    top_votes: int


class FileSource:
    """A source of one file: count first, which finds a broken file before anything is written.

    Subclasses say which columns there must be, which one counts votes, and how a row is read.
    """

    name: str
    key: ExternalId.Source | None
    # Raise it when the same file would now give other records.
    importer_version = 1
    # Each tuple: the names under which a column that must be there may come.
    required: tuple[tuple[str, ...], ...] = ()
    # What the form is called when the file is not of it.
    looks_like = ""
    votes_column = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = self.find(path)
        self.once = Reported()

    def find(self, path: Path) -> RowsFile:
        return find_file(path)

    def authority(self, field: str) -> int:
        return USUAL

    def digest(self) -> str:
        return digest_files([self.path], f"{self.name}:{self.importer_version}")

    @cached_property
    def survey(self) -> Survey:
        rows = top = 0
        for cells in read_rows(self.file):
            if rows == 0:
                self.check_columns(cells)
            rows += 1
            top = max(top, self.votes(cells))
        return Survey(rows, top)

    def count(self) -> int:
        return self.survey.rows

    def rows(self, *, skip: int) -> Iterator[SourceRow]:
        # Reported once a file, also by who reads it twice.
        self.once = Reported()
        for line, cells in enumerate(read_rows(self.file), start=1):
            if line > skip:
                yield self.read_row(line, cells)

    def sample(self, limit: int) -> tuple[list[SourceRow], list[str]]:
        """Return the first rows, and the columns, without reading on: nobody's votes are known."""
        self.__dict__["survey"] = Survey(rows=0, top_votes=0)
        try:
            with closing(read_rows(self.file)) as cells:
                found = list(islice(cells, limit))
            if found:
                self.check_columns(found[0])
            rows = [self.read_row(line, row) for line, row in enumerate(found, start=1)]
        finally:
            del self.__dict__["survey"]
        return rows, [column for column in (found[0] if found else {}) if column != SURPLUS]

    def read_row(self, line: int, cells: Row) -> SourceRow:
        raise NotImplementedError

    def check_columns(self, cells: Row) -> None:
        missing = [names for names in self.required if not any(name in cells for name in names)]
        if missing:
            wanted = ", ".join(" or ".join(names) for names in missing)
            raise SourceUnavailable(
                f"{self.file.name} lacks the column {wanted}: it is no {self.looks_like}. It has "
                f"{', '.join(map(str, list(cells)[:20]))}. For other files there is the source "
                "generic, with a map of the columns."
            )

    def reader(self, line: int, row_id: Any, cells: Row) -> CellReader:
        return CellReader(line, str(row_id or ""), cells, self.once)

    def votes(self, cells: Row) -> int:
        try:
            return max(parse_number(cells.get(self.votes_column)) or 0, 0)
        except ValueError:
            return 0

    def popularity(self, cells: Row) -> float | None:
        return scale_votes(self.votes(cells), self.survey.top_votes)


def scale_votes(votes: int, top_votes: int) -> float | None:
    """Return popularity from 0 to 1: the number of votes on a log scale, the file's top at 1."""
    if votes <= 0 or top_votes <= 0:
        return None
    return round(math.log1p(votes) / math.log1p(max(votes, top_votes)), 6)


def digest_files(paths: list[Path], salt: str) -> str:
    """Identify files and who reads them: SHA-256, 64 hex digits."""
    digest = hashlib.sha256(salt.encode())
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
