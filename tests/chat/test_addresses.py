"""From where somebody asks: the peer, or what our own proxies say of it, and no one else."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.conf import LazySettings
from django.test import Client, RequestFactory

from chat import histories, rows, wish_views
from chat.addresses import address_of_request, address_of_socket
from chat.models import Conversation
from tests.chat.conversations import Tab

PROXY = "10.0.0.9"


def seen(peer: str | None, *forwarded: str) -> set[str | None]:
    """Return what a page and a socket take this for: the same, if all is well."""
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"headers": headers, "client": (peer, 443) if peer else None}
    request = RequestFactory().get("/", REMOTE_ADDR=peer or "")
    if forwarded:
        request.META["HTTP_X_FORWARDED_FOR"] = ",".join(forwarded)
    return {address_of_request(request), address_of_socket(scope)}


def test_nobody_is_believed_unless_proxies_are_set() -> None:
    assert seen(PROXY, "192.0.2.1") == {PROXY}
    assert seen(None) == {None}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, ["192.0.2.1"], "192.0.2.1"),
        # What a client claims stands before what the proxy adds.
        (1, ["198.51.100.1, 192.0.2.1"], "192.0.2.1"),
        (1, ["198.51.100.1", "192.0.2.1"], "192.0.2.1"),
        (2, ["198.51.100.1, 192.0.2.1, 10.0.0.8"], "192.0.2.1"),
        # Past one of the proxies, or something that no proxy of ours writes.
        (2, ["192.0.2.1"], PROXY),
        (1, [], PROXY),
        (1, ["unknown"], PROXY),
        (1, [""], PROXY),
        # Spelt in several ways, and still one.
        (1, ["192.0.2.1:4711"], "192.0.2.1"),
        (1, ["::ffff:192.0.2.1"], "192.0.2.1"),
        (1, ["[2001:db8::1]:4711"], "2001:db8::/64"),
        (1, ["2001:db8:0:0:ffff::2"], "2001:db8::/64"),
    ],
)
def test_as_many_proxies_are_believed_as_are_set(
    settings: LazySettings, proxies: int, forwarded: list[str], address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert seen(PROXY, *forwarded) == {address}


@pytest.fixture
def behind_a_proxy(
    one_minute: None, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One use for each address, so that whoever comes second is seen to be the first."""
    settings.TRUSTED_PROXIES = 1
    monkeypatch.setattr("chat.limits.ACCOUNTS_PER_ADDRESS", 1)
    monkeypatch.setattr(rows, "ROWS_PER_MINUTE", 1)
    monkeypatch.setattr(wish_views, "NAMES_PER_MINUTE", 1)
    monkeypatch.setattr(histories, "UPLOADS_PER_MINUTE", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("empty_cache", "genrec_away", "embedded_catalogue", "behind_a_proxy")
@pytest.mark.parametrize("what", ["/home-row/", "/wishes/names/titles/?words=alien", "upload"])
def test_pages_tell_visitors_behind_a_proxy_apart(what: str) -> None:
    def status(forwarded: str) -> int:
        client = Client(headers={"X-Forwarded-For": forwarded})
        client.get("/")
        answer = client.post("/history/") if what == "upload" else client.get(what)
        return answer.status_code

    taken = 400 if what == "upload" else 200
    assert status("192.0.2.1") == taken
    assert status("192.0.2.2") == taken
    # Whatever they claim, and however new their session is.
    assert status("198.51.100.7, 192.0.2.1") == 429


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures(
    "empty_cache", "genrec_away", "catalogue", "behind_a_proxy", "no_turn_outlives_its_test"
)
async def test_sockets_tell_visitors_behind_a_proxy_apart(settings: LazySettings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 1

    def visit() -> tuple[Client, Conversation]:
        client = Client()
        client.get("/")
        return client, Conversation.objects.latest("created_at")

    async def answer(forwarded: str) -> str:
        client, conversation = await sync_to_async(visit)()
        tab = Tab(client, conversation.pk, forwarded=forwarded)
        assert await tab.open()
        await tab.send(action="say", text="a comedy")
        said = await tab.until("notice")
        await tab.close()
        return said

    assert "a comedy" in await answer("192.0.2.1")
    assert "a comedy" in await answer("192.0.2.2")
    assert "That was a lot at once" in await answer("198.51.100.7, 192.0.2.1")
