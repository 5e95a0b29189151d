"""The processes of the product, and which of them this start needs."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from stack.credentials import load_secrets
from stack.layout import Layout
from stack.postgres import Postgres
from stack.supervisor import Service
from stack.valkey import Valkey
from stack.variables import (
    GENREC_PORT,
    VALKEY_PORT,
    application_variables,
    free_port,
    overridden,
)
from stack.versions import (
    SHIPPED,
    make_control,
    model_directory,
    read_choice,
    service_name,
)

QUEUES = "default,explain,embed,enrich,batch"
# Threads: nearly all of a task is waiting for GenRec, and one process keeps one embedder.
WORKER_THREADS = "8"


@dataclass(frozen=True)
class Plan:
    """What one start runs. A service that is None is replaced by a URL, or was not wanted."""

    layout: Layout
    port: int
    variables: Mapping[str, str]
    postgres: Postgres | None
    valkey: Valkey | None
    genrec_port: int | None
    # Which version of GenRec serves, and where the application may ask for another.
    version: str = SHIPPED
    control: Path | None = None

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, **self.variables}

    def services(self) -> list[Service]:
        """Return the services, none of them started."""
        found = [self.web(), self.worker()]
        if self.postgres is not None:
            found.append(postgres_service(self.postgres))
        if self.valkey is not None:
            found.append(valkey_service(self.valkey))
        if self.genrec_port is not None:
            found.append(self.genrec(self.version, self.genrec_port))
        return found

    def application(self, name: str, *command: str, stop_s: float, **defaults: str) -> Service:
        """Return a service of the web environment; `defaults` yield to what the caller has set."""
        return Service(
            name,
            (str(self.layout.web_python), "-m", *command),
            {**defaults, **self.env},
            self.layout.checkout,
            tier=2,
            stop_s=stop_s,
        )

    def web(self) -> Service:
        return self.application(
            "web",
            "uvicorn",
            "config.asgi:application",
            "--host=127.0.0.1",
            f"--port={self.port}",
            "--lifespan=off",
            "--ws-max-size=65536",
            "--no-server-header",
            # Nobody stands in front: believing X-Forwarded-For would let anybody dodge rate limits.
            "--no-proxy-headers",
            # Open conversations must not hold up Ctrl-C.
            "--timeout-graceful-shutdown=2",
            stop_s=5,
            MOODREEL_DATABASE_POOL="8",
        )

    def worker(self) -> Service:
        schedule = self.layout.run / "celerybeat-schedule"
        return self.application(
            "worker",
            "celery",
            "--quiet",
            "--app=config.celery",
            "worker",
            "--beat",
            f"--schedule={schedule}",
            f"--queues={QUEUES}",
            "--pool=threads",
            f"--concurrency={WORKER_THREADS}",
            "--loglevel=INFO",
            "--without-gossip",
            "--without-mingle",
            stop_s=15,
        )

    def genrec(self, version: str, port: int) -> Service:
        model = str(model_directory(self.layout, version))
        command = ("-m", "genrec", "serve", f"--model={model}", f"--port={port}")
        return Service(
            service_name(version),
            (str(self.layout.genrec_python), *command),
            self.env,
            self.layout.checkout,
            tier=2,
            # While it loads it hears no signal; nothing is lost by killing it then.
            stop_s=6,
        )


def postgres_service(postgres: Postgres) -> Service:
    return Service(
        "postgres",
        tuple(postgres.command()),
        postgres.environment(),
        postgres.place.data,
        tier=1,
        stop_signal=signal.SIGINT,
        stop_s=30,
        user=postgres.place.user,
        in_ledger=False,
        before_start=postgres.end_leftovers,
    )


def valkey_service(valkey: Valkey) -> Service:
    path = {"PATH": os.environ.get("PATH", os.defpath)}
    return Service("valkey", tuple(valkey.command()), path, valkey.directory, tier=1)


def make_plan(layout: Layout, *, port: int, genrec: bool) -> Plan:
    """Decide what runs where. Makes the database's directories, starts nothing."""
    secrets = load_secrets(layout.secrets)
    postgres = None if overridden("DATABASE_URL") else Postgres.at(layout.postgres)
    valkey = None
    valkey_port = free_port(VALKEY_PORT, taken=[port])
    if not overridden("REDIS_URL"):
        valkey = Valkey(layout.valkey, valkey_port, secrets["VALKEY_PASSWORD"])
    genrec_port = free_port(GENREC_PORT, taken=[port, valkey_port])
    serve = genrec and not overridden("GENREC_URL")
    control = make_control(layout, token_hex(4)) if serve else None
    variables = application_variables(
        layout,
        secrets,
        database_url=postgres.url if postgres else "",
        redis_url=valkey.url if valkey else "",
        genrec_url=f"http://127.0.0.1:{genrec_port}",
        port=port,
        control=control,
    )
    return Plan(
        layout,
        port,
        variables,
        postgres,
        valkey,
        genrec_port if serve else None,
        version=read_choice(layout) if serve else SHIPPED,
        control=control,
    )
