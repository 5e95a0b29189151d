"""Values that everybody reads: one makes them anew, and nobody else does the same beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.core.cache import cache

from discovery import caching
from discovery.caching import made_once
from discovery.retrieval import exposure_weighing

pytestmark = pytest.mark.usefixtures("empty_cache")

KEY = "test:made-once"
# Longer than anything here takes, on a busy machine too.
PATIENCE_S = 30


class SlowMaker:
    """Makes "made 1", "made 2" and so on, each only when it is let."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let = threading.Event()
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        self.begun.set()
        assert self.let.wait(PATIENCE_S)
        return f"made {self.times}"


@pytest.fixture
def maker() -> SlowMaker:
    return SlowMaker()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "WAIT_S", PATIENCE_S)


def at_once(*calls: Callable[[], object]) -> list[Future[object]]:
    """Begin all calls, each in a thread of its own."""
    pool = ThreadPoolExecutor(len(calls))
    futures = [pool.submit(call) for call in calls]
    pool.shutdown(wait=False)
    return futures


def read(maker: Callable[[], str], fresh_s: float = 60) -> str:
    return made_once(KEY, maker, fresh_s=fresh_s)


def age(seconds: float) -> None:
    """Make the kept value older than it is."""
    value, until = cache.get(KEY)
    cache.set(KEY, (value, until - seconds), timeout=600)


@pytest.mark.usefixtures("patient")
def test_the_first_value_is_made_once_and_waited_for(maker: SlowMaker) -> None:
    readers = at_once(*[lambda: read(maker)] * 5)
    assert maker.begun.wait(PATIENCE_S)
    maker.let.set()

    assert {reader.result(PATIENCE_S) for reader in readers} == {"made 1"}
    assert maker.times == 1


def test_while_one_makes_it_anew_the_others_have_the_old_value_at_once(maker: SlowMaker) -> None:
    maker.let.set()
    assert read(maker) == "made 1"
    age(61)
    maker.let.clear()
    maker.begun.clear()
    (first,) = at_once(lambda: read(maker))
    assert maker.begun.wait(PATIENCE_S)

    # The first is still at it.
    assert [read(maker) for _ in range(5)] == ["made 1"] * 5

    maker.let.set()
    assert first.result(PATIENCE_S) == "made 2"
    assert read(maker) == "made 2"
    assert maker.times == 2


def test_a_fresh_value_is_not_made_again_even_if_it_is_nothing() -> None:
    made: list[int] = []
    for _ in range(3):
        assert made_once(KEY, lambda: made.append(1), fresh_s=60) is None
    assert made == [1]


def test_whoever_fails_leaves_it_to_the_next() -> None:
    def fail() -> str:
        raise LookupError("no database")

    with pytest.raises(LookupError):
        read(fail)
    assert read(lambda: "made") == "made"


def test_nobody_waits_for_the_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "WAIT_S", 0.0)
    cache.add(f"{KEY}:making", 1, timeout=60)
    assert read(lambda: "made") == "made"


@pytest.mark.usefixtures("patient", "db")
def test_showings_are_counted_by_one_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []

    def count() -> dict[int, float]:
        counted.append(1)
        time.sleep(0.2)  # as long as the others take to come
        return {7: 1.0}

    monkeypatch.setattr(exposure_weighing, "count_showings", count)

    readers = at_once(*[exposure_weighing.shown_often] * 5)

    assert [reader.result(PATIENCE_S) for reader in readers] == [{7: 0.2}] * 5
    assert len(counted) == 1
