"""Read one row's cells: what makes no sense is left out and reported, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from catalog.importing.base import RowProblem, SourceRow, make_row
from catalog.importing.cells import parse_year
from catalog.importing.certificates import parse_certificate
from catalog.importing.files import SURPLUS, Row
from catalog.text import fold

Parsed = TypeVar("Parsed")
MAX_SHOWN_CHARS = 200
MAX_NAME_CHARS = 200
MAX_TERM_CHARS = 60
# More would drown the rest of a title's document, and files list dozens.
MAX_TAGS = 20
MAX_CAST = 30
MAX_REMEMBERED = 10_000


class Reported:
    """What a file's report says only once, such as a certificate that nobody knows."""

    def __init__(self) -> None:
        self._said: set[tuple[str, str]] = set()

    def is_new(self, column: str, value: str) -> bool:
        is_new = (column, value) not in self._said
        # A file of nothing but unknown values must not fill the memory: it fills the report.
        if len(self._said) < MAX_REMEMBERED:
            self._said.add((column, value))
        return is_new


class CellReader:
    """The cells of one row, and the problems met on the way.

    Args:
        line: the row's number, from 1.
        row_id: by what a person finds the row again.
        once: what was reported for the whole file already.
    """

    def __init__(self, line: int, row_id: str, cells: Row, once: Reported) -> None:
        self.line = line
        self.row_id = row_id[:MAX_SHOWN_CHARS]
        self.cells = cells
        self.once = once
        self.problems: list[RowProblem] = []

    def take(self, column: str, parse: Callable[[Any], Parsed], default: Any) -> Parsed:
        """Return the parsed cell, or `default` (of its type) if it makes no sense: reported."""
        fallback: Parsed = default
        try:
            return parse(self.cells.get(column))
        except ValueError as error:
            self.report(column, self.cells.get(column), str(error))
            return fallback

    def take_once(self, column: str, parse: Callable[[Any], Parsed], default: Any) -> Parsed:
        """Do as `take` does, but report each bad value only once for the file."""
        fallback: Parsed = default
        try:
            return parse(self.cells.get(column))
        except ValueError as error:
            self.report_once(column, self.cells.get(column), str(error))
            return fallback

    def report(self, column: str, value: Any, reason: str, *, skipped: bool = False) -> None:
        shown = "" if value is None else str(value)[:MAX_SHOWN_CHARS]
        self.problems.append(
            RowProblem(self.line, self.row_id, column, shown, reason, skipped=skipped)
        )

    def report_once(self, column: str, value: Any, reason: str) -> None:
        if self.once.is_new(column, str(value)):
            self.report(column, value, reason)

    def text(self, column: str) -> str:
        value = self.cells.get(column)
        return "" if value is None else str(value).strip()

    def certificate(self, column: str) -> str:
        return self.take_once(column, parse_certificate, "")

    def people(self, column: str, names: Iterable[str]) -> tuple[str, ...]:
        """Return names without repetitions; one that is too long is reported."""
        return self._fitting(column, names, MAX_NAME_CHARS, key=fold)

    def tags(self, column: str, names: Iterable[str]) -> tuple[str, ...]:
        """Return keywords in lower case, the first so many of them."""
        lowered = (name.lower() for name in names)
        return self._fitting(column, lowered, MAX_TERM_CHARS)[:MAX_TAGS]

    def terms(self, column: str, names: Iterable[str]) -> tuple[str, ...]:
        return self._fitting(column, names, MAX_TERM_CHARS)

    def _fitting(
        self, column: str, names: Iterable[str], limit: int, key: Callable[[str], str] = str
    ) -> tuple[str, ...]:
        kept: dict[str, str] = {}
        for name in names:
            cleaned = " ".join(name.split())
            if len(cleaned) > limit:
                self.report(column, cleaned, f"longer than {limit} characters")
            elif cleaned:
                kept.setdefault(key(cleaned), cleaned)
        return tuple(kept.values())

    def row(self, fields: dict[str, Any], columns: dict[str, str]) -> SourceRow:
        """Return the row of an import; a broken one is skipped."""
        surplus = self.cells.get(SURPLUS)
        if surplus:
            many = "more" if surplus > 0 else "fewer"
            reason = f"{abs(surplus)} {many} cells than the first line has columns"
            return self.skip("", "", reason)
        return make_row(self.line, self.row_id, fields, self.problems, columns)

    def skip(self, column: str, value: Any, reason: str) -> SourceRow:
        self.report(column, value, reason, skipped=True)
        return SourceRow(self.line, None, tuple(self.problems))


def year_of_date(value: Any) -> int | None:
    """Return the year of a day such as 2022-09-30, or of a year alone; None for an empty cell.

    Raises:
        ValueError: there is no such day, as on 2022-09-31.
    """
    if value is None or value == "":
        return None
    text = str(value).strip()
    if re.fullmatch(r"\d{4}(\.0)?", text):
        return parse_year(text)
    if not re.match(r"\d{4}-\d{2}-\d{2}(?!\d)", text):
        raise ValueError("not a year such as 2022 or a date such as 2022-09-30")
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        raise ValueError("there is no such day in the calendar") from None
    return parse_year(day.year)
