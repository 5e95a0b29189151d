"""Rate limits: per viewer, halved for guests, and per address."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from chat.limits import FrameBudget, TooManyMessages, count_message
from discovery.models import Viewer

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


def signs_in(n: int, name: str, address: str) -> int:
    """Try to sign in `n` times with a wrong password; return how many tries were looked at."""
    statuses = [
        Client(REMOTE_ADDR=address)
        .post("/admin/login/", {"username": name, "password": "wrong horse"})
        .status_code
        for _ in range(n)
    ]
    assert set(statuses) <= {200, 429}
    return statuses.count(200)


@pytest.mark.django_db
def test_passwords_cannot_be_guessed_without_end(operator: User) -> None:
    assert signs_in(15, operator.username, "192.0.2.7") == 10
    # Neither for other names from there, nor for this name from everywhere.
    assert signs_in(1, "somebody", "192.0.2.7") == 0
    others = [signs_in(10, operator.username.upper(), f"198.51.100.{n}") for n in range(3)]
    assert others == [10, 10, 0]

    right = {"username": operator.username, "password": "correct horse battery"}
    refused = Client(REMOTE_ADDR="203.0.113.5").post("/admin/login/", right)
    assert refused.status_code == 429
    assert "Try again in" in refused.content.decode()


@pytest.mark.django_db
def test_who_signs_in_once_gets_in(operator: User) -> None:
    right = {"username": operator.username, "password": "correct horse battery"}
    assert Client().post("/admin/login/?next=/admin/", right)["Location"] == "/admin/"


@pytest.mark.django_db
def test_who_keeps_no_cookie_is_not_a_new_guest_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.viewers.ARRIVALS_PER_MINUTE", 2)

    answers = [Client(REMOTE_ADDR="192.0.2.7").get("/").status_code for _ in range(12)]

    assert answers == [200] * 8 + [429] * 4
    assert Viewer.objects.count() == 8
    # Neither who was here before, nor another address, hears of it.
    known = Client(REMOTE_ADDR="192.0.2.8")
    assert [known.get("/").status_code for _ in range(10)] == [200] * 10


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "status"),
    [("/history/", 200), (f"/c/{uuid4()}/", 404), ("/history/1/", 404)],
)
def test_to_look_at_other_pages_makes_nobody_a_guest(page: str, status: int) -> None:
    client = Client()
    assert client.get(page).status_code == status
    assert not Viewer.objects.exists()
    assert "session" not in client.cookies
