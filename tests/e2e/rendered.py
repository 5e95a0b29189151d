"""Pages as the templates render them, in a real browser and before no server: what a script or a
stylesheet does needs none, and what goes wrong can be chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from csp.utils import build_policy
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.template.loader import render_to_string
from playwright.sync_api import BrowserContext, Page, Route

from chat.answers import Answer
from chat.genrec_status import READY

ADDRESS = "http://moodreel.test"
Handler = Callable[[Route], None]
OpenRendered = Callable[..., Page]


def show(
    visitor: BrowserContext, path: str, html: str, on: Mapping[str, Handler] | None = None
) -> Page:
    """Open a page with the product's policy and static files; `on` answers other paths."""

    def answer(route: Route) -> None:
        asked = route.request.url.removeprefix(ADDRESS)
        if asked == path:
            policy = {"Content-Security-Policy": str(build_policy())}
            route.fulfill(body=html, content_type="text/html", headers=policy)
        elif asked.startswith("/static/"):
            route.fulfill(path=Path(str(finders.find(asked.removeprefix("/static/")))))
        elif on and asked in on:
            on[asked](route)
        else:
            route.fulfill(body="", content_type="text/plain")

    visitor.set_default_timeout(60_000)
    visitor.route_web_socket("**", lambda socket: None)
    visitor.route("**", answer)
    page = visitor.new_page()
    page.goto(ADDRESS + path)
    return page


def chat_page(*answers: Answer, **context: Any) -> str:
    """Return the conversation's page, with what was answered."""
    state = {"socket_path": "/ws/", "composer_state": "idle", "genrec": READY}
    return render_to_string("chat/page.html", {**state, "turns": answers, **context})


def answer_of(turn_id: int = 1, **fields: Any) -> Answer:
    """Return an answer that stands."""
    return Answer(turn_id, UUID(int=turn_id), "something funny", "settled", **fields)


def as_sent(response: HttpResponse) -> Handler:
    """Return what answers as a view of ours did."""

    def answer(route: Route) -> None:
        headers = dict(response.headers)
        route.fulfill(status=response.status_code, headers=headers, body=response.content)

    return answer


def html(text: str) -> Handler:
    return lambda route: route.fulfill(body=text, content_type="text/html")


def broken(route: Route) -> None:
    route.fulfill(status=500, body="Server error")


def offline(route: Route) -> None:
    route.abort("internetdisconnected")
