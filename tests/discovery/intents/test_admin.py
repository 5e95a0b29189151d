"""Clusters in the admin, and slates counted by intent."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from discovery.models import Slate, UnreadCluster, UnreadMessage

pytestmark = pytest.mark.django_db


def slate(text: str, **query: str) -> Slate:
    return Slate.objects.create(
        request_id=uuid4(), text=text, query=query, scored_by="retrieval", policy_version="p"
    )


@pytest.mark.parametrize("group", ["editors", "operators"])
def test_staff_name_a_cluster_and_take_out_what_is_foreign(client: Client, group: str) -> None:
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    cluster = UnreadCluster.objects.create()
    message = UnreadMessage.objects.create(
        text="two tickets please", embedding=b"", embedding_version="v", cluster=cluster
    )
    listed = client.get(reverse("admin:discovery_unreadcluster_changelist"))
    assert b"two tickets please" in listed.content
    page = reverse("admin:discovery_unreadcluster_change", args=[cluster.pk])
    form = {
        "name": "tickets",
        "intent": "out_of_scope",
        "note": "",
        "messages-TOTAL_FORMS": "1",
        "messages-INITIAL_FORMS": "1",
        "messages-0-id": str(message.pk),
        "messages-0-cluster": str(cluster.pk),
    }
    # One long word does not widen the page.
    assert b"discovery/trace.css" in client.get(page).content
    assert client.post(page, form).status_code == 302
    cluster.refresh_from_db()
    assert (cluster.name, cluster.intent) == ("tickets", "out_of_scope")
    assert client.post(page, form | {"messages-0-DELETE": "on"}).status_code == 302
    assert not UnreadMessage.objects.exists()


def test_refusals_can_be_counted(admin_client: Client) -> None:
    slate("refused words", intent="malicious")
    slate("a wish of words")
    address = reverse("admin:discovery_slate_changelist")
    attacks = admin_client.get(address, {"intent": "malicious"}).content
    assert b"refused words" in attacks
    assert b"a wish of words" not in attacks
    wishes = admin_client.get(address, {"intent": "discover"}).content
    assert b"a wish of words" in wishes
    assert b"refused words" not in wishes
