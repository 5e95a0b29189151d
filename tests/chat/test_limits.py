"""Rate limits: per viewer, halved for guests, and per address."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from chat.limits import FrameBudget, TooManyMessages, count_message

pytestmark = pytest.mark.usefixtures("empty_cache", "one_minute")


@pytest.fixture(autouse=True)
def four_a_minute(settings: LazySettings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 4


def taken(n: int, *, viewer_id: int = 1, is_guest: bool = False, address: str | None = None) -> int:
    """Send `n` messages; return how many were taken."""
    count = 0
    for _ in range(n):
        try:
            count_message(viewer_id, is_guest=is_guest, address=address)
            count += 1
        except TooManyMessages:
            pass
    return count


def test_an_account_gets_the_whole_share_and_a_guest_half() -> None:
    assert taken(10, viewer_id=1) == 4
    assert taken(10, viewer_id=2, is_guest=True) == 2


def test_viewers_do_not_use_up_each_others_share() -> None:
    assert taken(10, viewer_id=1) == 4
    assert taken(10, viewer_id=2) == 4


def test_an_address_is_bounded_however_many_viewers_it_makes_up() -> None:
    assert sum(taken(2, viewer_id=n, address="192.0.2.7") for n in range(100)) == 16
    assert taken(2, viewer_id=200, address="192.0.2.8") == 2


def test_says_how_long_to_wait_and_lets_on_after_that(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000_020.0
    monkeypatch.setattr("chat.limits.time.time", lambda: now)
    taken(4)

    with pytest.raises(TooManyMessages) as caught:
        count_message(1, is_guest=False, address=None)
    assert caught.value.wait_s == 60 - int(now % 60)

    now += caught.value.wait_s
    assert taken(1) == 1


def test_a_socket_has_a_budget_of_frames_that_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("chat.limits.time.monotonic", lambda: now)
    budget = FrameBudget()
    assert [budget.spend() for _ in range(budget.FRAMES + 1)] == [True] * budget.FRAMES + [False]

    now += budget.PER_S + 0.1
    assert budget.spend()
