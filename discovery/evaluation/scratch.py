"""A scratch database on the same Postgres: the live catalogue, slots and caches stay untouched.

While the block runs, this process's database is the scratch one, its cache is its own memory, and
its task queue is its own memory too: nothing that is evaluated can reach the running product.

1. Hold the name's advisory lock: two evaluations never fill one database.
2. Keep a database with the same contents (its comment says what it was filled with), else make it
   anew. A database without our comment is nobody's to drop: refuse.
3. At the end, drop it, unless it is to be kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from celery import current_app
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from discovery.evaluation.errors import EvaluationError

COMMENT = "scratch of evaluate_discovery"
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,40}")
_MEMORY_CACHE = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "scratch"}
_CONNECTION = ("host", "port", "user", "password", "dbname")

Admin = psycopg.Connection[tuple[object, ...]]


@dataclass(slots=True)
class Scratch:
    """The scratch database, while this process works in it."""

    name: str
    contents: str
    # It holds `contents` already: there is nothing to import.
    filled: bool
    admin: Admin

    def mark_filled(self) -> None:
        """Note what the database holds, so that a later run may use it again."""
        _comment(self.admin, self.name, f"{COMMENT}: {self.contents}")
        self.filled = True


@contextmanager
def scratch_database(name: str, contents: str, *, keep: bool) -> Iterator[Scratch]:
    """Work in the database `name`; migrated, and empty unless it was kept with these contents.

    Args:
        contents: identifies what it is to be filled with.
        keep: leave it there at the end.

    Raises:
        EvaluationError: the name is no name, the live database's, or another database's.
    """
    live = str(connection.settings_dict["NAME"])
    if not _NAME.fullmatch(name) or name == live:
        raise EvaluationError(
            f"--scratch must be a new name of a-z, 0-9 and _, not {name!r}: "
            f"the database {live!r} is the live one."
        )
    with _admin_connection() as admin, _lock(admin, name):
        scratch = Scratch(name, contents, _is_kept(admin, name, contents), admin)
        if not scratch.filled:
            _make_anew(admin, name)
        try:
            with _switched_to(name):
                if not scratch.filled:
                    call_command("migrate", verbosity=0)
                yield scratch
        finally:
            if not keep:
                _drop(admin, name)


def _admin_connection() -> Admin:
    """Connect to the live database, to make and drop others: outside any transaction."""
    parameters = connection.get_connection_params()
    chosen = {key: parameters[key] for key in _CONNECTION if parameters.get(key)}
    return psycopg.connect(**chosen, autocommit=True)


@contextmanager
def _lock(admin: Admin, name: str) -> Iterator[None]:
    digest = hashlib.sha256(f"scratch:{name}".encode()).digest()
    number = int.from_bytes(digest[:8], signed=True)
    row = admin.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
    if not row or not row[0]:
        raise EvaluationError(f"Another evaluation uses {name!r}: give another --scratch.")
    # Freed with the connection.
    yield


def _is_kept(admin: Admin, name: str, contents: str) -> bool:
    row = admin.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if row is None:
        return False
    comment = str(row[0] or "")
    if not comment.startswith(COMMENT):
        raise EvaluationError(
            f"There is a database {name!r} that no evaluation has made: give another --scratch."
        )
    return comment == f"{COMMENT}: {contents}"


def _make_anew(admin: Admin, name: str) -> None:
    _drop(admin, name)
    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    _comment(admin, name, f"{COMMENT}, unfinished")


def _drop(admin: Admin, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _comment(admin: Admin, name: str, text: str) -> None:
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
    admin.execute(statement.format(sql.Identifier(name), sql.Literal(text)))


@contextmanager
def _switched_to(name: str) -> Iterator[None]:
    """Have every connection of this process, in whichever thread, lead to `name`."""
    database, cache = connections.settings["default"], dict(caches.settings["default"])
    live, broker = database["NAME"], current_app.conf.broker_url
    connections.close_all()
    database["NAME"] = name
    _use_cache(_MEMORY_CACHE)
    current_app.conf.update(broker_url="memory://")
    try:
        yield
    finally:
        connections.close_all()
        database["NAME"] = live
        _use_cache(cache)
        current_app.conf.update(broker_url=broker)


def _use_cache(settings: Mapping[str, object]) -> None:
    """Have `caches["default"]` be another, in threads to come and in this one."""
    caches.settings["default"] = dict(settings)
    if caches.all(initialized_only=True):
        del caches["default"]
