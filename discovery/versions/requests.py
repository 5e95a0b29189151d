"""Asking for another version: who may be asked for, what serves now, and since when."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import IntegrityError, transaction
from django.utils import timezone

from discovery.models import VersionSwitch
from discovery.versions import machine
from discovery.versions.address import can_change, forget_address, last_moved
from discovery.versions.artefacts import SHIPPED, find_version

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

Stage = VersionSwitch.Stage
# A switch in one of these has changed nothing yet.
OPEN = (Stage.REQUESTED, Stage.STARTING, Stage.LOADING)


class SwitchRefused(Exception):
    """The switch can't begin; the message says why, for the operator."""


def serving_version() -> str:
    """Return what serves: the launcher knows best, then the last switch, then the default."""
    last = last_moved()
    if not machine.is_ours():
        known = last is not None and last.to_version in settings.GENREC_URLS
        return last.to_version if last is not None and known else settings.GENREC_URL
    if last is not None and last.stage == Stage.MOVED:
        return last.to_version  # the launcher hears of it in a moment
    try:
        return machine.read_report().serving
    except machine.MachineSilent:
        return last.to_version if last is not None else SHIPPED


def previous_version() -> str:
    """Return the version that "roll back" leads to, or "" if there was none before."""
    last = last_moved()
    if last is None or last.to_version != serving_version():
        return ""
    return last.from_version


def switch_under_way() -> VersionSwitch | None:
    """Return the switch that still has steps to take."""
    return VersionSwitch.objects.filter(stage__in=(*OPEN, Stage.MOVED)).first()


def request_switch(to_version: str, user: User, *, is_rollback: bool = False) -> VersionSwitch:
    """Record that `user` wants this version to serve. The schedule takes the steps.

    Raises:
        SwitchRefused: no such version, it can't serve, it serves already, or a switch is under
            way.
    """
    serving = serving_version()
    if problem := why_not(to_version, serving):
        raise SwitchRefused(problem)
    try:
        with transaction.atomic():
            end_drain(to_version)
            switch = VersionSwitch.objects.create(
                from_version=serving,
                to_version=to_version,
                is_rollback=is_rollback,
                requested_by=user,
            )
            verb = "Asked to roll back to" if is_rollback else "Asked to serve"
            log(switch, ADDITION, f"{verb} {to_version} instead of {serving}.")
    except IntegrityError as error:
        raise SwitchRefused("Another switch is under way: wait for it to end.") from error
    logger.info("switch requested: from=%s to=%s", serving, to_version)
    return switch


def request_rollback(user: User) -> VersionSwitch:
    """Go back to the version that served before.

    Raises:
        SwitchRefused: there was none, or as `request_switch`.
    """
    previous = previous_version()
    if not previous:
        raise SwitchRefused("No other version served before this one.")
    return request_switch(previous, user, is_rollback=True)


def why_not(to_version: str, serving: str) -> str:
    """Return why a version can't be switched to, or ""."""
    if not can_change():
        return "There is one GenRec server, run by somebody else: nothing can be switched here."
    if to_version == serving:
        return f"{to_version} serves already."
    if not machine.is_ours():
        known = to_version in settings.GENREC_URLS
        return "" if known else "GENREC_URLS does not name this server."
    version = find_version(to_version)
    if version is None:
        return "There is no version of this name."
    return f"{to_version} can't serve: {version.problem}." if version.problem else ""


def end_drain(to_version: str) -> None:
    """Let go of a switch that still drains, if the way leads back to what it drains.

    Raises:
        SwitchRefused: the way leads elsewhere: a third server would have to run.
    """
    draining = VersionSwitch.objects.select_for_update().filter(stage=Stage.MOVED).first()
    if draining is None:
        return
    if draining.from_version != to_version:
        raise SwitchRefused(
            f"{draining.from_version} still finishes what it began: try again in a minute."
        )
    enter(draining, Stage.DONE)


def enter(switch: VersionSwitch, stage: VersionSwitch.Stage) -> None:
    """Put the switch into a stage and save all of it."""
    switch.stage, switch.stage_since = stage, timezone.now()
    if stage == Stage.MOVED:
        switch.moved_at = switch.stage_since
    if stage in (Stage.DONE, Stage.FAILED):
        switch.ended_at = switch.stage_since
    switch.save()
    forget_address()


def log(switch: VersionSwitch, flag: int, message: str) -> None:
    """Write to the admin's log, in the name of who asked. The machine's own steps have no name."""
    if switch.requested_by_id is not None:
        LogEntry.objects.log_actions(
            switch.requested_by_id, [switch], flag, message, single_object=True
        )


def log_outcome(switch: VersionSwitch, message: str) -> None:
    log(switch, CHANGE, message)
