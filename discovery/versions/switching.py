"""The steps from one version to another. The schedule calls `advance` every two seconds.

Every step reads where things stand from the database and the machine, does one thing and returns,
so it does not matter which worker takes it, or whether one dies between two. Until traffic moves,
any failure leaves the server that serves as it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.utils import timezone

from discovery.genrec_client import GenRecUnavailable
from discovery.models import VersionSwitch
from discovery.versions import machine
from discovery.versions.address import address_in_force, last_moved
from discovery.versions.artefacts import SHIPPED
from discovery.versions.machine import MachineSilent
from discovery.versions.requests import Stage, enter, log_outcome, switch_under_way, why_not
from discovery.versions.trial import TrialFailed, is_busy, try_out

logger = logging.getLogger(__name__)

START_LIMIT = timedelta(minutes=20)
REQUEST_LIMIT = timedelta(minutes=2)
LOADING_LIMIT = timedelta(minutes=10)
# Every process knows the new address by then.
DRAIN_MIN = timedelta(seconds=10)
# Longer than the longest sentence may take.
DRAIN_MAX = timedelta(seconds=90)


class SwitchFailed(Exception):
    """The switch can't go on; nothing was changed."""


def advance() -> None:
    """Go as far as is possible now: one step, and those that can follow it at once."""
    switch = switch_under_way()
    if switch is None:
        follow_machine()
        return
    stage = None
    while switch.stage != stage and switch.stage in _STEPS:
        stage = switch.stage
        try:
            _STEPS[Stage(stage)](switch)
        except (SwitchFailed, TrialFailed, GenRecUnavailable, MachineSilent) as error:
            if is_as_read(switch):
                fail(switch, str(error))


def begin(switch: VersionSwitch) -> None:
    """Ask for the second server, once what is left of an earlier try is gone."""
    if problem := why_not(switch.to_version, switch.from_version):
        raise SwitchFailed(problem)
    if not machine.is_ours():
        switch.address = switch.to_version
        enter(switch, Stage.LOADING)
        return
    report = machine.read_report()
    if report.serving not in (switch.from_version, switch.to_version):
        raise SwitchFailed(f"the machine serves {report.serving}, not {switch.from_version}")
    left = report.servers.get(switch.to_version)
    if left is not None and left.phase in ("failed", "stopping"):
        machine.ask(switch.from_version)
        check_patience(switch, REQUEST_LIMIT, "an earlier server of this version does not end")
        return
    machine.ask(switch.from_version, beside=switch.to_version)
    switch.control = machine.start_name()
    enter(switch, Stage.STARTING)


def wait_until_ready(switch: VersionSwitch) -> None:
    check_same_start(switch)
    server = machine.read_report().servers.get(switch.to_version)
    if server is not None and server.phase == "failed":
        raise SwitchFailed(server.problem)
    if server is not None and server.phase == "ready":
        switch.address = server.url
        enter(switch, Stage.LOADING)
    else:
        check_patience(switch, START_LIMIT, "the server did not become ready")


def move(switch: VersionSwitch) -> None:
    """Rows, trial, and then the one write that moves all traffic.

    An error that is not the server's (the database, a defect) is tried again, but not for ever: an
    open switch keeps every other from beginning.
    """
    check_patience(switch, LOADING_LIMIT, "no trial of the server ended (see the worker's log)")
    check_same_start(switch)
    trial = asyncio.run(try_out(switch.address, instead_of=address_in_force()))
    if not is_as_read(switch):
        return
    switch.artefact, switch.note = trial.artefact, str(trial)
    enter(switch, Stage.MOVED)
    log_outcome(switch, f"{switch.to_version} serves instead of {switch.from_version}: {trial}.")
    logger.info("switched: from=%s to=%s %s", switch.from_version, switch.to_version, trial)


def drain(switch: VersionSwitch) -> None:
    """Let the server before finish what it began, then let it stop."""
    if not machine.is_ours() or switch.control != machine.start_name():
        enter(switch, Stage.DONE)
        return
    with suppress(MachineSilent):
        machine.ask(switch.to_version, beside=switch.from_version)
        old = machine.read_report().servers.get(switch.from_version)
        elapsed = timezone.now() - switch.stage_since
        if elapsed < DRAIN_MIN:
            return
        if old is not None and elapsed < DRAIN_MAX and asyncio.run(is_busy(old.url)):
            return
        machine.ask(switch.to_version)
        enter(switch, Stage.DONE)


def fail(switch: VersionSwitch, reason: str) -> None:
    """Keep what serves, stop the second server, and say why."""
    if machine.is_ours():
        with suppress(MachineSilent):
            machine.ask(machine.read_report().serving)
    switch.note = reason
    enter(switch, Stage.FAILED)
    log_outcome(switch, f"{switch.to_version} does not serve: {reason}")
    logger.warning("switch failed: to=%s reason=%s", switch.to_version, reason)


def follow_machine() -> None:
    """Record what the machine serves if it is not what was last recorded.

    So it is after a start that could not make the chosen version, or with another database.
    """
    if not machine.is_ours():
        return
    try:
        report = machine.read_report()
    except MachineSilent:
        return
    last = last_moved()
    recorded = last.to_version if last is not None else SHIPPED
    if report.serving == recorded:
        return
    now = timezone.now()
    VersionSwitch.objects.create(
        from_version=recorded,
        to_version=report.serving,
        stage=Stage.DONE,
        note=report.problem or "The machine started with it.",
        moved_at=now,
        ended_at=now,
    )
    logger.warning("the machine serves %s, not %s", report.serving, recorded)


def check_same_start(switch: VersionSwitch) -> None:
    if machine.is_ours() and switch.control != machine.start_name():
        raise SwitchFailed("the machine was started anew meanwhile: ask again")


def is_as_read(switch: VersionSwitch) -> bool:
    """Whether no other worker took a step meanwhile: a long trial outlasts the worker's lock."""
    return VersionSwitch.objects.filter(pk=switch.pk, stage=switch.stage).exists()


def check_patience(switch: VersionSwitch, limit: timedelta, what: str) -> None:
    if timezone.now() - switch.stage_since > limit:
        raise SwitchFailed(f"{what} within {limit.total_seconds() / 60:.0f} minutes")


_STEPS: dict[VersionSwitch.Stage, Callable[[VersionSwitch], None]] = {
    Stage.REQUESTED: begin,
    Stage.STARTING: wait_until_ready,
    Stage.LOADING: move,
    Stage.MOVED: drain,
}
