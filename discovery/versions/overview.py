"""What the page of versions shows: each version, how its server is, and what happened so far."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.conf import settings

from discovery.genrec_client import Circuit, GenRecClient, GenRecUnavailable
from discovery.models import VersionSwitch
from discovery.versions import machine
from discovery.versions.address import address_in_force, can_change, last_moved
from discovery.versions.artefacts import Version, list_versions
from discovery.versions.requests import (
    Stage,
    previous_version,
    serving_version,
    switch_under_way,
    why_not,
)
from genrec.contract import ServerState

STATE_TIMEOUT_S = 3.0
N_HISTORY = 20

# Who decides what runs: the launcher on this machine, an operator among listed servers, nobody.
Mode = Literal["machine", "choice", "fixed"]


@dataclass(frozen=True, slots=True)
class ServerView:
    """A server: what it says of itself, or why it says nothing."""

    address: str
    state: ServerState | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One version. `obstacle` says why it can't be switched to, "" if it can."""

    name: str
    serves: bool
    obstacle: str
    artefact: Version | None = None
    server: ServerView | None = None
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page. `failed` is the last switch, if it failed."""

    mode: Mode
    serving: str
    since: datetime | None
    by: str
    server: ServerView
    lines: tuple[Line, ...]
    under_way: VersionSwitch | None
    is_draining: bool
    failed: VersionSwitch | None
    previous: str
    history: tuple[VersionSwitch, ...]
    problem: str


def overview() -> Overview:
    """Gather the page. Asks the servers, for up to three seconds."""
    serving, last, under_way = serving_version(), last_moved(), switch_under_way()
    is_current = last is not None and last.to_version == serving
    history = tuple(VersionSwitch.objects.select_related("requested_by")[:N_HISTORY])
    newest = history[0] if history else None
    report, silence = _report()
    addresses = [address_in_force()]
    if mode() == "choice":
        addresses += settings.GENREC_URLS
    servers = asyncio.run(_ask_all(addresses))
    return Overview(
        mode=mode(),
        serving=serving,
        since=last.moved_at if last is not None and is_current else None,
        by=_who(last) if last is not None and is_current else "",
        server=servers[addresses[0]],
        lines=_lines(serving, report, servers, servers[addresses[0]]),
        under_way=under_way,
        is_draining=under_way is not None and under_way.stage == Stage.MOVED,
        failed=newest if newest is not None and newest.stage == Stage.FAILED else None,
        previous=previous_version(),
        history=history,
        problem=silence or (report.problem if report else ""),
    )


def mode() -> Mode:
    if machine.is_ours():
        return "machine"
    return "choice" if can_change() else "fixed"


def _report() -> tuple[machine.Report | None, str]:
    if not machine.is_ours():
        return None, ""
    try:
        return machine.read_report(), ""
    except machine.MachineSilent as error:
        return None, str(error)


def _who(switch: VersionSwitch) -> str:
    return str(switch.requested_by) if switch.requested_by else "the machine, when it started"


def _lines(
    serving: str,
    report: machine.Report | None,
    servers: dict[str, ServerView],
    current: ServerView,
) -> tuple[Line, ...]:
    if mode() == "choice":
        return tuple(
            Line(url, url == serving, why_not(url, serving), server=servers[url])
            for url in settings.GENREC_URLS
        )
    phases = {name: server.phase for name, server in report.servers.items()} if report else {}
    return tuple(
        Line(
            version.name,
            _serves(version, serving, current),
            version.problem if mode() == "machine" else "nobody here can start it",
            artefact=version,
            phase=phases.get(version.name, ""),
        )
        for version in list_versions()
    )


def _serves(version: Version, serving: str, current: ServerView) -> bool:
    """The launcher knows versions by name; a server of somebody else's by what it says it is."""
    if mode() == "machine":
        return version.name == serving
    return current.state is not None and current.state.artefact == version.identity


async def _ask_all(addresses: list[str]) -> dict[str, ServerView]:
    unique = list(dict.fromkeys(addresses))
    return dict(zip(unique, await asyncio.gather(*map(_ask, unique)), strict=True))


async def _ask(address: str) -> ServerView:
    async with GenRecClient(address, circuit=Circuit()) as genrec:
        try:
            async with asyncio.timeout(STATE_TIMEOUT_S):
                return ServerView(address, state=await genrec.state())
        except GenRecUnavailable as error:
            return ServerView(address, problem=str(error))
        except TimeoutError:
            return ServerView(address, problem=f"no answer in {STATE_TIMEOUT_S:.0f} s")
