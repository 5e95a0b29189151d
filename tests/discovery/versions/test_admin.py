"""The page of versions: what it shows, its buttons, and who may press them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from discovery.models import VersionSwitch
from discovery.versions.machine import Server
from discovery.versions.requests import request_switch
from discovery.versions.switching import advance
from tests.discovery.versions.launcher import Launcher, write_artefact
from tests.genrec_fake import FakeGenRec

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("empty_cache", "passes_trial"),
]

PAGE = "admin:discovery_versionswitch_changelist"
SERVE = "admin:discovery_version_serve"
ROLL_BACK = "admin:discovery_version_rollback"


@pytest.fixture
def as_operator(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def html_of(client: Client, name: str = PAGE) -> str:
    page = client.get(reverse(name))
    assert page.status_code == 200
    return page.content.decode()


def test_nothing_is_added_from_the_admins_lists(as_operator: Client, launcher: Launcher) -> None:
    index = html_of(as_operator, "admin:index")
    assert f'href="{reverse(PAGE)}"' in index
    assert reverse("admin:discovery_versionswitch_add") not in index


def test_every_version_is_listed_with_its_metrics(as_operator: Client, launcher: Launcher) -> None:
    html = html_of(as_operator)

    for words in (
        "default",
        "v2",
        "22 November 2026, 01:10 UTC",
        "NDCG@10",
        "0.1651",
        "[0.1580, 0.1723]",
        "cold.two_tower.MRR",
        "It says: fake on fake",
        "Serve this version",
    ):
        assert words in html
    assert html.count("Serve this version") == 1
    assert "Roll back to" not in html
    assert "hx-get" not in html


def test_what_an_artefact_says_is_shown_as_text(
    as_operator: Client, launcher: Launcher, artefacts: Path
) -> None:
    write_artefact(artefacts / "v3", name="<script>alert(1)</script>")

    assert "<script>alert(1)" not in html_of(as_operator)


def test_a_mismatch_is_shown_and_has_no_button(
    as_operator: Client, launcher: Launcher, artefacts: Path
) -> None:
    write_artefact(artefacts / "v2", embedding_version="0123456789ab")
    html = html_of(as_operator)

    assert "trained with embedding version 0123456789ab" in html
    assert "Serve this version" not in html
    as_operator.post(reverse(SERVE), {"version": "v2"})
    assert not VersionSwitch.objects.exists()


def test_the_button_asks_and_the_page_follows(
    as_operator: Client, operator: User, launcher: Launcher, new_server: FakeGenRec
) -> None:
    answer = as_operator.post(reverse(SERVE), {"version": "v2"}, follow=True)
    assert "Bringing up v2 beside default" in answer.content.decode()
    switch = VersionSwitch.objects.get()
    assert (switch.to_version, switch.requested_by) == ("v2", operator)

    html = html_of(as_operator, "admin:discovery_version_progress")
    assert "waiting for the machine" in html
    assert "hx-get" in html
    assert "<html" not in html
    assert "Serve this version" not in html

    advance()
    launcher.report(v2=Server("ready", new_server.url))
    advance()
    html = html_of(as_operator)
    assert "by operators." in html
    assert "Roll back to default" in html


def test_roll_back_is_one_click(
    as_operator: Client, operator: User, launcher: Launcher, new_server: FakeGenRec
) -> None:
    request_switch("v2", operator)
    advance()
    launcher.report(v2=Server("ready", new_server.url))
    advance()
    as_operator.post(reverse(ROLL_BACK))

    newest = VersionSwitch.objects.first()
    assert newest is not None
    assert (newest.to_version, newest.is_rollback) == ("default", True)


def test_a_failure_says_why(as_operator: Client, operator: User, launcher: Launcher) -> None:
    request_switch("v2", operator)
    advance()
    launcher.report(v2=Server("failed", problem="error: trained on another base"))
    advance()

    html = html_of(as_operator)
    assert "v2 does not serve: error: trained on another base" in html
    assert "Serve this version" in html


def test_nothing_before_means_nothing_to_roll_back(as_operator: Client, launcher: Launcher) -> None:
    answer = as_operator.post(reverse(ROLL_BACK), follow=True)

    assert "No other version served before this one." in answer.content.decode()


def test_who_may_only_look_has_no_buttons(
    as_operator: Client, operator: User, launcher: Launcher
) -> None:
    operator.groups.clear()
    grant(operator, "view_versionswitch")

    assert "Serve this version" not in html_of(as_operator)
    assert as_operator.post(reverse(SERVE), {"version": "v2"}).status_code == 403
    assert as_operator.post(reverse(ROLL_BACK)).status_code == 403


def grant(user: User, codename: str) -> None:
    from django.contrib.auth.models import Permission

    user.user_permissions.add(Permission.objects.get(codename=codename))


def test_editors_and_strangers_see_nothing(editor: User, launcher: Launcher) -> None:
    client = Client()
    assert client.get(reverse(PAGE)).status_code == 302
    assert client.post(reverse(SERVE), {"version": "v2"}).status_code == 302
    client.force_login(editor)
    for name in (PAGE, "admin:discovery_version_progress"):
        assert client.get(reverse(name)).status_code == 403
    assert client.post(reverse(SERVE), {"version": "v2"}).status_code == 403
    assert not VersionSwitch.objects.exists()


def test_a_link_or_a_forged_form_switches_nothing(operator: User, launcher: Launcher) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)

    assert client.get(reverse(SERVE), {"version": "v2"}).status_code == 405
    assert client.post(reverse(SERVE), {"version": "v2"}).status_code == 403
    assert not VersionSwitch.objects.exists()


def test_a_record_can_not_be_changed(
    as_operator: Client, operator: User, launcher: Launcher
) -> None:
    switch = request_switch("v2", operator)
    address = reverse("admin:discovery_versionswitch_change", args=[switch.pk])

    assert as_operator.get(address).status_code == 200
    assert as_operator.post(address, {"stage": "done"}).status_code == 403
    delete = reverse("admin:discovery_versionswitch_delete", args=[switch.pk])
    assert as_operator.post(delete, {"post": "yes"}).status_code == 403


def test_one_server_of_somebody_elses_is_shown_and_explained(
    as_operator: Client, settings: LazySettings, old_server: FakeGenRec, artefacts: Path
) -> None:
    settings.GENREC_URL = old_server.url
    html = html_of(as_operator)

    assert "GENREC_URLS" in html
    assert "It says: fake on fake" in html
    assert "Serve this version" not in html


def test_listed_servers_say_how_they_are(
    as_operator: Client, settings: LazySettings, old_server: FakeGenRec, new_server: FakeGenRec
) -> None:
    settings.GENREC_URL = old_server.url
    settings.GENREC_URLS = [old_server.url, new_server.url, "http://127.0.0.1:9"]
    html = html_of(as_operator)

    assert html.count("Serve this version") == 2
    assert "GenRec is unreachable" in html
    as_operator.post(reverse(SERVE), {"version": new_server.url})
    advance()
    assert f"<strong>{new_server.url}</strong>" in html_of(as_operator)


def test_a_silent_launcher_is_said(as_operator: Client, launcher: Launcher) -> None:
    (launcher.control / "servers.json").unlink()

    assert "has not reported any server yet" in html_of(as_operator)
