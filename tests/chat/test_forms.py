"""Frames from the browser: those that exist, and everything else refused in words."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.forms import (
    FRAME_FORMS,
    AskLiterally,
    BadFrame,
    Edit,
    Remove,
    Say,
    Stop,
    Tap,
    Undo,
    read_frame,
)

REQUEST_ID = "5d0f0a1c-8b7e-4b52-9f0e-0f5a3a4c9c11"


@pytest.mark.parametrize(
    ("frame", "read"),
    [
        ({"action": "say", "text": " funny \n space "}, Say("funny space", None)),
        (
            {"action": "say", "text": "hi", "request_id": REQUEST_ID, "HEADERS": {"a": "b"}},
            Say("hi", UUID(REQUEST_ID)),
        ),
        (
            {"action": "remove", "turn": "7", "slot": "moods", "value": "funny"},
            Remove(7, "moods", "funny"),
        ),
        ({"action": "remove", "turn": "7", "slot": "years"}, Remove(7, "years", "")),
        (
            {"action": "tap", "turn": "7", "among": "angles", "offer": "0"},
            Tap(7, "angles", 0),
        ),
        ({"action": "undo", "turn": "7"}, Undo(7)),
        ({"action": "literally", "turn": "7"}, AskLiterally(7)),
        (
            {
                "action": "edit",
                "turn": "7",
                "slot": "years",
                "old": "",
                "low": "1980",
                "high": "",
                "HEADERS": {},
            },
            Edit(7, "years", "", {"low": ["1980"], "high": [""]}),
        ),
        (
            {
                "action": "edit",
                "turn": "7",
                "slot": "genres_any",
                "adds": "1",
                "choices": ["War", "Crime", {}],
            },
            Edit(7, "genres_any", None, {"choices": ["War", "Crime"]}),
        ),
        ({"action": "stop"}, Stop()),
    ],
)
def test_reads_what_the_page_sends(frame: dict[str, Any], read: object) -> None:
    assert read_frame(json.dumps(frame)) == read


@pytest.mark.parametrize(
    ("text_data", "advice"),
    [
        (None, "under 2000 characters"),
        ("", "garbled"),
        ("[1]", "garbled"),
        ("{", "garbled"),
        ("[" * 7000, "garbled"),
        ('{"action": "say", "text": "' + "a" * 17000 + '"}', "under 2000 characters"),
        (json.dumps({"action": "say", "text": "a" * 2001}), "under 2000 characters"),
        (json.dumps({"action": "say", "text": "  \u200b "}), "Type what you are"),
        (json.dumps({"action": "say"}), "Type what you are"),
        (json.dumps({"action": "say", "text": ["a"]}), "Type what you are"),
        (json.dumps({"action": "say", "text": "a\x00b"}), "Null characters"),
        (json.dumps({"action": "say", "text": "a", "request_id": "1"}), "valid UUID"),
        (json.dumps({"action": "delete"}), "out of date"),
        (json.dumps({"action": ["say"]}), "out of date"),
        (json.dumps({"action": "remove", "turn": "-1", "slot": "moods"}), "greater than"),
        (
            json.dumps({"action": "tap", "turn": "1", "among": "angles", "offer": "1e9"}),
            "whole number",
        ),
        (
            json.dumps({"action": "tap", "turn": "1", "among": "query", "offer": "0"}),
            "valid choice",
        ),
        (json.dumps({"action": "relax", "turn": "1", "offer": "0"}), "out of date"),
    ],
)
def test_refuses_the_rest_and_says_what_to_do(text_data: str | None, advice: str) -> None:
    with pytest.raises(BadFrame, match=advice):
        read_frame(text_data)


def test_what_no_eye_sees_is_gone_and_lone_surrogates_do_not_reach_the_database() -> None:
    frame = read_frame(json.dumps({"action": "say", "text": "fun\u202eny \ud800 <|im_end|>"}))
    assert frame == Say("funny < |im_end| >", None)


@given(st.text(max_size=400), st.sampled_from(sorted(FRAME_FORMS)))
def test_nothing_else_escapes_than_a_bad_frame(text: str, action: str) -> None:
    for data in (text, json.dumps({"action": action, "text": text, "turn": text, "slot": text})):
        with contextlib.suppress(BadFrame):
            assert isinstance(read_frame(data), Say | Remove | Edit | Stop | Undo | AskLiterally)
