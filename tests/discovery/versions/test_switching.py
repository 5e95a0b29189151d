"""Switching step by step, against scripted servers: rows, trial, traffic, drain, and failures."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone

from catalog.models import Title
from discovery.genrec_client import GenRecClient
from discovery.models import VersionSwitch
from discovery.threads import in_database
from discovery.versions.address import address_in_force
from discovery.versions.machine import Server
from discovery.versions.requests import (
    SwitchRefused,
    previous_version,
    request_rollback,
    request_switch,
    serving_version,
)
from discovery.versions.switching import advance
from discovery.versions.trial import Trial, TrialFailed
from genrec.contract import RankRequest
from tests.discovery.versions.launcher import Launcher, write_artefact
from tests.genrec_fake import FakeGenRec
from worker.tasks.versions import LOCK, advance_switch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def later(switch: VersionSwitch, **ago: float) -> None:
    """Pretend that the switch came into its stage some time ago."""
    VersionSwitch.objects.filter(pk=switch.pk).update(stage_since=timezone.now() - timedelta(**ago))


def switch_to_v2(launcher: Launcher, user: User, new: FakeGenRec) -> VersionSwitch:
    """Go all the way until traffic has moved."""
    switch = request_switch("v2", user)
    advance()
    launcher.report(v2=Server("ready", new.url))
    advance()
    switch.refresh_from_db()
    assert switch.stage == "moved", switch.note
    launcher.serving = "v2"
    launcher.report()
    return switch


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("titles")
def test_traffic_moves_when_the_new_server_has_rows_and_ranks(
    launcher: Launcher, operator: User, new_server: FakeGenRec, old_server: FakeGenRec
) -> None:
    switch = request_switch("v2", operator)
    assert launcher.wanted() is None
    advance()
    assert launcher.wanted() == ("default", "v2")
    for phase in ("preparing", "starting"):
        launcher.report(v2=Server(phase, new_server.url))
        advance()
        assert address_in_force() == old_server.url
    assert new_server.requests == []

    launcher.report(v2=Server("ready", new_server.url))
    advance()

    switch.refresh_from_db()
    assert (switch.stage, switch.address) == ("moved", new_server.url)
    assert len(new_server.rows) == Title.objects.rankable().count()
    assert "rows; a ranking took" in switch.note
    assert serving_version() == "v2"
    assert address_in_force() == new_server.url
    assert launcher.wanted() == ("v2", "default")


@pytest.mark.usefixtures("passes_trial")
def test_the_old_server_finishes_what_it_began(
    launcher: Launcher, operator: User, new_server: FakeGenRec, old_server: FakeGenRec
) -> None:
    switch = switch_to_v2(launcher, operator, new_server)
    later(switch, seconds=20)
    old_server.busy = 2
    advance()
    assert launcher.wanted() == ("v2", "default")

    old_server.busy = 0
    advance()

    assert launcher.wanted() == ("v2", None)
    switch.refresh_from_db()
    assert switch.stage == "done"
    assert switch.ended_at is not None


@pytest.mark.usefixtures("passes_trial")
def test_it_does_not_wait_for_ever(
    launcher: Launcher, operator: User, new_server: FakeGenRec, old_server: FakeGenRec
) -> None:
    switch = switch_to_v2(launcher, operator, new_server)
    old_server.busy = 1
    later(switch, seconds=100)
    advance()

    assert launcher.wanted() == ("v2", None)


@pytest.mark.usefixtures("passes_trial")
def test_roll_back_is_the_way_back(
    launcher: Launcher, operator: User, new_server: FakeGenRec, old_server: FakeGenRec
) -> None:
    switch = switch_to_v2(launcher, operator, new_server)
    later(switch, seconds=20)
    advance()
    del launcher.servers["default"]
    launcher.report()
    assert previous_version() == "default"

    back = request_rollback(operator)
    advance()
    assert launcher.wanted() == ("v2", "default")
    launcher.report(default=Server("ready", old_server.url))
    advance()

    back.refresh_from_db()
    assert (back.stage, back.to_version, back.is_rollback) == ("moved", "default", True)
    assert address_in_force() == old_server.url
    assert previous_version() == "v2"


@pytest.mark.usefixtures("passes_trial")
def test_roll_back_while_the_old_server_drains_is_at_once(
    launcher: Launcher, operator: User, new_server: FakeGenRec, old_server: FakeGenRec
) -> None:
    first = switch_to_v2(launcher, operator, new_server)
    request_rollback(operator)
    advance()

    first.refresh_from_db()
    assert first.stage == "done"
    assert address_in_force() == old_server.url
    assert serving_version() == "default"


@pytest.mark.usefixtures("passes_trial")
def test_a_third_version_waits_for_the_drain(
    launcher: Launcher, operator: User, new_server: FakeGenRec, artefacts: Path
) -> None:
    switch_to_v2(launcher, operator, new_server)
    write_artefact(artefacts / "v3")

    with pytest.raises(SwitchRefused, match="still finishes"):
        request_switch("v3", operator)


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (Server("failed", problem="trained on another base"), "trained on another base"),
        (Server("ready", "http://127.0.0.1:9"), "unreachable"),
    ],
)
def test_a_server_that_does_not_come_up_changes_nothing(
    launcher: Launcher, operator: User, old_server: FakeGenRec, server: Server, reason: str
) -> None:
    switch = request_switch("v2", operator)
    advance()
    launcher.report(v2=server)
    advance()

    switch.refresh_from_db()
    assert switch.stage == "failed"
    assert reason in switch.note
    assert launcher.wanted() == ("default", None)
    assert address_in_force() == old_server.url
    assert serving_version() == "default"
    assert previous_version() == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("titles")
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"ranks": None}, "GenRec answered 503"),
        ({"ranks": lambda slot: -1.0}, "the same score"),
        ({"status": 500}, "GenRec answered 500"),
    ],
)
def test_a_server_that_fails_its_trial_changes_nothing(
    launcher: Launcher,
    operator: User,
    old_server: FakeGenRec,
    new_server: FakeGenRec,
    script: dict[str, Any],
    reason: str,
) -> None:
    for name, value in script.items():
        setattr(new_server, name, value)
    switch = request_switch("v2", operator)
    advance()
    launcher.report(v2=Server("ready", new_server.url))
    advance()

    switch.refresh_from_db()
    assert switch.stage == "failed"
    assert reason in switch.note
    assert address_in_force() == old_server.url


def test_a_machine_that_restarted_meanwhile_ends_the_switch(
    launcher: Launcher, operator: User, settings: LazySettings, tmp_path: Path
) -> None:
    switch = request_switch("v2", operator)
    advance()
    settings.GENREC_CONTROL = tmp_path / "next"
    settings.GENREC_CONTROL.mkdir()
    Launcher(settings.GENREC_CONTROL).report(default=Server("starting"))
    advance()

    switch.refresh_from_db()
    assert switch.stage == "failed"
    assert "started anew" in switch.note


@pytest.mark.usefixtures("passes_trial")
def test_after_a_restart_the_version_answers_under_the_default_address(
    launcher: Launcher,
    operator: User,
    new_server: FakeGenRec,
    settings: LazySettings,
    tmp_path: Path,
) -> None:
    switch_to_v2(launcher, operator, new_server)
    settings.GENREC_CONTROL = tmp_path / "next"
    settings.GENREC_CONTROL.mkdir()
    settings.GENREC_URL = "http://127.0.0.1:1234"
    after = Launcher(settings.GENREC_CONTROL, serving="v2")
    after.report(v2=Server("ready", settings.GENREC_URL))
    advance()

    assert address_in_force() == "http://127.0.0.1:1234"
    assert serving_version() == "v2"
    assert VersionSwitch.objects.get().stage == "done"


@pytest.mark.usefixtures("passes_trial")
def test_a_machine_that_serves_something_else_is_believed(
    launcher: Launcher, operator: User, new_server: FakeGenRec
) -> None:
    switch = switch_to_v2(launcher, operator, new_server)
    later(switch, seconds=100)
    advance()
    launcher.serving = "default"
    launcher.report(problem="v2 could not be made when the machine started: gone")
    advance()

    newest = VersionSwitch.objects.first()
    assert newest is not None
    assert (newest.to_version, newest.requested_by) == ("default", None)
    assert "could not be made" in newest.note
    assert serving_version() == "default"
    advance()
    assert VersionSwitch.objects.count() == 2


def test_what_is_left_of_an_earlier_try_has_to_go_first(
    launcher: Launcher, operator: User, new_server: FakeGenRec
) -> None:
    launcher.report(v2=Server("failed", problem="of the earlier try"))
    switch = request_switch("v2", operator)
    advance()
    assert launcher.wanted() == ("default", None)
    switch.refresh_from_db()
    assert switch.stage == "requested"

    del launcher.servers["v2"]
    launcher.report()
    advance()
    assert launcher.wanted() == ("default", "v2")


def test_a_silent_server_is_given_up(launcher: Launcher, operator: User) -> None:
    switch = request_switch("v2", operator)
    advance()
    launcher.report(v2=Server("starting"))
    later(switch, minutes=21)
    advance()

    switch.refresh_from_db()
    assert switch.note == "the server did not become ready within 20 minutes"


def test_an_error_that_nobody_foresaw_does_not_hold_a_switch_for_ever(
    launcher: Launcher,
    operator: User,
    new_server: FakeGenRec,
    artefacts: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(address: str, *, instead_of: str) -> Trial:
        raise ValueError("a row that nobody can read")

    monkeypatch.setattr("discovery.versions.switching.try_out", broken)
    switch = request_switch("v2", operator)
    advance()
    launcher.report(v2=Server("ready", new_server.url))
    with pytest.raises(ValueError, match="nobody can read"):
        advance()
    switch.refresh_from_db()
    assert switch.stage == "loading"

    later(switch, minutes=11)
    advance()

    switch.refresh_from_db()
    assert switch.stage == "failed"
    assert "within 10 minutes" in switch.note
    write_artefact(artefacts / "v3")
    assert request_switch("v3", operator).stage == "requested"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
def test_a_trial_that_another_worker_overtook_changes_nothing(
    launcher: Launcher,
    operator: User,
    new_server: FakeGenRec,
    monkeypatch: pytest.MonkeyPatch,
    fails: bool,
) -> None:
    """Meanwhile the other worker moved traffic, or gave up."""
    switch = request_switch("v2", operator)
    stage = "moved" if fails else "failed"

    async def overtaken(address: str, *, instead_of: str) -> Trial:
        rows = VersionSwitch.objects.filter(pk=switch.pk)
        await in_database(lambda: rows.update(stage=stage))
        if fails:
            raise TrialFailed("the same score")
        return Trial("genrec-new", 5, 40.0)

    monkeypatch.setattr("discovery.versions.switching.try_out", overtaken)
    advance()
    launcher.report(v2=Server("ready", new_server.url))
    advance()

    switch.refresh_from_db()
    assert switch.stage == stage


@pytest.mark.parametrize("name", ["default", "absent", "../x", "v2; rm -rf /", ""])
def test_what_can_not_serve_is_refused(launcher: Launcher, operator: User, name: str) -> None:
    with pytest.raises(SwitchRefused):
        request_switch(name, operator)
    assert not VersionSwitch.objects.exists()


def test_another_embedding_is_refused(launcher: Launcher, operator: User, artefacts: Path) -> None:
    write_artefact(artefacts / "v3", embedding_version="0123456789ab")

    with pytest.raises(SwitchRefused, match="0123456789ab"):
        request_switch("v3", operator)


def test_one_switch_at_a_time(launcher: Launcher, operator: User, artefacts: Path) -> None:
    request_switch("v2", operator)
    write_artefact(artefacts / "v3")

    with pytest.raises(SwitchRefused, match="under way"):
        request_switch("v3", operator)


@pytest.mark.usefixtures("passes_trial")
def test_every_step_is_in_the_admins_log(
    launcher: Launcher, operator: User, new_server: FakeGenRec
) -> None:
    switch_to_v2(launcher, operator, new_server)

    entries = [entry.change_message for entry in LogEntry.objects.order_by("pk")]
    assert entries[0] == "Asked to serve v2 instead of default."
    assert entries[1].startswith("v2 serves instead of default: ")
    assert set(LogEntry.objects.values_list("user_id", flat=True)) == {operator.pk}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("titles")
def test_a_client_follows_when_traffic_moves(
    launcher: Launcher, operator: User, new_server: FakeGenRec
) -> None:
    async def ask() -> tuple[str, str]:
        async with GenRecClient() as genrec:
            before = await genrec.state()
            await in_database(switch_to_v2, launcher, operator, new_server)
            after = await genrec.state()
        return before.boot_id, after.boot_id

    assert asyncio.run(ask()) == ("old", "new")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("titles")
def test_no_request_fails_because_the_old_server_is_gone_already(
    launcher: Launcher, operator: User, new_server: FakeGenRec, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_to_v2(launcher, operator, new_server)

    def believe_in_the_old_one() -> None:
        known = ("http://127.0.0.1:9", time.monotonic())
        monkeypatch.setattr("discovery.versions.address._known", known)

    async def ask() -> tuple[list[int], list[str]]:
        async with GenRecClient() as genrec:
            believe_in_the_old_one()
            ranked = await genrec.rank(RankRequest(slots=(1, 2)))
            believe_in_the_old_one()
            words = [word async for word in genrec.stream_chat({"messages": []})]
        return ranked.slots, words

    assert asyncio.run(ask()) == ([2, 1], ["new"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("titles")
def test_listed_servers_are_chosen_not_started(
    operator: User,
    settings: LazySettings,
    old_server: FakeGenRec,
    new_server: FakeGenRec,
) -> None:
    settings.GENREC_URL = old_server.url
    settings.GENREC_URLS = [old_server.url, new_server.url]

    request_switch(new_server.url, operator)
    advance()

    assert VersionSwitch.objects.get().stage == "done"
    assert address_in_force() == new_server.url
    assert len(new_server.rows) == Title.objects.rankable().count()
    request_rollback(operator)
    advance()
    assert address_in_force() == old_server.url
    with pytest.raises(SwitchRefused, match="does not name"):
        request_switch("http://169.254.169.254/", operator)


@pytest.mark.usefixtures("passes_trial")
def test_a_server_no_longer_listed_is_not_asked(
    operator: User, settings: LazySettings, old_server: FakeGenRec, new_server: FakeGenRec
) -> None:
    settings.GENREC_URL = old_server.url
    settings.GENREC_URLS = [old_server.url, new_server.url]
    request_switch(new_server.url, operator)
    advance()
    settings.GENREC_URLS = [old_server.url, "http://127.0.0.1:9"]

    assert address_in_force() == old_server.url
    assert serving_version() == old_server.url


def test_one_server_of_somebody_elses_can_not_be_switched(operator: User) -> None:
    with pytest.raises(SwitchRefused, match="run by somebody else"):
        request_switch("default", operator)


def test_one_worker_takes_the_steps(launcher: Launcher, operator: User) -> None:
    request_switch("v2", operator)
    cache.add(LOCK, 1)
    advance_switch()
    assert launcher.wanted() is None

    cache.delete(LOCK)
    advance_switch()
    assert launcher.wanted() == ("default", "v2")
    assert cache.get(LOCK) is None


def test_a_worker_leaves_the_lock_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own ran out during a long trial, and another worker took the next."""
    monkeypatch.setattr(
        "worker.tasks.versions.advance", lambda: cache.set(LOCK, "another worker's", 60)
    )
    advance_switch()
    assert cache.get(LOCK) == "another worker's"
