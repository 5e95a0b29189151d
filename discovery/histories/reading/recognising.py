"""Which of the five forms a file is, by what is in it; and the reading of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import BinaryIO

from discovery.histories.reading import imdb, letterboxd, movielens, netflix, trakt
from discovery.histories.reading.archives import Archive, open_archive
from discovery.histories.reading.base import MAX_UPLOAD_BYTES, Reading, UnusableFile
from discovery.histories.reading.tables import NOT_UTF8, OpenBinary, Table, read_table

_START_BYTES = 4096
UNKNOWN_FORM = (
    "This is none of the five forms: Netflix viewing activity (Title, Date), a Letterboxd export, "
    "Trakt JSON, IMDb ratings (Const, Your Rating, ...) or MovieLens ratings (userId, movieId, "
    "rating, timestamp). Upload the export as you received it."
)


def read_history(
    file: BinaryIO, *, size: int, today: date, movielens_user: int | None = None
) -> Reading:
    """Read an uploaded history.

    Args:
        file: opened for reading in binary, seekable; it stays open.
        size: its length in bytes.
        today: no date may lie later.
        movielens_user: whose ratings to take from a file of several users.

    Raises:
        UnusableFile: too large, damaged, dangerous, or none of the forms.
    """
    if size > MAX_UPLOAD_BYTES:
        raise UnusableFile(
            f"This file is larger than {MAX_UPLOAD_BYTES // 1024**2} MB. Upload a zip, or a part."
        )
    reading = _read(_opener(file), today, movielens_user)
    if not reading.rows:
        raise UnusableFile("This file has no rows. Export it again.")
    return reading


def _read(open_binary: OpenBinary, today: date, movielens_user: int | None) -> Reading:
    with open_binary() as binary:
        start = binary.read(_START_BYTES)
    if not start.strip():
        raise UnusableFile("This file is empty. Export it again.")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with open_archive(open_binary) as archive:
            return _read_archive(archive, movielens_user)
    if start.startswith(b"\x1f\x8b"):
        raise UnusableFile("This file is packed with gzip. Unpack it and upload what is in it.")
    if b"\x00" in start:
        raise UnusableFile(NOT_UTF8)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"[", b"{")):
        return trakt.read(open_binary)
    return _read_table(read_table(open_binary), today, movielens_user)


def _read_archive(archive: Archive, movielens_user: int | None) -> Reading:
    if letterboxd.recognises_archive(archive):
        return letterboxd.read_archive(archive)
    if movielens.recognises_archive(archive):
        return movielens.read_archive(archive, user=movielens_user)
    if trakt.recognises_archive(archive):
        return trakt.read_archive(archive)
    raise UnusableFile(
        "This archive holds no history that can be read: neither a Letterboxd export (watched.csv, "
        "ratings.csv, ...), nor Trakt's JSON files, nor MovieLens ratings. If it holds a single "
        "CSV, unpack it and upload that."
    )


def _read_table(table: Table, today: date, movielens_user: int | None) -> Reading:
    if netflix.recognises(table):
        return netflix.read(table, today=today)
    if imdb.recognises(table):
        return imdb.read(table)
    if letterboxd.recognises(table):
        return letterboxd.read(table)
    if movielens.recognises(table):
        return movielens.read(table, user=movielens_user)
    raise UnusableFile(UNKNOWN_FORM)


def _opener(file: BinaryIO) -> OpenBinary:
    """Return a function that rewinds the upload and lends it."""

    @contextmanager
    def open_binary() -> Iterator[BinaryIO]:
        file.seek(0)
        yield file

    return open_binary
