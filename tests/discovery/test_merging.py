"""GenRec's parse: what the viewer's words support is taken, the rest is listed as rejected."""

from __future__ import annotations

import pytest

from discovery.understanding.lexical import parse
from discovery.understanding.merging import Merged, merge_model_parse
from discovery.understanding.model_parse import WrittenQuery, parse_with_genrec
from genrec.contract import HARD_FIELDS
from tests.discovery.genrec_http import ScriptedGenRec
from tests.discovery.names import FewNames

NAMES = FewNames()


def merge(message: str, **written: list[str]) -> Merged:
    lexical = parse(message, NAMES).query
    return merge_model_parse(lexical, WrittenQuery(**written), message, NAMES)


def test_takes_words_that_no_rule_has_read() -> None:
    merged = merge("something brooding like Alien", moods=["brooding"])

    assert merged.query.moods == ("brooding",)
    assert merged.query.evidence["moods"] == "brooding"
    assert merged.accepted == {"moods": ["brooding"]}


def test_takes_a_title_named_without_a_trigger() -> None:
    merged = merge("give me blade runner vibes", like=["blade runner"])

    assert [ref.label for ref in merged.query.like] == ["Blade Runner (1982)"]


def test_takes_a_genre_word_only_as_a_mood() -> None:
    merged = merge("her family saga about war", genres=["war"])

    assert merged.query.genres_any == ()
    assert merged.query.moods == ("more war",)


@pytest.mark.parametrize(
    "written",
    [
        {"moods": ["gloomy"]},
        {"themes": ["pirates"]},
        {"like": ["Titanic"]},
        {"like": ["Nonexistent Film"]},
        {"people": ["Tom Hanks"]},
        {"genres": ["western"]},
        {"no": ["comedy"]},
        {"moods": ["a film"]},
    ],
)
def test_rejects_what_the_viewer_did_not_say(written: dict[str, list[str]]) -> None:
    merged = merge("a tense film like Alien", **written)

    assert merged.accepted == {}
    assert merged.rejected
    assert merged.query == parse("a tense film like Alien", NAMES).query


def test_never_overrides_what_the_rules_read() -> None:
    message = "something like Alien but not Aliens, no horror"
    merged = merge(message, like=["Aliens"], genres=["horror"], moods=["horror"])

    assert merged.query == parse(message, NAMES).query


def test_sets_no_hard_field_ever() -> None:
    message = "western or war or comedy with Tom Hanks, Alien, French, under two hours"
    merged = merge(
        message, genres=["western", "war"], no=["comedy"], people=["Tom Hanks"], like=["Alien"]
    )
    lexical = parse(message, NAMES).query

    for name in HARD_FIELDS:
        assert getattr(merged.query, name) == getattr(lexical, name)


async def test_the_message_goes_out_under_a_schema() -> None:
    server = ScriptedGenRec(text='{"moods": ["tense"], "like": []}')
    written = await parse_with_genrec(server.client(), "tense {not a template}")

    assert written == WrittenQuery(moods=["tense"])
    (body,) = server.bodies("POST /v1/chat/completions")
    assert body["messages"][-1]["content"] == "tense {not a template}"
    assert body["max_tokens"] <= 60
    assert body["response_format"]["type"] == "json_schema"
