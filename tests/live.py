"""The product as processes, for tests that go through its doors: web, worker, schedule.

It has a database of its own beside the test database, and another database number of the same
Redis, so it neither sees nor disturbs what tests in this process do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

from tests.genrec_server import free_port, log_end, stop

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 180
REDIS_NUMBER = 1

SEED = """
import django
django.setup()
from django.contrib.auth.models import User
from catalog.embedding import refresh_stale
from tests.catalogue import make_catalogue
make_catalogue()
refresh_stale()
User.objects.create_superuser("operator", password="correct horse battery")
"""


@dataclass(frozen=True)
class LiveProduct:
    """A running product. `environment` is what its processes are given."""

    url: str
    database_url: str
    environment: Mapping[str, str]
    directory: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start one of the processes: web, worker or beat."""
        with (self.directory / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *_arguments(name, self)],
                cwd=ROOT,
                env=dict(self.environment),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def stop(self, name: str) -> None:
        stop(self.processes.pop(name))

    def wait_for_page(self) -> None:
        """Wait until the page answers, or fail with the end of every log."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                if httpx.get(self.url + "/", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"no page within {START_TIMEOUT_S} s\n{self.logs()}")

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Run one SQL statement in the product's database: what was really stored."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def wait_until(self, statement: str, *, timeout_s: float = 60) -> list[tuple[object, ...]]:
        """Return the rows of a SQL query as soon as there are any."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if rows := self.query(statement):
                return rows
            time.sleep(0.1)
        raise AssertionError(f"no rows within {timeout_s} s: {statement}\n{self.logs()}")

    def logs(self) -> str:
        return "\n".join(f"== {log.name}\n{log_end(log)}" for log in self.directory.glob("*.log"))


@contextmanager
def start_product(*, genrec_url: str, directory: Path) -> Iterator[LiveProduct]:
    """Run the product until the block ends. Yields once its page answers."""
    port = free_port()
    with ExitStack() as stack:
        database_url = stack.enter_context(_database(os.environ["DATABASE_URL"]))
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(
                path=f"/{REDIS_NUMBER}")),
            "GENREC_URL": genrec_url,
            "MOODREEL_ORIGINS": f"http://127.0.0.1:{port}",
            "MOODREEL_SECURE": "0",
            "MOODREEL_RATE_LIMIT_PER_MINUTE": "600",
            # A busy machine changes no answer: GenRec is away only when a test takes it away.
            "MOODREEL_RANK_TIMEOUT_S": "30",
            "MOODREEL_PARSE_TIMEOUT_S": "30",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        _run(environment, "manage.py", "migrate", "--verbosity", "0")
        _run(environment, "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        _run(environment, "-c", SEED)
        product = LiveProduct(f"http://127.0.0.1:{port}", database_url, environment, directory)
        for name in ("web", "worker", "beat"):
            product.start(name)
            stack.callback(product.stop, name)
        product.wait_for_page()
        yield product


def _arguments(name: str, product: LiveProduct) -> list[str]:
    port = urlsplit(product.url).port
    celery = ["-m", "celery", "-A", "config"]
    queues = ["-Q", "default,explain,embed,batch", "--pool", "threads", "--concurrency", "8"]
    web = ["-m", "uvicorn", "config.asgi:application", "--port", str(port)]
    return {
        "web": [*web, "--log-level", "warning"],
        "worker": [*celery, "worker", *queues, "--loglevel", "info"],
        "beat": [*celery, "beat", "--schedule", str(product.directory / "schedule")],
    }[name]


@contextmanager
def _database(server_url: str) -> Iterator[str]:
    """Make a database beside the one named, and drop it at the end."""
    name = f"live_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        finally:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _run(environment: Mapping[str, str], *arguments: str) -> None:
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        raise AssertionError(f"{command} failed:\n{done.stdout}\n{done.stderr}")
