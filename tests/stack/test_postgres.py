"""The embedded PostgreSQL: the real binaries, killed and started again."""

from __future__ import annotations

import os
import pwd
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from stack.errors import StackError
from stack.layout import Layout
from stack.postgres import EXTENSIONS, Postgres
from stack.postgres_place import choose_place, make_private
from stack.processes import inside, tied
from stack.valkey import Valkey
from stack.variables import free_port


@contextmanager
def server(postgres: Postgres) -> Iterator[subprocess.Popen[bytes]]:
    """Start it as the launcher does; end it with the block, if it still runs."""
    process = subprocess.Popen(
        tied(postgres.command(), user=postgres.place.user, death_signal="INT"),
        env=postgres.environment(),
        cwd=postgres.place.data,
        stderr=subprocess.DEVNULL,
    )
    try:
        postgres.wait_ready()
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


@pytest.fixture
def postgres(layout: Layout) -> Postgres:
    # Not durable against a power cut, which no test makes; a kill is another matter.
    found = Postgres.at(layout.postgres, durable=False)
    assert found.prepare()
    return found


def rows(postgres: Postgres, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(postgres.url) as connection:
        return connection.execute(query).fetchall()


def test_is_made_once_with_its_extensions(postgres: Postgres) -> None:
    with server(postgres):
        postgres.create_database()
        postgres.create_database()

        assert {name for (name,) in rows(postgres, "SELECT extname FROM pg_extension")} >= {
            *EXTENSIONS
        }
        assert rows(postgres, "SELECT '[1,2]'::vector <-> '[1,4]'") == [(2.0,)]
        assert rows(postgres, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [
            (False,)
        ]
    assert not postgres.prepare()


def test_new_databases_have_the_extensions_too(postgres: Postgres) -> None:
    with server(postgres):
        postgres.create_database()
        with postgres.connect("moodreel") as connection:
            connection.execute("CREATE DATABASE scratch")
        with postgres.connect("scratch") as connection:
            assert connection.execute("SELECT unaccent('é'), 'ab' % 'ab'").fetchone() == ("e", True)


def test_only_its_owner_gets_in(postgres: Postgres) -> None:
    with server(postgres):
        assert stat.S_IMODE(postgres.place.sockets.stat().st_mode) == 0o700
        with postgres.connect("postgres", role="postgres") as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            connection.execute("CREATE ROLE stranger LOGIN")
        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
            postgres.connect("postgres", role="stranger")


def test_committed_rows_survive_a_kill_and_the_next_start_works(postgres: Postgres) -> None:
    postgres = replace(postgres, durable=True)
    with server(postgres) as process:
        postgres.create_database()
        with postgres.connect("moodreel") as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
        process.kill()
        process.wait()

    assert not postgres.prepare()

    with server(postgres):
        assert rows(postgres, "SELECT value FROM kept") == [(7,)]


def test_a_server_left_running_is_ended_first(postgres: Postgres) -> None:
    with server(postgres) as left:
        postgres.prepare()

        assert left.wait(5) == 0
        assert inside(postgres.place.data) == []
        with server(postgres):
            postgres.create_database()


def test_a_zombie_postmaster_blocks_nothing(postgres: Postgres) -> None:
    with server(postgres) as zombie:
        zombie.kill()
        # Not waited for: the dead process keeps its id, which its lock file names.
        deadline = time.monotonic() + 90
        while inside(postgres.place.data) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (postgres.place.data / "postmaster.pid").exists()

        postgres.prepare()

        with server(postgres):
            postgres.create_database()


def test_a_lock_file_that_names_a_stranger_is_stale(postgres: Postgres) -> None:
    lock = postgres.place.data / "postmaster.pid"
    lock.write_text(f"{os.getppid()}\n{postgres.place.data}\n")

    postgres.prepare()

    with server(postgres):
        postgres.create_database()


def test_data_of_another_version_is_refused_and_kept(postgres: Postgres) -> None:
    (postgres.place.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(StackError, match="PostgreSQL 17 database, this is 18"):
        postgres.prepare()

    assert (postgres.place.data / "base").is_dir()


def test_a_long_path_gets_a_short_socket(layout: Layout) -> None:
    place = choose_place(layout.postgres / ("long" * 25))

    try:
        assert len(os.fsencode(place.sockets)) < 80
        assert place.data.is_relative_to(layout.postgres)
    finally:
        place.sockets.rmdir()


def test_a_socket_directory_of_somebody_else_is_refused(layout: Layout) -> None:
    target = layout.state / "theirs"
    target.mkdir()
    (layout.state / "link").symlink_to(target)

    with pytest.raises(StackError, match="belongs to somebody else"):
        make_private(layout.state / "link", None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_hands_it_to_an_unprivileged_user(postgres: Postgres) -> None:
    with server(postgres):
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in inside(postgres.place.data)}

        assert postgres.place.user is not None
        assert owners == {pwd.getpwnam(postgres.place.user).pw_uid}


def test_nobody_waits_for_stores_that_are_being_stopped(postgres: Postgres, layout: Layout) -> None:
    stores = (postgres, Valkey(layout.valkey, free_port(0), "a password of some length"))
    for store in stores:
        began = time.monotonic()
        with pytest.raises(StackError, match="does not answer"):
            store.wait_ready(given_up=lambda: True)
        assert time.monotonic() - began < 10
