"""CSV tables in an upload or in a member of an archive: UTF-8, read as a stream, more than once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from discovery.histories.reading.base import Reading, UnusableFile

NOT_UTF8 = (
    "This file isn't UTF-8 text. Upload the export as you received it, or save it again as "
    "“CSV UTF-8”."
)
MAX_HEADER_CHARS = 4000
# Checked here: the csv module's own limit is one for the whole process, and others raise it.
MAX_CELL_CHARS = 100_000

Row = Mapping[str, str]
OpenBinary = Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file with a header. Column names are lower case, whatever the file's are."""

    open_binary: OpenBinary
    columns: tuple[str, ...]
    delimiter: str

    def has(self, *columns: str) -> bool:
        return set(columns) <= set(self.columns)

    def rows(self, into: Reading) -> Iterator[tuple[int, Row]]:
        """Yield every row that isn't blank with its line, and count it.

        Missing cells are empty, surplus ones are left out.
        """
        with open_text(self.open_binary) as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            next(reader, None)
            for line, cells in _lines(reader):
                into.count_row()
                padded = [*cells, *[""] * (len(self.columns) - len(cells))]
                yield line, dict(zip(self.columns, padded, strict=False))


def read_table(open_binary: OpenBinary) -> Table:
    """Read the header of a CSV file.

    Raises:
        UnusableFile: it is no text, or its first line is no header.
    """
    with open_text(open_binary) as text:
        header = text.readline(MAX_HEADER_CHARS)
    if "\x00" in header:
        raise UnusableFile(NOT_UTF8)
    # Spreadsheets save with the separator of their country.
    delimiter = max(",;\t", key=header.count)
    try:
        cells = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        cells = []
    return Table(open_binary, tuple(" ".join(cell.lower().split()) for cell in cells), delimiter)


@contextmanager
def open_text(open_binary: OpenBinary) -> Iterator[TextIO]:
    """Open as UTF-8, with or without a byte-order mark.

    Raises:
        UnusableFile: it is something else.
    """
    with open_binary() as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        try:
            yield text
        except UnicodeDecodeError as error:
            raise UnusableFile(NOT_UTF8) from error
        finally:
            # Otherwise closing the text would close the upload, which is read again.
            text.detach()


def _lines(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    try:
        for cells in reader:
            if any(len(cell) > MAX_CELL_CHARS for cell in cells):
                raise csv.Error(f"a cell has more than {MAX_CELL_CHARS:,} characters")
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells  # type: ignore[attr-defined]
    except csv.Error as error:
        raise UnusableFile(
            f"Line {reader.line_num} can't be read as CSV ({error}). "  # type: ignore[attr-defined]
            "Upload the export as you received it."
        ) from error
