"""Zip archives from strangers: looked at before anything is unpacked, and never unpacked to disk.

Refused: too many members, too much content, content packed so densely that it must be a bomb,
archives within archives, names that lead elsewhere, links, encryption, unusual compression.
`zipfile` hands out no more of a member than its directory entry says, so the sizes that are
checked here hold while reading.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from discovery.histories.reading.base import UnusableFile
from discovery.histories.reading.tables import OpenBinary

MAX_MEMBERS = 2000
MAX_CONTENT_BYTES = 100 * 1024 * 1024
# Text packs to a tenth or a twentieth; a bomb to a thousandth.
MAX_RATIO = 100
# Below this size no ratio hurts: a short file of one repeated letter is no bomb.
HARMLESS_BYTES = 1024 * 1024
MAX_DIRECTORY_BYTES = 512 * 1024

_END = b"PK\x05\x06"
_END_SIZE = 22
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_SIZE = 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ARCHIVES = frozenset({".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst", ".jar"})
_AS_RECEIVED = "Upload the export as you received it."


class Archive:
    """The members of a checked archive, by path, without what packing programs add."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._opened = opened
        members = [info for info in opened.infolist() if not info.is_dir()]
        _check(members)
        paths = [PurePosixPath(info.filename) for info in members]
        wrapped = _wrapping_folder(paths)
        self._members = {
            str(path.relative_to(wrapped)) if wrapped else str(path): info
            for path, info in zip(paths, members, strict=True)
            if path.parts[0] != "__MACOSX"
        }

    def paths(self) -> list[str]:
        return sorted(self._members)

    def opener(self, path: str) -> OpenBinary:
        """Return a function that opens a member for reading.

        Raises:
            UnusableFile: on reading, the member turns out to be damaged.
        """
        return lambda: self._open(path)

    @contextmanager
    def _open(self, path: str) -> Iterator[BinaryIO]:
        try:
            with self._opened.open(self._members[path]) as member:
                yield cast(BinaryIO, member)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise UnusableFile(f"{path} in this archive is damaged. {_AS_RECEIVED}") from error


@contextmanager
def open_archive(open_binary: OpenBinary) -> Iterator[Archive]:
    """Open an uploaded archive.

    Raises:
        UnusableFile: it is damaged, or something in it is refused.
    """
    with open_binary() as binary:
        _check_directory(binary)
        try:
            opened = zipfile.ZipFile(binary)
        except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError) as error:
            raise UnusableFile(f"This archive is damaged. {_AS_RECEIVED}") from error
        with cast("AbstractContextManager[zipfile.ZipFile]", opened):
            yield Archive(opened)


def _check_directory(binary: BinaryIO) -> None:
    """Refuse a huge directory before `zipfile` makes an object of each of its entries."""
    size = binary.seek(0, 2)
    tail_size = min(size, _END_SIZE + 0xFFFF + _ZIP64_LOCATOR_SIZE)
    binary.seek(size - tail_size)
    tail = binary.read(tail_size)
    binary.seek(0)
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_SIZE:
        raise UnusableFile(f"This archive is damaged. {_AS_RECEIVED}")
    n_members, n_bytes = struct.unpack("<HL", tail[end + 10 : end + 16])
    before_end = tail[max(0, end - _ZIP64_LOCATOR_SIZE) : end]
    if before_end.startswith(_ZIP64_LOCATOR):
        raise UnusableFile(f"This archive is of a kind for huge files. {_AS_RECEIVED}")
    if n_members > MAX_MEMBERS or n_bytes > MAX_DIRECTORY_BYTES:
        raise UnusableFile(f"This archive has too many files in it. {_AS_RECEIVED}")


def _check(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise UnusableFile(f"This archive has too many files in it. {_AS_RECEIVED}")
    content = sum(info.file_size for info in members)
    if content > MAX_CONTENT_BYTES:
        raise UnusableFile(
            f"Unpacked, this archive would be larger than {MAX_CONTENT_BYTES // 1024**2} MB. "
            f"{_AS_RECEIVED}"
        )
    packed = sum(info.compress_size for info in members)
    if content > HARMLESS_BYTES and content > MAX_RATIO * packed:
        raise UnusableFile(f"This archive is packed far more densely than text is. {_AS_RECEIVED}")
    if len({info.filename for info in members}) < len(members):
        raise UnusableFile(f"This archive has two files of the same name. {_AS_RECEIVED}")
    for info in members:
        _check_member(info)


def _check_member(info: zipfile.ZipInfo) -> None:
    path = PurePosixPath(info.filename)
    # `filename` ends at a NUL and has this system's separators; the original tells.
    original = info.orig_filename
    leads_elsewhere = (
        path.is_absolute()
        or ".." in path.parts
        or not path.parts
        or any(sign in original for sign in "\\\x00:")
    )
    if leads_elsewhere:
        raise UnusableFile(f"A file name in this archive leads out of it. {_AS_RECEIVED}")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnusableFile(f"This archive has a link in it. {_AS_RECEIVED}")
    if info.flag_bits & 0x1:
        raise UnusableFile("This archive has a password. Upload one without.")
    if info.compress_type not in _METHODS:
        raise UnusableFile(f"This archive is packed in an unusual way. {_AS_RECEIVED}")
    if path.suffix.lower() in _ARCHIVES:
        raise UnusableFile("This archive has another archive in it. Upload that one alone.")


def _wrapping_folder(paths: list[PurePosixPath]) -> str:
    """Return the folder that everything is in, as after packing an unpacked export again."""
    tops = {path.parts[0] for path in paths if path.parts[0] != "__MACOSX"}
    if len(tops) != 1 or any(len(p.parts) < 2 for p in paths if p.parts[0] != "__MACOSX"):
        return ""
    return tops.pop()
