"""The report of an import: a CSV file with every value and row that could not be used."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from catalog.importing.base import RowProblem

HEADER = ("line", "row", "column", "value", "reason", "outcome")
# A spreadsheet would run these as formulas.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Report:
    """Append problems to `path`, batch by batch.

    Args:
        path: the file; its folder is made.
        keep_lines: problems of rows up to this one are kept from an interrupted run. Later ones
            belong to a batch that was not committed, and will be found again.
    """

    def __init__(self, path: Path, *, keep_lines: int) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = read_report(path, up_to=keep_lines) if keep_lines and path.is_file() else []
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *kept])

    def add(self, problems: Iterable[RowProblem]) -> None:
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(map(_cells, problems))


def read_report(path: Path, *, up_to: int) -> list[list[str]]:
    """Return the rows of a report about source lines 1 to `up_to`, without the header."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return [row for row in rows if row and row[0].isdecimal() and int(row[0]) <= up_to]


def first_lines(path: Path, limit: int) -> list[list[str]]:
    """Return the first lines of a report without the header, and without reading on."""
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in islice(csv.reader(file), 1, limit + 1) if len(row) == len(HEADER)]


def _cells(problem: RowProblem) -> list[str]:
    outcome = "row skipped" if problem.skipped else "value left out"
    texts = [problem.row_id, problem.column, problem.value, problem.reason, outcome]
    return [str(problem.line), *map(_harmless, texts)]


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
