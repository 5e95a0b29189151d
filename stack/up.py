"""Start the whole product, show its address, keep it running until Ctrl-C.

1. End what an earlier start left behind, and decide what runs where.
2. Prepare the models (the first time), start GenRec, which warms up beside all that follows.
3. Start PostgreSQL and Valkey, migrate, collect the static files.
4. Import the default catalogue: before the page the first time; later only when its code or
   data changed, beside the page.
5. Start web and worker; print the address once the page answers. Beside it, learn what an
   import brought: words and tags.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit

import httpx

from stack.catalogue import ImportMark, forget_imports
from stack.console import say
from stack.errors import StackError
from stack.genrec_servers import GenRecServers
from stack.jobs import run_job
from stack.layout import Layout
from stack.lock import hold
from stack.models import preparations
from stack.preflight import require_ready
from stack.processes import Ledger
from stack.services import Plan, make_plan
from stack.supervisor import Supervisor
from stack.variables import check_overrides, overridden, write_variables

PAGE_TIMEOUT_S = 120.0
GENREC_TIMEOUT_S = 900.0
POLL_S = 0.2


def up(layout: Layout, *, port: int, genrec: bool) -> int:
    """Run until a signal; return the exit status.

    Raises:
        StackError: something must be put right first.
    """
    check_overrides()
    require_ready(layout, port=port, genrec=genrec and not overridden("GENREC_URL"))
    layout.make_directories()
    with hold(layout.lock):
        ledger = Ledger(layout.ledger)
        if names := ledger.end_leftovers():
            say(f"ended what an earlier start left running: {', '.join(names)}")
        plan = make_plan(layout, port=port, genrec=genrec)
        if plan.postgres is not None:
            made = plan.postgres.prepare()
            if made:
                forget_imports(layout)
            say(f"database files: {plan.postgres.place.data}{' (new)' if made else ''}")
        write_variables(layout.env_file, plan.variables)
        try:
            return asyncio.run(Launch(plan, ledger).run())
        finally:
            layout.env_file.unlink(missing_ok=True)
            ledger.end_leftovers(patience_s=3)


class Launch:
    """One start, from the first process to the last one stopped."""

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        self.plan = plan
        self.layout = plan.layout
        self.ledger = ledger
        self.imported = ImportMark(plan.layout, plan.variables["DATABASE_URL"])
        self.started = time.monotonic()
        self.stop_asked = asyncio.Event()
        self.background: set[asyncio.Task[None]] = set()
        self.failure: BaseException | None = None

    async def run(self) -> int:
        plan = self.plan
        supervisor = Supervisor(plan.services(), logs=self.layout.logs, ledger=self.ledger)
        self.supervisor = supervisor
        loop = asyncio.get_running_loop()
        # After circus has installed its own: ours stop in order, and a closed terminal stops too.
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            loop.add_signal_handler(signum, self.ask_stop)
        await supervisor.start()
        self.watch(self.start_everything())
        await self.stop_asked.wait()
        say("stopping (Ctrl-C again ends everything at once)")
        for task in list(self.background):
            task.cancel()
        await asyncio.gather(*self.background, return_exceptions=True)
        await supervisor.stop()
        if self.failure is not None:
            raise self.failure
        say("stopped")
        return 0

    def ask_stop(self) -> None:
        if self.stop_asked.is_set():
            self.supervisor.kill()
        self.stop_asked.set()

    def watch(self, work: Coroutine[Any, Any, None]) -> None:
        """Run beside the rest; a failure stops everything and is reported."""
        task = asyncio.create_task(work)
        self.background.add(task)
        task.add_done_callback(self.finish)

    def finish(self, task: asyncio.Task[None]) -> None:
        self.background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failure = error
            self.stop_asked.set()

    async def start_everything(self) -> None:
        await self.prepare_models()
        if self.plan.control is not None:
            servers = GenRecServers(self.plan, self.supervisor, self.job, self.plan.control)
            await servers.start_first()
            self.watch(servers.follow())
            self.watch(self.report_genrec())
        await self.start_stores()
        await asyncio.gather(
            self.manage("migrate", "--noinput"), self.manage("collectstatic", "--noinput")
        )
        if self.plan.postgres is None and not await asyncio.to_thread(self.imported.holds_titles):
            self.imported.forget()
        first = not self.imported.exists()
        if first:
            say("importing and embedding the default catalogue (minutes, the first time only)")
            await self.import_catalogue()
        elif not self.imported.is_current():
            self.watch(self.import_again())
        await self.supervisor.start_service("web")
        await self.supervisor.start_service("worker")
        await self.report_page()
        if first:
            await self.learn_catalogue()

    async def prepare_models(self) -> None:
        for step in preparations(self.layout, genrec=False):
            if not step.is_done():
                say(f"{step.title} (the first time only)")
                await self.job(step.name, *step.command)
                step.mark_done()

    async def start_stores(self) -> None:
        plan = self.plan
        if plan.postgres is not None:
            await self.supervisor.start_service("postgres")
        if plan.valkey is not None:
            await self.supervisor.start_service("valkey")
            await asyncio.to_thread(plan.valkey.wait_ready, given_up=self.stop_asked.is_set)
        if plan.postgres is not None:
            await asyncio.to_thread(plan.postgres.wait_ready, given_up=self.stop_asked.is_set)
            await asyncio.to_thread(plan.postgres.create_database)

    async def job(self, name: str, *command: str) -> None:
        await run_job(
            name,
            command,
            env=self.plan.env,
            cwd=self.layout.checkout,
            logs=self.layout.logs,
            ledger=self.ledger,
        )

    async def manage(self, name: str, *arguments: str) -> None:
        await self.job(name, str(self.layout.web_python), "manage.py", name, *arguments)

    async def import_catalogue(self) -> None:
        await self.manage("import_catalogue")
        self.imported.set()

    async def import_again(self) -> None:
        await self.import_catalogue()
        await self.learn_catalogue()

    async def learn_catalogue(self) -> None:
        """Learn of the titles what the worker learns every night: their words, what tags mean."""
        await self.manage("refresh_neighbours")

    async def report_page(self) -> None:
        url = f"http://127.0.0.1:{self.plan.port}"
        if not await self.answers(f"{url}/", PAGE_TIMEOUT_S):
            raise StackError(f"the page did not answer, see {self.layout.logs / 'web.log'}")
        say(f"the page is up after {time.monotonic() - self.started:.0f} s")
        say("")
        say(f"    Moodreel:  {url}")
        say(f"    Admin:     {url}/admin/   first account: bin/manage createsuperuser")
        say("    Stop:      Ctrl-C")
        say("")

    async def report_genrec(self) -> None:
        """Say when GenRec answers; until then, and without it, the page works and says so."""
        say("GenRec is warming up; until it answers, the page ranks without it and says so")
        health = f"{self.plan.variables['GENREC_URL'].rstrip('/')}/health"
        if await self.answers(health, GENREC_TIMEOUT_S):
            say(f"GenRec answers after {time.monotonic() - self.started:.0f} s")
        else:
            say(f"GenRec does not answer, see {self.layout.logs / 'genrec.log'}")

    async def answers(self, url: str, timeout_s: float) -> bool:
        """Wait until the address answers with anything but a server error.

        Not through a proxy that the environment may name: these are our own processes.
        """
        headers = {"Authorization": f"Bearer {self.plan.variables['GENREC_API_KEY']}"}
        key = headers if urlsplit(url).path == "/health" else {}
        deadline = time.monotonic() + timeout_s
        async with httpx.AsyncClient(trust_env=False, timeout=10, headers=key) as client:
            while time.monotonic() < deadline:
                try:
                    if (await client.get(url)).status_code < 500:
                        return True
                except httpx.TransportError:
                    pass  # not listening yet
                await asyncio.sleep(POLL_S)
        return False


def manage(layout: Layout, variables: dict[str, str], arguments: list[str]) -> int:
    """Become `manage.py` with the environment of the running stack."""
    python = str(layout.web_python)
    command = [python, str(layout.checkout / "manage.py"), *arguments]
    os.chdir(layout.checkout)
    os.execve(python, command, {**os.environ, **variables})  # noqa: S606  (no shell)
