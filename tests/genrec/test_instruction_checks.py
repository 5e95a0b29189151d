"""The instruction set, and each kind of check."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from genrec.base_texts import training_prompts
from genrec.errors import GenRecError
from genrec.instruction_checks import CHECKS, is_valid_json, passes, read_instructions

INSTRUCTIONS = read_instructions()


def test_the_instruction_set_is_large_and_without_repeats() -> None:
    assert len(INSTRUCTIONS) >= 300
    assert len({item.instruction for item in INSTRUCTIONS}) == len(INSTRUCTIONS)
    assert len({item.id for item in INSTRUCTIONS}) == len(INSTRUCTIONS)
    assert len(Counter(item.group for item in INSTRUCTIONS)) >= 20
    assert set(kinds_of(INSTRUCTIONS)) == set(CHECKS)


def kinds_of(instructions: list[Any]) -> list[str]:
    checks = [item.check for item in instructions]
    for check in checks:
        checks.extend(check.get("checks", ()))
    return [check["kind"] for check in checks]


def test_no_instruction_is_a_prompt_that_training_texts_answer() -> None:
    trained = {prompt[-1]["content"] for prompt in training_prompts(600, 1)}
    shared = {item.instruction for item in INSTRUCTIONS} & trained
    assert not shared


@pytest.mark.parametrize("item", INSTRUCTIONS, ids=lambda item: item.id)
def test_every_check_fails_for_nonsense(item: Any) -> None:
    nonsense = "Qwx (Zzyx\nVrt vRT qqq; qqq; qqq. Brr? Brr. Brr. Brr. Brr. Brr, brr, brr brr brr"
    assert not passes(nonsense, item.check)
    if item.check["kind"] != "lacks":
        assert not passes("", item.check)


@pytest.mark.parametrize(
    ("kind", "parameters", "good", "bad"),
    [
        ("contains", {"values": ["Rome"]}, "It is Rome.", "It is romeo."),
        ("lacks", {"values": ["negative"]}, "Positive.", "Negative, positive."),
        ("equals", {"values": ["tea"]}, '"Tea."', "Tea time"),
        ("equals", {"values": ["Stop here."], "exact": True}, '"Stop here."', "stop here."),
        ("starts", {"values": ["yes"]}, "Yes, it is.", "Yesterday"),
        ("starts", {"values": ["elephant"]}, "An elephant is.", "A mouse, not an elephant"),
        ("ends", {"values": ["?"]}, 'Who is it? "', "Who? Me."),
        ("words", {"least": 1, "most": 1}, "Paris.", "It's Paris"),
        ("sentences", {"least": 1, "most": 1}, "It rains a lot.", "It rains. It pours."),
        ("count", {"value": "yes", "least": 3, "most": 3}, "Yes, yes, yes", "yes yes"),
        ("list", {"n": 3, "separator": ","}, "a, b, c", "a, b"),
        ("list", {"n": 2, "separator": ","}, "red, dark blue.", "red,\nblue"),
        ("number", {"value": 4}, "2 + 2 = 4", "4 is not 5"),
        ("number", {"value": 4}, "The answer is four.", "The answer is 14."),
        ("upper", {}, "PARIS.", "Paris"),
        ("lower", {}, "rain falls.", "Rain falls."),
        ("substring", {"values": ["def add"]}, "def add(a):", "def Add(a):"),
        ("json", {"schema": {"const": [1, 2]}}, "```json\n[1, 2]\n```", "Here: [1, 2]"),
        (
            "lines",
            {"pattern": r"^\s*\d+[.)] \S", "least": 2, "most": 2},
            "Sure:\n1. Tea\n2) Milk",
            "1. Tea",
        ),
    ],
)
def test_checks(kind: str, parameters: dict[str, Any], good: str, bad: str) -> None:
    check = {"kind": kind, **parameters}
    assert passes(good, check)
    assert not passes(bad, check)


def test_all_asks_for_every_part() -> None:
    check = {
        "kind": "all",
        "checks": [
            {"kind": "contains", "values": ["Paris"]},
            {"kind": "words", "least": 1, "most": 1},
        ],
    }
    assert passes("Paris", check)
    assert not passes("It is Paris", check)
    assert not passes("Rome", check)


def test_an_unknown_check_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "instructions.jsonl"
    line = {"id": "a-1", "instruction": "Hi", "max_new_tokens": 4, "check": {"kind": "nothing"}}
    path.write_text(json.dumps(line) + "\n")
    with pytest.raises(GenRecError, match="line 1"):
        read_instructions(path)


def test_json_is_validated_under_its_schema() -> None:
    schema = {
        "type": "object",
        "properties": {"dark": {"enum": ["mood", "other"]}},
        "required": ["dark"],
        "additionalProperties": False,
    }
    assert is_valid_json('{"dark": "mood"}', schema)
    assert not is_valid_json('{"dark": "theme"}', schema)
    assert not is_valid_json('{"dark": "mood", "x": 1}', schema)
    assert not is_valid_json('{"dark": "mood"', schema)
