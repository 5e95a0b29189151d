"""Directories are finished or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from genrec.errors import GenRecError
from genrec.files import package_directory, read_json, staged_directory, write_json


class Interrupted(Exception):
    """Stands for whatever ends a program half-way."""


def test_a_finished_block_leaves_the_directory(tmp_path: Path) -> None:
    with staged_directory(tmp_path / "out") as stage:
        write_json(stage / "base.json", {"a": 1})
        assert not (tmp_path / "out").exists()

    assert read_json(tmp_path / "out" / "base.json") == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_interrupted_block_leaves_what_was_there(tmp_path: Path) -> None:
    with staged_directory(tmp_path / "out") as stage:
        write_json(stage / "base.json", {"a": 1})

    def write_half() -> None:
        with staged_directory(tmp_path / "out") as stage:
            write_json(stage / "base.json", {"a": 2})
            raise Interrupted

    with pytest.raises(Interrupted):
        write_half()

    assert read_json(tmp_path / "out" / "base.json") == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_directory_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with (
        pytest.raises(GenRecError, match="was not made by this program"),
        staged_directory(tmp_path),
    ):
        pass

    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("content", "message"), [("[1]", "must hold a JSON object"), ("{", "is not JSON")]
)
def test_a_damaged_description_says_which_file(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "base.json").write_text(content)

    with pytest.raises(GenRecError, match=message) as damaged:
        read_json(tmp_path / "base.json")
    assert "base.json" in str(damaged.value)


def test_a_missing_package_says_how_to_install_it() -> None:
    with pytest.raises(GenRecError, match="pip install"):
        package_directory("no_such_package_here", "no-such-package")
