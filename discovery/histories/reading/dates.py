"""The order of day, month and year in a column of dates: decided by the whole column.

"03/04/2021" is the third of April or the fourth of March. One date above the twelfth settles it
for all; else the file's own order does, because a history is sorted by time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

Order = Literal["ymd", "mdy", "dmy"]

_DATE = re.compile(r"\s*(\d{1,4})\s*([./\-\s])\s*(\d{1,2})\s*\2\s*(\d{1,4})\s*\.?\s*")
# Nobody streamed before.
FIRST_YEAR = 2007


class Parts(NamedTuple):
    """The three numbers of a date, as they stand."""

    first: int
    second: int
    third: int
    separator: str
    four_digits_first: bool


def parts_of(text: str) -> Parts | None:
    """Return the numbers of "3/4/21", "03.04.2021" or "2021-04-03"; None for anything else."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    first, separator, second, third = match.groups()
    if len(first) == 3 or len(third) == 3 or (len(first) == 4 and len(third) == 4):
        return None
    return Parts(int(first), int(second), int(third), separator, len(first) == 4)


def day_of(parts: Parts, order: Order, *, today: date) -> date | None:
    """Return the day that the numbers mean in an order, or None if there is no such day."""
    year_leads = order == "ymd"
    if (parts.four_digits_first and not year_leads) or (parts.third > 99 and year_leads):
        return None
    first, second, third = parts.first, parts.second, parts.third
    match order:
        case "ymd":
            year, month, day = first, second, third
        case "mdy":
            month, day, year = first, second, third
        case "dmy":
            day, month, year = first, second, third
    year += 2000 if year < 100 else 0
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    # A day ahead: it may be tomorrow already where the viewer is.
    return found if found.year >= FIRST_YEAR and found <= today + timedelta(days=1) else None


def decide_order(column: Sequence[Parts], *, today: date) -> Order:
    """Return the order under which most of the dates exist.

    Among equals the one that keeps the file sorted, then the one that spans less time (days
    follow days), then the one usual with the separator.
    """
    orders: tuple[Order, ...] = ("ymd", "mdy", "dmy")
    return min(orders, key=lambda order: _unlikeliness(column, order, today))


def _unlikeliness(column: Sequence[Parts], order: Order, today: date) -> tuple[int, int, int, int]:
    days = [day_of(parts, order, today=today) for parts in column]
    known = [day.toordinal() for day in days if day is not None]
    steps = [later - earlier for earlier, later in pairwise(known)]
    disorder = min(sum(step < 0 for step in steps), sum(step > 0 for step in steps))
    span = max(known, default=0) - min(known, default=0)
    return len(days) - len(known), disorder, span, _unusual(column, order)


def _unusual(column: Sequence[Parts], order: Order) -> int:
    """Say how unusual an order is with the column's separator: slashes are American first."""
    separator = column[0].separator if column else "/"
    usual: dict[str, tuple[Order, ...]] = {
        "/": ("mdy", "dmy", "ymd"),
        ".": ("dmy", "ymd", "mdy"),
        "-": ("dmy", "ymd", "mdy"),
    }
    return usual.get(separator, ("dmy", "ymd", "mdy")).index(order)
