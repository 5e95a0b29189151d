"""Files that are broken, huge or meant to hurt: refused in words, in little time and memory."""

from __future__ import annotations

import csv
import io
import stat
import struct
import tracemalloc
import zipfile

import pytest

from discovery.histories.reading import base
from discovery.histories.reading.base import UnusableFile
from discovery.histories.reading.recognising import read_history
from tests.discovery.histories import exports
from tests.discovery.histories.exports import TODAY, read, zipped


def refused(content: bytes | str, why: str) -> None:
    with pytest.raises(UnusableFile, match=why):
        read(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "isn't UTF-8"),
        ("Title,Date\nAm\u00e9lie,1/2/21\n".encode("latin-1"), "isn't UTF-8"),
        ("Title,Date\nAlien,1/2/21\n".encode("utf-16"), "isn't UTF-8"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"Name,Price\nBread,2\n", "none of the five forms"),
        (b"hello", "none of the five forms"),
        (b"Title,Date\n", "no rows"),
        (b'[{"watched_at": "2024-01-01T00:00:00Z", "movie": {', "cut short"),
        (b"[1, 2, oops]", "cut short"),
        (b"[" * 5000, "nested too deeply|cut short"),
        (b'{"a": [{"b": ' * 20, "nested too deeply|cut short"),
        (b"PK\x03\x04 but nothing more", "damaged"),
        (b"PK\x05\x06" + b"\x00" * 18, "no history"),
    ],
)
def test_files_that_are_no_history(content: bytes, why: str) -> None:
    refused(content, why)


def test_a_file_that_is_not_utf8_far_down() -> None:
    rows = "".join(f'"Film {n}","1/2/21"\n' for n in range(5000))
    refused(f"Title,Date\n{rows}".encode() + b'"Am\xe9lie","1/2/21"\n', "isn't UTF-8")


def test_a_file_over_the_size_is_not_even_opened() -> None:
    with pytest.raises(UnusableFile, match="larger than 20 MB"):
        read_history(io.BytesIO(), size=base.MAX_UPLOAD_BYTES + 1, today=TODAY)


def test_more_rows_than_anybody_has() -> None:
    row = '"Dark: Season 1: Secrets",1/2/21\n'
    refused("Title,Date\n" + row * (base.MAX_ROWS + 1), "more than 200,000 rows")


def test_more_titles_than_anybody_has() -> None:
    rows = "".join(f"Film {n},1/2/21\n" for n in range(base.MAX_TITLES + 1))
    refused("Title,Date\n" + rows, "more than 50,000 titles")


@pytest.mark.parametrize("process_wide_limit", [131_072, 1_000_000])
def test_a_cell_that_never_ends(process_wide_limit: int) -> None:
    csv.field_size_limit(process_wide_limit)
    refused('Title,Date\n"' + "x" * 200_000, "can't be read as CSV")


def test_problems_are_counted_and_the_first_are_named() -> None:
    reading = read("Title,Date\n" + ",1/2/21\n" * 5000)

    assert reading.unreadable == 5000
    assert len(reading.problems) == base.MAX_PROBLEMS


# --- archives ---


def test_a_bomb() -> None:
    refused(zipped({"watched.csv": b"a" * 40_000_000}), "far more densely")


def test_a_bomb_hidden_among_much_that_is_stored() -> None:
    tracemalloc.start()
    refused(zipped({"watched.csv": b"a" * 90_000_000, "b": b"a" * 20_000_000}), "larger than")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # What the test itself made, and nothing of that size again.
    assert peak < 130_000_000


def test_a_member_larger_than_the_directory_says() -> None:
    data = bytearray(zipped(exports.LETTERBOXD))
    place = data.rfind(b"watched.csv") - 46
    assert data[place : place + 4] == b"PK\x01\x02"
    data[place + 24 : place + 28] = struct.pack("<L", 30)
    refused(bytes(data), "damaged")


def test_too_many_members() -> None:
    refused(zipped({f"{n}.csv": "" for n in range(2001)}), "too many files")


def test_a_directory_that_lies_about_its_length() -> None:
    data = bytearray(zipped({f"{n:0200}.csv": "" for n in range(3000)}))
    end = data.rfind(b"PK\x05\x06")
    data[end + 8 : end + 12] = struct.pack("<HH", 3, 3)
    refused(bytes(data), "too many files")


@pytest.mark.parametrize(
    "name", ["../watched.csv", "/etc/passwd", "a/../../b.csv", "C:\\a.csv", "..\\watched.csv"]
)
def test_names_that_lead_elsewhere(name: str) -> None:
    refused(zipped({"watched.csv": exports.WATCHED, name: "x"}), "leads out of it")


def test_archives_in_archives() -> None:
    inner = zipped(exports.LETTERBOXD)
    refused(zipped({"watched.csv": exports.WATCHED, "more.zip": inner}), "another archive")


def test_links() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("watched.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    refused(buffer.getvalue(), "link in it")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_can_not_be_read_in_bounds(method: int) -> None:
    refused(zipped(exports.LETTERBOXD, method=method), "unusual way")


def test_passwords() -> None:
    data = bytearray(zipped({"watched.csv": exports.WATCHED}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    refused(bytes(data), "password")


def test_two_members_of_one_name() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("watched.csv", exports.WATCHED)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("watched.csv", exports.WATCHLIST)
    refused(buffer.getvalue(), "same name")


@pytest.mark.parametrize("place", [40, 60, 200])
def test_damaged_members(place: int) -> None:
    data = bytearray(zipped(exports.LETTERBOXD))
    start = data.find(b"watched.csv")
    data[start + place : start + place + 8] = b"\xff" * 8
    refused(bytes(data), "damaged|UTF-8")


def test_an_archive_of_something_else() -> None:
    refused(zipped({"holiday.jpg": b"\xff\xd8", "notes.txt": "x"}), "no history that can be read")


def test_nothing_is_written_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("extracted to disk")

    monkeypatch.setattr(zipfile.ZipFile, "extract", never)
    monkeypatch.setattr(zipfile.ZipFile, "extractall", never)
    assert read(zipped(exports.LETTERBOXD)).rows > 0
