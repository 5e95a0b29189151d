"""Files that are broken, hostile or not what they say are refused before anything is written."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from catalog.importing.archives import MAX_MEMBERS
from catalog.importing.base import SourceUnavailable
from catalog.importing.files import find_file, read_rows
from catalog.importing.lists import split_list

CSV = "title,year\nSlack Tide,2019\n"


def rows(path: Path) -> list[object]:
    return list(read_rows(find_file(path)))


def test_encodings(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + CSV.encode())
    assert rows(path) == [{"title": "Slack Tide", "year": "2019"}]
    path.write_bytes("title,year\nAm\u00e9lie,2001\n".encode("windows-1252"))
    with pytest.raises(SourceUnavailable, match=r"not UTF-8 text \(byte 0xe9\).*iconv"):
        rows(path)
    path.write_bytes(CSV.encode("utf-16"))
    with pytest.raises(SourceUnavailable, match="not UTF-8"):
        rows(path)


def test_cells_over_several_lines_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('title,plot\n"A, b","one\ntwo"\n\nC,d\n')

    assert rows(path) == [{"title": "A, b", "plot": "one\ntwo"}, {"title": "C", "plot": "d"}]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.csv", "", "must name the columns"),
        ("a.csv", "title\nx\n", "must name the columns"),
        ("a.csv", "title,title\nx,y\n", "each once"),
        ("a.csv", 'title,year\n"never closed,2019\n', "quotation mark"),
        ("a.json", "{]", "not JSON"),
        ("a.json", '{"a": 1}', "no list of titles"),
        ("a.json", "[1, 2]", "no object"),
        ("a.json", '[{"a": 1}, {"a"', "not JSON"),
        ("a.jsonl", '{"a": 1}\n{"a"\n', "line 2: not JSON"),
        ("a.jsonl", "[1]\n", "no object"),
        ("a.jsonl", "[" * 100_000, "not JSON"),
        ("a.parquet", "no parquet", "no readable parquet"),
        ("a.xlsx", "x", "not among what can be read"),
        ("a.zip", "PK\x03\x04 and nothing", "no readable zip"),
    ],
)
def test_a_broken_file_says_what_is_wrong(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    path = tmp_path / name
    path.write_text(text)

    with pytest.raises(SourceUnavailable, match=reason):
        rows(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="There is no file"):
        find_file(tmp_path / "a.csv")


def test_a_huge_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"title,year\n{'x' * 1_000_001},2019\n")

    with pytest.raises(SourceUnavailable, match="field larger"):
        rows(path)


def make_zip(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zip_of_one_file(tmp_path: Path) -> None:
    path = make_zip(
        tmp_path / "a.zip", **{"dir/a.csv": CSV.encode(), "__MACOSX/._a.csv": b"", ".DS_Store": b""}
    )

    assert rows(path) == [{"title": "Slack Tide", "year": "2019"}]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"a.csv": b"", "b.csv": b""}, "several files"),
        ({"readme.md": b""}, "not among"),
        ({"inner.zip": b"PK"}, "archive in an archive"),
        ({"../a.csv": b""}, "forbidden name"),
        ({"/etc/a.csv": b""}, "forbidden name"),
        ({"C:\\a.csv": b""}, "forbidden name"),
        ({f"{number}.csv": b"" for number in range(MAX_MEMBERS + 1)}, "at most 200"),
        ({"a.csv": b"title,year\n" + b"x,1\n" * 15_000_000}, "would unpack to"),
    ],
    ids=["several", "none", "nested", "parent", "root", "drive", "many", "bomb"],
)
def test_zips_that_are_refused(tmp_path: Path, members: dict[str, bytes], reason: str) -> None:
    path = make_zip(tmp_path / "a.zip", **members)

    with pytest.raises(SourceUnavailable, match=reason):
        rows(path)


def test_an_encrypted_member(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", **{"a.csv": CSV.encode()})
    content = bytearray(path.read_bytes())
    # The flag in the central directory, which the reader goes by.
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    with pytest.raises(SourceUnavailable, match="encrypted"):
        rows(path)


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (None, []),
        ("", []),
        ("Drama, Comedy", ["Drama", "Comedy"]),
        ("Drama|Comedy, black", ["Drama", "Comedy, black"]),
        ('["Drama", "Drama"]', ["Drama"]),
        ("['it\\'s', \"d'accord\"]", ["it's", "d'accord"]),
        ('[{"name": "Drama"}, {"id": 1}]', ["Drama"]),
        (["Drama", None, 7], ["Drama", "7"]),
    ],
)
def test_lists_in_cells(cell: object, names: list[str]) -> None:
    assert split_list(cell) == names


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (7, "neither text nor a list"),
        ("[1, 2", "neither JSON nor Python"),
        ("[open('x')]", "neither JSON nor Python"),
        ('["' + "x" * 200_001 + '"]', "more than 200000"),
        ("[" * 30 + "]" * 30, "a list in a list"),
        (json.dumps([["a"]]), "something other than names"),
    ],
)
def test_lists_that_make_no_sense(cell: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        split_list(cell)
