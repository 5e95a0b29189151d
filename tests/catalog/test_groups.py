"""Who may do what: editors the catalogue, operators what turns left behind."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from catalog.models import Title
from discovery.unread import UnreadCluster

pytestmark = pytest.mark.django_db


def member(client: Client, group: str) -> Client:
    user = User.objects.create_user(group, password="correct horse battery", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return client


def permissions(group: str) -> set[str]:
    names = Group.objects.get(name=group).permissions.values_list(
        "content_type__app_label", "codename"
    )
    return {f"{app_label}.{codename}" for app_label, codename in names}


def test_editors_have_the_catalogue_and_what_nobody_could_read() -> None:
    granted = permissions("editors")

    assert {name for name in granted if not name.startswith("catalog.")} == {
        "discovery.view_unreadcluster",
        "discovery.change_unreadcluster",
        "discovery.view_unreadmessage",
        "discovery.delete_unreadmessage",
    }
    assert {"catalog.change_title", "catalog.delete_titletag", "catalog.view_importrun"} <= granted
    assert not {"catalog.delete_title", "catalog.change_importrun"} & granted


def test_operators_see_every_conversation_and_slate_but_change_none() -> None:
    granted = permissions("operators")
    watched = [
        model
        for label in ("discovery", "chat")
        for model in apps.get_app_config(label).get_models()
    ]

    assert {f"{m._meta.app_label}.view_{m._meta.model_name}" for m in watched} <= granted
    beyond = {name for name in granted if "catalog." not in name and ".view_" not in name}
    assert beyond == {
        "discovery.add_versionswitch",  # which GenRec serves
        "discovery.change_unreadcluster",  # what nobody could read
        "discovery.delete_unreadmessage",
    }
    assert "catalog.change_title" in granted


def test_an_editor_reads_no_conversation(client: Client) -> None:
    editor = member(client, "editors")

    assert editor.get(reverse("admin:catalog_title_changelist")).status_code == 200
    for model in [*apps.get_app_config("chat").get_models(),
                  *apps.get_app_config("discovery").get_models()]:  # fmt: skip
        if model is UnreadCluster:
            continue
        url = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert editor.get(url).status_code in {403, 404}


def test_an_editor_deletes_no_title(client: Client, catalogue: dict[str, Title]) -> None:
    editor = member(client, "editors")
    title = catalogue["Alien"]

    deleted = editor.post(reverse("admin:catalog_title_delete", args=[title.pk]), {"post": "yes"})

    assert deleted.status_code == 403
    assert Title.objects.filter(pk=title.pk).exists()


def test_import_runs_are_to_read(operator: User, client: Client) -> None:
    client.force_login(operator)

    assert client.get(reverse("admin:catalog_importrun_changelist")).status_code == 200
    assert client.get(reverse("admin:catalog_importrun_add")).status_code == 200
