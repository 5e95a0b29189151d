"""Switching step by step, against scripted servers: rows, trial, traffic, drain, and failures."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.cache import cache

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
from genrec.contract import RankRequest
from tests.discovery.versions.launcher import Launcher, later, switch_to_v2, write_artefact
from tests.genrec_fake import FakeGenRec
from worker.tasks.versions import LOCK, advance_switch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


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
