"""Read rows from CSV, JSON, JSON Lines and parquet files, and from zip files with one of them.

A row is a mapping from column to cell. Files are streamed: memory does not grow with their size.
What a file is shows in its name's ending; text is UTF-8, with or without a byte order mark.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import ijson

from catalog.importing.archives import is_zip, members, open_member
from catalog.importing.base import SourceUnavailable

Row = Mapping[str, Any]
CSV, JSON, JSONL, PARQUET = "csv", "json", "jsonl", "parquet"
_FORMS = {
    ".csv": CSV, ".tsv": CSV, ".txt": CSV, ".json": JSON,
    ".jsonl": JSONL, ".ndjson": JSONL, ".parquet": PARQUET,
}  # fmt: skip
READABLE = "CSV, JSON, JSON Lines and parquet files, and zip files with one of them"
BATCH_ROWS = 500
MAX_LINE_CHARS = 4_000_000
MAX_CELL_CHARS = 1_000_000
# A parquet file is read a group of rows at a time, and a group is held in memory.
MAX_ROW_GROUP_BYTES = 1024**3
_DELIMITERS = ",;\t|"
# Where CSV rows keep cells that the header has no column for, and tell of missing ones.
SURPLUS = "\0surplus"


@dataclass(frozen=True, slots=True)
class RowsFile:
    """A file of rows on disk, or a member of a zip file there."""

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        return PurePosixPath(self.member).name if self.member else self.path.name

    @property
    def form(self) -> str:
        return _FORMS.get(PurePosixPath(self.name).suffix.lower(), "")

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        if self.member:
            with open_member(self.path, self.member) as file:
                yield file
        else:
            with self.path.open("rb") as file:
                yield file


def find_files(path: Path) -> list[RowsFile]:
    """Return what can be read at `path`: itself, or the files of a zip file or a folder.

    Raises:
        SourceUnavailable: there is nothing, or an archive is refused.
    """
    if path.is_dir():
        found = [RowsFile(file) for file in sorted(path.iterdir()) if file.is_file()]
    elif not path.is_file():
        raise SourceUnavailable(f"There is no file {path}.")
    elif is_zip(path):
        found = [RowsFile(path, name) for name in members(path)]
    else:
        found = [RowsFile(path)]
    readable = [file for file in found if file.form]
    if not readable:
        raise SourceUnavailable(f"{path.name} is not among what can be read: {READABLE}.")
    return readable


def find_file(path: Path) -> RowsFile:
    """Return the one file of rows at `path`."""
    readable = find_files(path)
    if len(readable) > 1:
        names = ", ".join(file.name for file in readable[:5])
        raise SourceUnavailable(f"{path.name} has several files ({names}). Give it one at a time.")
    return readable[0]


def read_rows(file: RowsFile) -> Generator[Row, None, None]:
    """Yield the rows of a file in order. Cells without a value are None, "" or absent.

    Raises:
        SourceUnavailable: the file is not what its name says; the message says where and what.
    """
    readers = {CSV: _read_csv, JSON: _read_json, JSONL: _read_jsonl, PARQUET: _read_parquet}
    try:
        with file.open() as stream:
            yield from readers[file.form](file.name, stream)
    except UnicodeDecodeError as error:
        raise SourceUnavailable(
            f"{file.name} is not UTF-8 text (byte {error.object[error.start]:#04x}). "
            "Save it as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`."
        ) from error
    except (EOFError, OSError) as error:
        raise SourceUnavailable(f"{file.name} can't be read: {error}.") from error


def _text(stream: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")


def _read_csv(name: str, stream: IO[bytes]) -> Iterator[Row]:
    csv.field_size_limit(MAX_CELL_CHARS)
    with _text(stream) as text:
        yield from _csv_rows(name, text)


def _csv_rows(name: str, text: io.TextIOWrapper) -> Iterator[Row]:
    first = text.readline(MAX_LINE_CHARS)
    delimiter = max(_DELIMITERS, key=first.count)
    header = [column.strip() for column in next(csv.reader([first], delimiter=delimiter), [])]
    if len(header) < 2 or len(set(header)) < len(header):
        raise SourceUnavailable(
            f"{name}: the first line must name the columns, each once and at least two. "
            f"It begins with {first[:80].strip()!r}."
        )
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if cells:
                row: dict[str, Any] = dict(zip(header, cells, strict=False))
                if len(cells) != len(header):
                    row[SURPLUS] = len(cells) - len(header)
                yield row
    except csv.Error as error:
        raise SourceUnavailable(
            f"{name} is broken near line {reader.line_num + 1}: {error}. "
            "Look for a quotation mark that is never closed."
        ) from error


def _read_jsonl(name: str, stream: IO[bytes]) -> Iterator[Row]:
    with _text(stream) as text:
        for number, line in enumerate(iter(lambda: text.readline(MAX_LINE_CHARS), ""), start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                raise SourceUnavailable(f"{name}, line {number}: not JSON ({error}).") from error
            yield _object(name, number, row)


def _read_json(name: str, stream: IO[bytes]) -> Iterator[Row]:
    try:
        prefix = _rows_prefix(stream)
        if not prefix:
            raise SourceUnavailable(
                f'{name} has no list of titles: write [{{"title": ...}}, ...] or '
                '{"results": [...]}.'
            )
        stream.seek(0)
        _skip_mark(stream)
        for number, row in enumerate(ijson.items(stream, prefix, use_float=True), start=1):
            yield _object(name, number, row)
    except (ijson.JSONError, ijson.IncompleteJSONError) as error:
        raise SourceUnavailable(f"{name} is not JSON: {error}.") from error


def _rows_prefix(stream: IO[bytes]) -> str:
    """Return ijson's prefix of the rows: the file's list, or the first in its object; else ""."""
    _skip_mark(stream)
    for prefix, event, _ in ijson.parse(stream):
        if event == "start_array":
            return f"{prefix}.item" if prefix else "item"
    return ""


def _skip_mark(stream: IO[bytes]) -> None:
    if stream.read(3) != b"\xef\xbb\xbf":
        stream.seek(0)


def _object(name: str, number: int, row: Any) -> Row:
    if not isinstance(row, dict):
        raise SourceUnavailable(f"{name}: row {number} is no object with named values.")
    return row


def _read_parquet(name: str, stream: IO[bytes]) -> Iterator[Row]:
    # Slow to load, and only this form needs it.
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(stream)
        groups = range(file.metadata.num_row_groups)
        largest = max((file.metadata.row_group(g).total_byte_size for g in groups), default=0)
        if largest > MAX_ROW_GROUP_BYTES:
            raise SourceUnavailable(
                f"{name} has a row group of {largest:,} bytes; at most {MAX_ROW_GROUP_BYTES:,} are "
                "read at once. Write it again with smaller groups."
            )
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            for row in batch.to_pylist():
                yield {column: _known(value) for column, value in row.items()}
    except arrow.ArrowException as error:
        raise SourceUnavailable(f"{name} is no readable parquet file: {error}") from error


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
