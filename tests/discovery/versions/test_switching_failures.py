"""Switches that fail: whatever goes wrong, the old version goes on answering."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from discovery.models import VersionSwitch
from discovery.threads import in_database
from discovery.versions.address import address_in_force
from discovery.versions.machine import Server
from discovery.versions.requests import (
    SwitchRefused,
    previous_version,
    request_switch,
    serving_version,
)
from discovery.versions.switching import advance
from discovery.versions.trial import Trial, TrialFailed
from tests.discovery.versions.launcher import Launcher, later, switch_to_v2, write_artefact
from tests.genrec_fake import FakeGenRec

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


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
