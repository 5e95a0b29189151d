"""A conversation of ten turns, in words that were written without a look at how they are read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.test_conversation import (
    FACTS,
    ask,
    chips_in,
    rows_are_there,  # noqa: F401 - a fixture
    titles_in,
    wait_until_idle,
)

pytestmark = [pytest.mark.e2e, pytest.mark.vllm, pytest.mark.timeout(900, func_only=True)]

WORDING = tomllib.loads(Path(__file__).with_name("ten_turns.toml").read_text(encoding="utf-8"))
CONVERSATIONS: list[dict[str, Any]] = WORDING["conversation"]
ASIDE = 4
"""The turn that asks about a title: it has no cards of its own, and the wish goes on."""


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda c: str(c["viewer"]))
def test_ten_turns_end_where_they_should(page: Page, conversation: dict[str, Any]) -> None:
    seen = ""
    for number, message in enumerate(conversation["said"]):
        turn = ask(page, message)
        wait_until_idle(page)
        cards = titles_in(turn)
        if number == ASIDE:
            assert cards == []
            assert "Harold Ramis" in turn.inner_text()
        elif cards and number < ASIDE:
            seen = cards[0]

    chips = set(chips_in(turn))
    assert {"no Horror", "1980\N{EN DASH}1989", "3 titles"} <= chips
    assert chips & {"Comedy", "funny"}
    assert chips & {"up to 119 min", "up to 120 min"}
    assert "like Ghostbusters (1984)" in chips
    assert any("exciting" in chip or "action" in chip for chip in chips)
    # No title is shown twice, and a few dozen films are soon all shown: then there may be none.
    assert len(cards) <= 3
    assert seen not in cards
    for film in (FACTS[name] for name in cards):
        assert "Comedy" in film.genres or "Comedy" not in chips
        assert "Horror" not in film.genres
        assert 1980 <= film.year <= 1989
        assert film.runtime_min is not None
        assert film.runtime_min <= 120
