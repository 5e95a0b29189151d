"""Which processes a start needs, and what the application is told about them."""

from __future__ import annotations

import socket

import pytest

from stack.errors import StackError
from stack.layout import Layout
from stack.services import make_plan
from stack.variables import (
    check_overrides,
    free_port,
    running_variables,
    write_variables,
)

OVERRIDES = (
    "DATABASE_URL",
    "REDIS_URL",
    "GENREC_URL",
    "GENREC_URLS",
    "GENREC_API_KEY",
    "MOODREEL_SECRET_KEY",
    "MOODREEL_ORIGINS",
)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OVERRIDES:
        monkeypatch.delenv(name, raising=False)


def names(layout: Layout, *, genrec: bool = True) -> set[str]:
    return {service.name for service in make_plan(layout, port=8000, genrec=genrec).services()}


def test_runs_everything_by_default(layout: Layout) -> None:
    assert names(layout) == {"web", "worker", "postgres", "valkey", "genrec"}


@pytest.mark.parametrize(
    ("variable", "value", "replaced"),
    [
        ("DATABASE_URL", "postgresql://me@db.example/m", "postgres"),
        ("REDIS_URL", "redis://broker.example:6379/0", "valkey"),
        ("GENREC_URL", "http://genrec.example", "genrec"),
    ],
)
def test_a_url_replaces_its_service_and_reaches_the_application(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, replaced: str
) -> None:
    monkeypatch.setenv(variable, value)

    assert replaced not in names(layout)
    assert make_plan(layout, port=8000, genrec=True).variables[variable] == value


def test_without_genrec_the_rest_runs(layout: Layout) -> None:
    assert names(layout, genrec=False) == {"web", "worker", "postgres", "valkey"}


def test_a_genrec_elsewhere_needs_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENREC_URL", "http://genrec.example")

    with pytest.raises(StackError, match="GENREC_API_KEY"):
        check_overrides()


def test_several_genrecs_elsewhere_need_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENREC_URLS", "http://one.example,http://two.example")

    with pytest.raises(StackError, match="set GENREC_URL to"):
        check_overrides()


def test_no_secret_is_on_a_command_line(layout: Layout) -> None:
    plan = make_plan(layout, port=8000, genrec=True)
    assert plan.valkey is not None
    secrets = {plan.variables["GENREC_API_KEY"], plan.valkey.password}

    words = " ".join(word for service in plan.services() for word in service.command)

    assert not [secret for secret in secrets if secret in words]


def test_the_database_sees_no_secret(layout: Layout) -> None:
    services = {s.name: s for s in make_plan(layout, port=8000, genrec=True).services()}

    assert set(services["postgres"].env) == {"PATH", "LC_ALL"}


def test_the_page_accepts_its_own_origin(layout: Layout) -> None:
    plan = make_plan(layout, port=8765, genrec=False)

    assert "http://127.0.0.1:8765" in plan.variables["MOODREEL_ORIGINS"].split(",")


def test_a_taken_preferred_port_gives_another() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]

        assert free_port(taken) != taken


def test_manage_reads_the_running_stack(layout: Layout) -> None:
    write_variables(layout.env_file, {"DATABASE_URL": "postgresql://x"})

    assert running_variables(layout, running=True) == {"DATABASE_URL": "postgresql://x"}


def test_manage_says_how_to_start_what_does_not_run(layout: Layout) -> None:
    write_variables(layout.env_file, {"DATABASE_URL": "postgresql://left-behind"})

    with pytest.raises(StackError, match="start bin/up"):
        running_variables(layout, running=False)
