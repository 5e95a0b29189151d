"""Open members of zip files, without unpacking to disk and without trusting what they claim.

Refused: archives in archives, encrypted members, too many members, names that leave the archive,
members that are too large or that grow too much (a "zip bomb").
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from catalog.importing.base import SourceUnavailable

MAX_MEMBERS = 200
MAX_MEMBER_BYTES = 4 * 1024**3
MAX_RATIO = 200
# Below this, a great ratio is harmless: a small file of one repeated line.
RATIO_MATTERS_BYTES = 50 * 1024**2
_ARCHIVES = frozenset({".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz", ".zst"})


def is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def members(path: Path) -> list[str]:
    """Return the names of the files in a zip, without what operating systems leave there.

    Raises:
        SourceUnavailable: the archive is broken or refused; the message says why.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise SourceUnavailable(f"{path.name} is no readable zip file: {error}.") from error
    if len(infos) > MAX_MEMBERS:
        raise SourceUnavailable(
            f"{path.name} has {len(infos)} files; at most {MAX_MEMBERS} are read. "
            "Pack only the files of the catalogue."
        )
    kept = [info for info in infos if not info.is_dir() and not _is_clutter(info.filename)]
    for info in kept:
        _check(info)
    return [info.filename for info in kept]


@contextmanager
def open_member(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open one member for reading as a stream. Its claimed size is the most that is read."""
    with zipfile.ZipFile(path) as archive:
        _check(archive.getinfo(name))
        with archive.open(name) as file:
            yield file


def _is_clutter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("."))


def _check(info: zipfile.ZipInfo) -> None:
    name = info.filename
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        raise SourceUnavailable(f"The zip file has a member with a forbidden name: {name[:100]!r}.")
    if path.suffix.lower() in _ARCHIVES:
        raise SourceUnavailable(f"{name} is an archive in an archive. Unpack it first.")
    if info.flag_bits & 0x1:
        raise SourceUnavailable(f"{name} is encrypted. Pack it again without a password.")
    too_large = info.file_size > MAX_MEMBER_BYTES
    grows = info.file_size > MAX_RATIO * max(info.compress_size, 1)
    if too_large or (grows and info.file_size > RATIO_MATTERS_BYTES):
        raise SourceUnavailable(
            f"{name} would unpack to {info.file_size:,} bytes from {info.compress_size:,}: "
            f"refused. At most {MAX_MEMBER_BYTES:,} are read, and {MAX_RATIO} for each packed one."
        )
