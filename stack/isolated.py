"""PostgreSQL and Valkey of their own for one command: how the tests run."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stack.credentials import NAMES
from stack.errors import StackError
from stack.layout import Layout
from stack.lock import hold
from stack.postgres import Postgres
from stack.processes import Ledger, tied
from stack.services import postgres_service, valkey_service
from stack.supervisor import Service
from stack.valkey import Valkey
from stack.variables import application_variables, check_overrides, free_port, overridden

STOP_S = 20.0


def run_isolated(root: Path, command: Sequence[str]) -> int:
    """Run the command beside services whose files lie under `root`; return its exit status.

    Models come from the checkout's `var/models`: they are large and never change under test.
    Nothing serves GenRec, unless GENREC_URL says where.
    """
    check_overrides()
    layout = Layout(root)
    layout.make_directories()
    models = Layout(layout.checkout / "var")
    os.environ.setdefault("MOODREEL_MODELS", str(models.models))
    with ExitStack() as stack:
        stack.enter_context(hold(layout.lock))
        ledger = Ledger(layout.ledger)
        ledger.end_leftovers()
        keys = {name: secrets.token_urlsafe(48) for name in NAMES}
        port = free_port(0)
        postgres = valkey = None
        if not overridden("DATABASE_URL"):
            postgres = Postgres.at(layout.postgres, durable=False)
            postgres.prepare()
            stack.enter_context(running(postgres_service(postgres), layout, ledger))
            postgres.wait_ready()
            postgres.create_database()
        if not overridden("REDIS_URL"):
            valkey_port = free_port(0, taken=[port])
            valkey = Valkey(layout.valkey, valkey_port, keys["VALKEY_PASSWORD"], durable=False)
            stack.enter_context(running(valkey_service(valkey), layout, ledger))
            valkey.wait_ready()
        variables = application_variables(
            layout,
            keys,
            database_url=postgres.url if postgres else "",
            redis_url=valkey.url if valkey else "",
            genrec_url=f"http://127.0.0.1:{port}",
            port=8000,
        )
        return run_command(command, variables)


@contextmanager
def running(service: Service, layout: Layout, ledger: Ledger) -> Iterator[None]:
    """Run a service for the block, its output in a log."""
    death_signal = service.stop_signal.name.removeprefix("SIG")
    with (layout.logs / f"{service.name}.log").open("ab") as log:
        process = subprocess.Popen(
            tied(service.command, user=service.user, death_signal=death_signal),
            env=service.env,
            cwd=service.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if service.in_ledger:
            ledger.add(service.name, process.pid)
        try:
            time.sleep(0.05)
            if process.poll() is not None:
                raise StackError(f"{service.name} ended at once, see {log.name}")
            yield
        finally:
            process.send_signal(service.stop_signal)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run_command(command: Sequence[str], variables: dict[str, str]) -> int:
    """Run the command in the foreground. Ctrl-C is for it; we wait and clean up."""
    process = subprocess.Popen(tied(command), env={**os.environ, **variables})
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    status = process.wait()
    if status < 0:
        print(f"{command[0]} ended by {signal.Signals(-status).name}", file=sys.stderr)
        return 128 - status
    return status
