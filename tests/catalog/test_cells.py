"""Cells of a source: what they mean, and what is no value."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.importing.cells import (
    find_strays,
    parse_genres,
    parse_languages,
    parse_people,
    parse_runtime,
    parse_year,
)


@pytest.mark.parametrize(
    ("cell", "minutes"), [(None, None), ("", None), (117.0, 117), ("90", 90), (776.0, 776)]
)
def test_runtime(cell: Any, minutes: int | None) -> None:
    assert parse_runtime(cell) == minutes


@pytest.mark.parametrize("cell", [1.0, 4, 1001, -5, 90.5, float("nan"), float("inf"), "long", b""])
def test_a_runtime_that_makes_no_sense(cell: Any) -> None:
    with pytest.raises(ValueError, match="not"):
        parse_runtime(cell)


@pytest.mark.parametrize("cell", [0, 1869, 2101, "nineteen"])
def test_a_year_that_makes_no_sense(cell: Any) -> None:
    with pytest.raises(ValueError, match="not"):
        parse_year(cell)


def test_people() -> None:
    cell = "Ed Begley, Jr., Kurt Russell, KURT RUSSELL, \u0110uro (1940-2013), list of actors, "

    assert parse_people(cell) == ("Ed Begley Jr.", "Kurt Russell", "\u0110uro")
    assert find_strays(cell) == ["list of actors"]


def test_lists_have_no_repetitions_after_normalising() -> None:
    assert parse_languages("English, American English, multiple languages") == ("English",)
    assert parse_genres("Sci-Fi, Science Fiction, Drama") == ("Science Fiction", "Drama")


def test_a_cell_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="not text"):
        parse_people(7)
    assert find_strays(7) == []
