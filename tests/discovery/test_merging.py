"""GenRec's parse: what the viewer's words support is taken, the rest is listed as rejected."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from tokenizers import Tokenizer

from discovery.genrec_client import GenRecUnavailable
from discovery.understanding.lexical import parse
from discovery.understanding.merging import Merged, merge_labels, titles_among
from discovery.understanding.model_parse import Label, label_words, tokens_for, unread_words
from genrec.contract import HARD_FIELDS, Query
from tests.discovery.genrec_http import ScriptedGenRec
from tests.discovery.names import FewNames

NAMES = FewNames()
MESSAGE = "something melodic like Alien in Lisbon with jaws, no horror"


def lexical(message: str = MESSAGE) -> Query:
    return parse(message, NAMES).query


def merge(labels: dict[str, Label], message: str = MESSAGE) -> Merged:
    query = lexical(message)
    titles = titles_among(unread_words(query), NAMES)
    return merge_labels(query, labels, message, titles)


def test_only_words_that_no_rule_has_read_are_asked_about() -> None:
    assert unread_words(lexical()) == ["melodic", "Lisbon", "jaws"]
    assert unread_words(lexical("a comedy like Alien from the 90s, under two hours")) == []


def test_takes_moods_themes_places_and_titles() -> None:
    merged = merge({"melodic": "mood", "Lisbon": "place", "jaws": "title"})

    assert merged.query.moods == ("melodic",)
    assert merged.query.themes == ("Lisbon",)
    assert [ref.label for ref in merged.query.like] == ["Alien (1979)", "Jaws (1975)"]
    assert merged.query.evidence["moods"] == "melodic"
    assert merged.query.text == ""
    assert merged.accepted == {"mood": ["melodic"], "place": ["Lisbon"], "title": ["jaws"]}


def test_a_name_is_no_mood() -> None:
    assert merge({"Lisbon": "mood"}).query.themes == ("Lisbon",)


def test_other_words_stay_to_be_searched() -> None:
    merged = merge({"melodic": "other"})

    assert merged.query == lexical()
    assert merged.rejected == {}


@pytest.mark.parametrize(
    "labels",
    [{"gloomy": "mood"}, {"pirates": "theme"}, {"horror": "theme"}, {"Alien": "theme"},
     {"melodic": "title"}],
)  # fmt: skip
def test_rejects_what_was_not_said_or_already_read(labels: dict[str, Label]) -> None:
    merged = merge(labels)

    assert merged.accepted == {}
    assert merged.rejected
    assert merged.query == lexical()


def test_sets_no_hard_field_ever() -> None:
    message = "western noir with Tom Hanks, jaws, Lisbon, under two hours"
    labels: dict[str, Label] = dict.fromkeys(message.replace(",", "").split(), "theme")
    merged = merge(labels, message)

    for name in HARD_FIELDS:
        assert getattr(merged.query, name) == getattr(lexical(message), name)


async def test_the_schema_has_the_words_as_keys_and_labels_as_values() -> None:
    server = ScriptedGenRec(text='{"melodic": "mood", "jaws": "title", "invented": "mood"}')
    words = ["melodic", "jaws"]
    labels = await label_words(server.client(), "melodic {not a template} jaws", words, {"jaws"})

    assert labels == {"melodic": "mood", "jaws": "title"}
    (body,) = server.bodies("POST /v1/chat/completions")
    assert body["messages"][-1]["content"].startswith("melodic {not a template} jaws")
    schema = body["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == words
    assert "title" not in schema["properties"]["melodic"]["enum"]
    assert "title" in schema["properties"]["jaws"]["enum"]
    assert body["max_tokens"] == tokens_for(words)


@pytest.mark.parametrize("text", ['{"melodic": "drop table"}', "{}", '{"melodic": "mo'])
async def test_an_answer_outside_the_schema_is_none(text: str) -> None:
    with pytest.raises(GenRecUnavailable):
        await label_words(ScriptedGenRec(text=text).client(), "melodic", ["melodic"])


def written_tokens(words: list[str]) -> int:
    """Return how many tokens the text head's answer for the words takes, its end mark included."""
    tokenizer = Tokenizer.from_file(str(settings.MODELS_DIR / "base" / "tokenizer.json"))
    answer = json.dumps(dict.fromkeys(words, "theme"), ensure_ascii=False)
    return len(tokenizer.encode(answer, add_special_tokens=False).ids) + 1


@pytest.mark.shipped
@pytest.mark.parametrize(
    "words",
    [
        ["melodic"],
        ["melodic", "Lisbon", "accordion", "trawlers"],
        ["lighthouse", "keepers", "accordion", "harbour"],
    ],
)
def test_the_answer_to_a_typical_turn_takes_forty_tokens_at_most(words: list[str]) -> None:
    assert written_tokens(words) <= min(40, tokens_for(words))


@pytest.mark.shipped
@pytest.mark.parametrize(
    "words",
    [
        ["LAGOONS", "HARPOONS"],
        ["gloooomy", "xkcdqwv"],
        ["Łódź", "żółć", "déjà-vu"],
        ["мрачный", "怖い"],
        ["Ⴀ", "🎬🍿"],
    ],
)
def test_no_answer_is_longer_than_what_may_be_written(words: list[str]) -> None:
    assert written_tokens(words) <= tokens_for(words)
