"""Day or month first: the whole column decides, and decides right."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.histories.reading.dates import Order, Parts, day_of, decide_order, parts_of

TODAY = date(2025, 6, 30)
WRITTEN: dict[str, tuple[str, Order]] = {
    "US": ("{m}/{d}/{yy:02}", "mdy"),
    "US, long": ("{m:02}/{d:02}/{y}", "mdy"),
    "UK": ("{d:02}/{m:02}/{y}", "dmy"),
    "UK, short": ("{d}/{m}/{yy:02}", "dmy"),
    "DE": ("{d:02}.{m:02}.{yy:02}", "dmy"),
    "NL": ("{d}-{m}-{yy:02}", "dmy"),
    "ISO": ("{y}-{m:02}-{d:02}", "ymd"),
    "KR": ("{y}. {m}. {d}.", "ymd"),
}
DAYS = st.lists(st.integers(0, 4000), min_size=1, max_size=60).map(
    lambda ago: [TODAY - timedelta(days=n) for n in sorted(ago)]
)


def written(day: date, pattern: str) -> str:
    return pattern.format(d=day.day, m=day.month, y=day.year, yy=day.year % 100)


def read_back(days: list[date], pattern: str) -> tuple[Order, list[date | None]]:
    column = [parts_of(written(day, pattern)) for day in days]
    assert all(column)
    known: list[Parts] = [parts for parts in column if parts]
    order = decide_order(known, today=TODAY)
    return order, [day_of(parts, order, today=TODAY) for parts in known]


@pytest.mark.parametrize("country", ["US, long", "UK", "ISO", "KR"])
@given(days=DAYS)
@settings(max_examples=60, deadline=None)
def test_one_day_above_the_twelfth_settles_it(country: str, days: list[date]) -> None:
    pattern, order = WRITTEN[country]
    days = sorted([*days, date(2024, 5, 31)], reverse=True)

    assert read_back(days, pattern) == (order, days)


@pytest.mark.parametrize("country", WRITTEN)
@given(start=st.integers(0, 4000), n=st.integers(14, 80))
@settings(max_examples=60, deadline=None)
def test_days_in_a_row_are_read_as_such(country: str, start: int, n: int) -> None:
    pattern, order = WRITTEN[country]
    days = [TODAY - timedelta(days=start + i) for i in range(n)]

    assert read_back(days, pattern) == (order, days)


@pytest.mark.parametrize("country", WRITTEN)
@given(days=DAYS)
@settings(max_examples=60, deadline=None)
def test_whatever_is_decided_every_date_exists_and_lies_in_the_past(
    country: str, days: list[date]
) -> None:
    _, found = read_back(days, WRITTEN[country][0])

    assert all(day is not None and day <= TODAY + timedelta(days=1) for day in found)


def test_dates_that_say_nothing_are_read_as_usual_with_their_separator() -> None:
    assert read_back([date(2025, 3, 4)], "{m}/{d}/{yy}")[0] == "mdy"
    assert read_back([date(2025, 3, 4)], "{d}.{m}.{yy}")[0] == "dmy"


def test_a_file_sorted_by_time_shows_its_order() -> None:
    """No day is above the twelfth; as months first, time would run back and forth."""
    days = [date(2025, 3, 2), date(2025, 2, 11), date(2025, 2, 1), date(2025, 1, 12)]

    assert read_back(days, "{d:02}/{m:02}/{y}") == ("dmy", days)


@pytest.mark.parametrize("text", ["", "soon", "1/2", "1/2/3/4", "1/2-2021", "123/1/21", "1/1/213"])
def test_what_is_no_date(text: str) -> None:
    assert parts_of(text) is None


@pytest.mark.parametrize("text", ["31/31/2021", "2/30/2021", "1/1/1999", "7/2/2025"])
def test_days_that_are_none(text: str) -> None:
    parts = parts_of(text)
    assert parts is not None
    assert day_of(parts, "mdy", today=TODAY) is None
