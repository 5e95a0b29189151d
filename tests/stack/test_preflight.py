"""Checks before the start: each says what is wrong and what to do."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from stack.errors import StackError
from stack.layout import Layout
from stack.lock import hold, is_held
from stack.preflight import (
    GIB,
    check_disk,
    check_memory,
    check_platform,
    check_port,
    check_python,
    check_user,
    require_ready,
)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 14)])
def test_old_python(version: tuple[int, ...]) -> None:
    message = check_python(version)

    assert message is not None
    assert "3.11 or newer" in message
    assert "apt install" in message


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1)])
def test_new_enough_python(version: tuple[int, ...]) -> None:
    assert check_python(version) is None


@pytest.mark.parametrize(
    ("system", "machine", "libc"),
    [("darwin", "arm64", ""), ("linux", "aarch64", "glibc"), ("linux", "x86_64", "")],
)
def test_machines_without_builds(system: str, machine: str, libc: str) -> None:
    message = check_platform(system, machine, libc)

    assert message is not None
    assert "x86_64 with glibc" in message


def test_first_set_up_needs_more_room_than_a_start(layout: Layout) -> None:
    message = check_disk(layout.state, set_up_done=False, free_bytes=5 * GIB)

    assert message is not None
    assert "5.0 GB free, 8 GB are needed for the first set-up" in message
    assert check_disk(layout.state, set_up_done=True, free_bytes=5 * GIB) is None


def test_little_memory_names_the_way_out() -> None:
    message = check_memory(2 * GIB)

    assert message is not None
    assert "--no-genrec" in message


def test_nameless_user() -> None:
    message = check_user(4_000_000_000)

    assert message is not None
    assert "DATABASE_URL" in message


def test_taken_port_names_the_port_and_the_option(taken_port: int) -> None:
    message = check_port(taken_port)

    assert message is not None
    assert f"Port {taken_port}" in message
    assert "--port" in message


def test_a_taken_port_stops_the_start_before_any_work(layout: Layout, taken_port: int) -> None:
    with pytest.raises(StackError, match=f"Port {taken_port}"):
        require_ready(layout, port=taken_port, genrec=False)

    assert not layout.secrets.exists()


def test_a_second_start_says_who_runs(layout: Layout) -> None:
    with hold(layout.lock), pytest.raises(StackError, match="already runs"):
        require_ready(layout, port=0, genrec=False)

    assert not is_held(layout.lock)
