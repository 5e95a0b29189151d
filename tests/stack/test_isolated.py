"""`python -m stack run`: services for one command, and overrides that replace them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from stack.layout import CHECKOUT, Layout
from stack.processes import inside, living

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
USE = (
    "import os, psycopg, redis; "
    "print(psycopg.connect(os.environ['DATABASE_URL']).execute('SELECT 40 + 2').fetchone()[0]); "
    "print(redis.Redis.from_url(os.environ['REDIS_URL']).ping())"
)


def run(layout: Layout, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    names = ("DATABASE_URL", "REDIS_URL", "GENREC_URL", "GENREC_API_KEY", "MOODREEL_MODELS")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.run(
        [sys.executable, "-m", "stack", "run", "--root", str(layout.state), "--", *command],
        cwd=CHECKOUT,
        env=clean | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_runs_a_command_beside_both_services_and_ends_them(layout: Layout) -> None:
    done = run(layout, sys.executable, "-c", USE)

    assert done.stdout.split() == ["42", "True"], done.stderr
    assert done.returncode == 0
    assert inside(layout.postgres / "data") == []
    assert inside(layout.valkey) == []


def test_returns_the_status_of_the_command_and_leaves_nothing_to_connect_to(
    layout: Layout,
) -> None:
    done = run(layout, "sh", "-c", 'echo "$DATABASE_URL"; exit 7')

    assert done.returncode == 7
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(done.stdout.strip())


def test_overrides_start_nothing(layout: Layout) -> None:
    database, broker = "postgresql://me@db.example/m", "redis://broker.example:6379/0"

    done = run(layout, sys.executable, "-c", SHOW, DATABASE_URL=database, REDIS_URL=broker)

    seen = json.loads(done.stdout)
    assert (seen["DATABASE_URL"], seen["REDIS_URL"]) == (database, broker)
    assert not (layout.postgres / "data").exists()
    assert not (layout.valkey / "valkey.conf").exists()


def test_a_genrec_elsewhere_needs_its_key(layout: Layout) -> None:
    done = run(layout, "true", GENREC_URL="http://genrec.example")

    assert done.returncode == 1
    assert "GENREC_API_KEY" in done.stderr
    assert not (layout.postgres / "data").exists()


def test_the_broker_refuses_those_without_the_password(layout: Layout) -> None:
    code = (
        "import os, redis; url = os.environ['REDIS_URL']; "
        "redis.Redis.from_url('redis://' + url.rpartition('@')[2]).ping()"
    )

    done = run(layout, sys.executable, "-c", code)

    assert done.returncode != 0
    assert redis.AuthenticationError.__name__ in done.stderr
    assert "requirepass" not in " ".join(command_lines())


def command_lines() -> list[str]:
    found = []
    for pid in living():
        try:
            found.append(Path(f"/proc/{pid}/cmdline").read_text())
        except OSError:
            continue
    return found
