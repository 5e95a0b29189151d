"""Two real servers: ranking goes on, without one failure, while versions switch and roll back."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from catalog.embedding import embedding_version
from catalog.models import Title
from discovery.catalog_rows import reconcile_with
from discovery.genrec_client import GenRecClient, GenRecUnavailable
from discovery.models import VersionSwitch
from discovery.threads import in_database
from discovery.versions.requests import request_rollback, request_switch, serving_version
from discovery.versions.switching import advance
from genrec.contract import HistoryEvent, RankRequest
from stack import models
from stack.genrec_servers import GenRecServers, address
from stack.jobs import run_job
from stack.layout import Layout
from stack.models import Preparation
from stack.processes import Ledger
from stack.services import Plan
from stack.supervisor import Supervisor
from stack.variables import free_port
from stack.versions import make_control, read_choice
from tests.genrec_server import genrec_command, make_tiny_model

pytestmark = [
    pytest.mark.live,
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.timeout(2700),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache"),
]

# A busy machine takes minutes to load vLLM; an idle one twenty seconds.
LIMIT_S = 900
ARTEFACT = """
import sys
from pathlib import Path
from genrec.tiny import write_random_artefact
out, base, version, seed = sys.argv[1:]
Path(out).mkdir(parents=True)
write_random_artefact(Path(out), Path(base), version, int(seed))
"""


@dataclass
class Viewer:
    """Ranks again and again; keeps every answer, and every failure with its time."""

    request: RankRequest
    answers: list[tuple[float, ...]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def go_on(self) -> None:
        async with GenRecClient() as genrec:
            while True:
                try:
                    ranked = await genrec.rank(self.request)
                    scores = dict(zip(ranked.slots, ranked.logprobs, strict=True))
                    self.answers.append(tuple(scores[slot] for slot in sorted(scores)))
                except GenRecUnavailable as error:
                    self.failures.append(f"{time.strftime('%X')} {error}")
                await asyncio.sleep(0.05)


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A machine with a tiny base and two versions of GenRec on it, v1 chosen."""
    monkeypatch.delenv("MOODREEL_ARTEFACTS", raising=False)
    layout = Layout(tmp_path / "var")
    layout.make_directories()
    make_tiny_model(tmp_path / "tiny", embedding_version=embedding_version())
    (tmp_path / "tiny" / "base").rename(layout.models / "base")
    for seed, name in enumerate(("v1", "v2"), start=5):
        arguments = [layout.artefacts / name, layout.models / "base", embedding_version(), seed]
        command = [genrec_command()[0], "-c", ARTEFACT, *map(str, arguments)]
        subprocess.run(command, check=True, cwd=layout.checkout, timeout=240)

    def only_assemble(layout: Layout, *, genrec: bool, version: str) -> list[Preparation]:
        return models.preparations(layout, genrec=genrec, version=version)[-1:]

    monkeypatch.setattr("stack.genrec_servers.preparations", only_assemble)
    return layout


@asynccontextmanager
async def machine(layout: Layout, settings: LazySettings) -> AsyncIterator[GenRecServers]:
    """The launcher's GenRec part, with v1 serving."""
    control, port = make_control(layout, "boot"), free_port(0)
    settings.GENREC_CONTROL, settings.GENREC_URL = control, address(port)
    settings.ARTEFACTS_DIR = layout.artefacts
    key = {"GENREC_API_KEY": settings.GENREC_API_KEY}
    plan = Plan(layout, 1, key, None, None, port, version="v1", control=control)
    ledger = Ledger(layout.ledger)
    supervisor = Supervisor([plan.genrec("v1", port)], logs=layout.logs, ledger=ledger)

    async def job(name: str, *command: str) -> None:
        logs = layout.logs
        await run_job(name, command, env=os.environ, cwd=layout.checkout, logs=logs, ledger=ledger)

    await supervisor.start()
    servers = GenRecServers(plan, supervisor, job, control)
    try:
        await servers.start_first()
        following = asyncio.create_task(servers.follow())
        yield servers
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    finally:
        await supervisor.stop()


async def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not done():
        assert time.monotonic() < deadline, "it takes too long"
        await asyncio.sleep(0.2)


async def take_steps(switch: VersionSwitch) -> None:
    """Call the schedule's task as the schedule does, until the switch has ended."""
    deadline = time.monotonic() + LIMIT_S
    while switch.ended_at is None:
        assert time.monotonic() < deadline, f"still {switch.stage}"
        await in_database(advance)
        await in_database(switch.refresh_from_db)
        await asyncio.sleep(1)
    assert switch.stage == VersionSwitch.Stage.DONE, switch.note


async def test_no_ranking_fails_while_versions_switch_and_roll_back(
    layout: Layout,
    settings: LazySettings,
    operator: User,
    titles: list[Title],
) -> None:
    slots = tuple(sorted(title.slot for title in titles if title.slot is not None))
    request = RankRequest(history=(HistoryEvent(slot=slots[0]),), slots=slots)
    async with machine(layout, settings) as servers:
        await until(lambda: servers.servers["v1"].report.phase == "ready")
        async with GenRecClient() as genrec:
            assert (await reconcile_with(genrec)).loaded == len(slots)
        viewer = Viewer(request)
        ranking = asyncio.create_task(viewer.go_on())
        await until(lambda: bool(viewer.answers))
        before = viewer.answers[-1]

        await take_steps(await in_database(request_switch, "v2", operator))
        assert await in_database(serving_version) == read_choice(layout) == "v2"
        await until(lambda: viewer.answers[-1] != before)
        after = viewer.answers[-1]
        await until(lambda: list(servers.servers) == ["v2"])

        await take_steps(await in_database(request_rollback, operator))
        assert await in_database(serving_version) == read_choice(layout) == "v1"
        await until(lambda: viewer.answers[-1] == pytest.approx(before, abs=1e-3))

        ranking.cancel()
        await asyncio.gather(ranking, return_exceptions=True)
    assert viewer.failures == []
    assert after != pytest.approx(before, abs=1e-3)
    print(f"{len(viewer.answers)} rankings, no failure")  # noqa: T201
