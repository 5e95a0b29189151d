"""The embedded PostgreSQL: made once, reached through a socket, recovered after a kill -9.

Nobody needs a password: the server asks the kernel who connects (peer authentication), and only
the user who runs the launcher may. It listens on no network port.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from stack.errors import StackError
from stack.postgres_place import Place, choose_place, give
from stack.processes import end, identity, inside, is_alive

MAJOR = "18"
ROLE = DATABASE = "moodreel"
SUPERUSER = "postgres"
EXTENSIONS = ("vector", "pg_trgm", "unaccent")

# For one machine that also runs a model server. Parallel queries are off: they need shared
# memory that containers often lack, and no query here is large enough to gain from them.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "80",
    "shared_buffers": "192MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
}
# A test's database is thrown away: its durability would only cost time.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    """One server and its place."""

    place: Place
    durable: bool = True

    @classmethod
    def at(cls, home: Path, *, durable: bool = True) -> Postgres:
        return cls(choose_place(home), durable)

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.place.sockets), safe='')}"

    def prepare(self) -> bool:
        """Make the data directory if there is none, end leftovers; return whether it was made.

        Raises:
            StackError: the data is of another major version, or initdb failed.
        """
        made = not self.place.data.exists()
        if made:
            self.initialise()
        found = (self.place.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise StackError(
                f"{self.place.data} holds a PostgreSQL {found} database, this is {MAJOR}: "
                "dump and restore it (pg_dump, pg_restore), or set DATABASE_URL."
            )
        self.end_leftovers()
        return made

    def initialise(self) -> None:
        """Run initdb beside the final place, so that a crash leaves no half-made database."""
        stage = self.place.home / "data.new"
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(mode=0o700)
        give(stage, self.place.user)
        # The built-in locale sorts the same on every machine and after every system upgrade.
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        access = ["--auth-local=peer", "--auth-host=reject", f"--username={SUPERUSER}"]
        # A throwaway needs no wait for the disk, which is most of the time this takes.
        sync = [] if self.durable else ["--no-sync"]
        command = [str(self.place.binaries / "initdb"), "-D", str(stage), *locale, *access, *sync]
        made = self.run(command)
        if made.returncode:
            raise StackError(f"initdb failed:\n{made.stdout}{made.stderr}")
        (stage / "pg_hba.conf").write_text(f"local all all peer map={ROLE}\n")
        person = pwd.getpwuid(os.geteuid()).pw_name
        lines = [f'{ROLE} "{person}" {role}\n' for role in (ROLE, SUPERUSER)]
        (stage / "pg_ident.conf").write_text("".join(lines))
        stage.rename(self.place.data)

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if self.place.user:
            command = ["setpriv", *identity(self.place.user), "--", *command]
        # From the root directory: ours may be closed to that user.
        return subprocess.run(
            command, capture_output=True, text=True, cwd="/", env=self.environment()
        )

    @staticmethod
    def environment() -> dict[str, str]:
        """Return all that the server sees of our environment: no secrets."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}

    def command(self) -> list[str]:
        settings = SETTINGS | ({} if self.durable else THROWAWAY)
        options = [f"--{name}={value}" for name, value in settings.items()]
        base = [str(self.place.binaries / "postgres"), "-D", str(self.place.data)]
        return [*base, "-k", str(self.place.sockets), *options]

    def end_leftovers(self) -> None:
        """End a server that an earlier launcher left on this data, and clear its lock files.

        The lock files name a process id. PostgreSQL refuses to start while that id exists, be
        it a zombie nobody reaps or, after a restart of the machine, some other program. So once
        no process works in the data directory, the files mean nothing.
        """
        lock = self.place.data / "postmaster.pid"
        if not lock.exists():
            return
        postmaster = int(lock.read_text().split("\n", 1)[0])
        if postmaster in inside(self.place.data):
            end([postmaster], signal.SIGINT)  # INT: disconnect everybody, then stop cleanly
        end(inside(self.place.data), signal.SIGQUIT, patience_s=5)
        if remaining := inside(self.place.data):
            raise StackError(f"processes {remaining} hold {self.place.data}: end them.")
        lock.unlink(missing_ok=True)
        for file in self.place.sockets.glob(".s.PGSQL.*"):
            file.unlink(missing_ok=True)

    def connect(self, database: str, *, role: str = ROLE) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.place.sockets), dbname=database, user=role, autocommit=True
        )

    def wait_ready(
        self, *, timeout_s: float = 60.0, given_up: Callable[[], bool] = lambda: False
    ) -> None:
        """Return once it takes connections: after a crash it first replays its log.

        Raises:
            StackError: it did not in time, or `given_up`: a thread hears of no cancellation.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                self.connect("postgres", role=SUPERUSER).close()
            except psycopg.OperationalError as error:
                if given_up() or time.monotonic() > deadline:
                    raise StackError(f"PostgreSQL does not answer: {error}") from error
                time.sleep(0.05)
            else:
                return

    def create_database(self) -> None:
        """Create the application's role, database and extensions, unless they are there.

        The extensions go into the template, too: a test or scratch database then has them
        without the application's role being a superuser.
        """
        for database in ("template1", "postgres"):
            with self.connect(database, role=SUPERUSER) as connection:
                if database == "template1":
                    create_extensions(connection)
                    continue
                if not exists(connection, "pg_roles", "rolname", ROLE):
                    connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
                if not exists(connection, "pg_database", "datname", DATABASE):
                    connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def is_running(self) -> bool:
        lock = self.place.data / "postmaster.pid"
        return lock.exists() and is_alive(int(lock.read_text().split("\n", 1)[0]))


def create_extensions(connection: psycopg.Connection) -> None:
    for name in EXTENSIONS:
        connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")


def exists(connection: psycopg.Connection, table: str, column: str, name: str) -> bool:
    query = f"SELECT 1 FROM {table} WHERE {column} = %s"  # noqa: S608  (both are our literals)
    return connection.execute(query, [name]).fetchone() is not None
