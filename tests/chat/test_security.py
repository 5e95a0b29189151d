"""What every answer of the site carries, and which sites may open its socket."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client

from tests.chat.conversations import Tab, in_thread, open_conversation

PAGES = {
    "chat": "/",
    "login": "/admin/login/",
    "404": "/nothing-here/",
    "admin": "/admin/",
}


def policy(header: str) -> dict[str, set[str]]:
    directives = (part.split() for part in header.split(";") if part.strip())
    return {name: set(sources) for name, *sources in directives}


def check_headers(headers: object) -> None:
    found = policy(headers["Content-Security-Policy"])  # type: ignore[index]
    assert found["default-src"] == {"'none'"}
    for nothing in ("object-src", "base-uri", "frame-ancestors"):
        assert found[nothing] == {"'none'"}
    assert found["script-src"] == found["style-src"] == {"'self'"}
    assert headers["X-Content-Type-Options"] == "nosniff"  # type: ignore[index]
    assert headers["X-Frame-Options"] == "DENY"  # type: ignore[index]
    assert headers["Referrer-Policy"] == "same-origin"  # type: ignore[index]


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_every_kind_of_page_carries_the_policy(page: str, operator: User) -> None:
    client = Client()
    if page == "admin":
        client.force_login(operator)
    check_headers(client.get(PAGES[page]).headers)


@pytest.mark.parametrize("file", ["chat.js", "favicon.svg"])
def test_so_does_a_static_file_which_may_be_a_document(file: str, settings: LazySettings) -> None:
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    answer = Client().get(f"/static/{file}")
    assert answer.status_code == 200
    check_headers(answer.headers)
    answer.close()


@pytest.mark.django_db
def test_so_does_an_error_of_ours_and_it_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> object:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("chat.views.opening.current_conversation", broken)
    answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.content.decode()
    assert "Something broke on our side" in answer.content.decode()
    check_headers(answer.headers)


@pytest.mark.django_db
def test_personal_pages_are_not_kept_by_anybody(visitor: Client) -> None:
    assert "no-store" in visitor.get("/")["Cache-Control"]


@pytest.mark.django_db
def test_cookies_are_out_of_reach_of_scripts(visitor: Client) -> None:
    visitor.get("/")
    for name in ("session", "csrf"):
        assert visitor.cookies[name]["httponly"]
        assert visitor.cookies[name]["samesite"] == "Lax"


@pytest.mark.django_db
def test_a_wrong_host_is_refused() -> None:
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.django_db
def test_no_page_has_inline_script_or_style(visitor: Client) -> None:
    page = visitor.get("/").content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "javascript:" not in page
    assert page.count("<script") == page.count('<script src="')


# --- which sites may open the socket ---

OURS = django_settings.ORIGINS[0]
HOST = OURS.split("://")[1]
ORIGINS = {
    "ours": (OURS.encode(), True),
    "another scheme": (f"https://{HOST}".encode(), False),
    "another port": (f"{OURS.rsplit(':', 1)[0]}:8443".encode(), False),
    "another site": (b"https://evil.example", False),
    "a site whose name begins like ours": (f"{OURS}.evil.example".encode(), False),
    "what is no address": (b"http://[", False),
    "ours with a path": (f"{OURS}/".encode(), False),
    "not even text": (b"\xff\xfe", False),
    "none": (None, False),
    "null": (b"null", False),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("site", ORIGINS)
async def test_only_our_own_origin_opens_the_socket(visitor: Client, site: str) -> None:
    conversation = await in_thread(open_conversation)(visitor)
    origin, accepted = ORIGINS[site]
    tab = Tab(visitor, conversation.pk, origin=origin)

    assert await tab.open() is accepted

    if accepted:
        await tab.close()


@pytest.mark.django_db(transaction=True)
async def test_another_viewers_conversation_does_not_open(
    visitor: Client, other_visitor: Client
) -> None:
    conversation = await in_thread(open_conversation)(visitor)
    await in_thread(open_conversation)(other_visitor)
    assert not await Tab(other_visitor, conversation.pk).open()
    assert not await Tab(Client(), conversation.pk).open()


@pytest.mark.django_db(transaction=True)
async def test_a_socket_of_nothing_is_closed(visitor: Client) -> None:
    await in_thread(open_conversation)(visitor)
    unknown = "00000000-0000-4000-8000-000000000000"
    assert not await Tab(visitor, unknown).open()
