"""The file of all language tasks: what it holds, and what keeps the held-out part unseen."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from discovery.language import export
from discovery.language.export import (
    FILE_NAME,
    TASKS,
    LeakError,
    check_examples,
    count_examples,
    summary,
    write_examples,
)
from discovery.language.record import LanguageExample, is_held_out


def example(name: str, task: str = "parse", *, held_out: bool = False, text: str = "") -> Any:
    return {
        "id": name,
        "task": task,
        "messages": [{"role": "user", "content": text or name}],
        "answer": "yes",
        "held_out": held_out,
    }


def a_few() -> list[LanguageExample]:
    sides = ((False, "train"), (True, "exam"))
    return [
        example(f"{task}-{side}", task, held_out=held_out)
        for task in TASKS
        for held_out, side in sides
    ]


def test_examples_that_keep_apart_pass() -> None:
    check_examples(a_few())


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        (example("twin", held_out=True, text="parse-train"), "twin is held out"),
        (example("Twin", held_out=True, text="  PARSE-train "), "Twin is held out"),
        (example("taste-train"), "there twice"),
    ],
)
def test_leaks_are_found(extra: LanguageExample, why: str) -> None:
    with pytest.raises(LeakError, match=why):
        check_examples([*a_few(), extra])


def test_a_task_without_an_exam_is_refused() -> None:
    with pytest.raises(LeakError, match="reason has no examples that are held out"):
        check_examples([one for one in a_few() if one["id"] != "reason-exam"])


def test_about_a_seventh_of_the_seeds_is_held_out() -> None:
    held_out = sum(is_held_out(f"seed-{n}") for n in range(4000))
    assert 0.13 < held_out / 4000 < 0.17


def test_the_command_writes_every_task_without_a_database(tmp_path: Path) -> None:
    said = StringIO()
    call_command("export_language_tasks", out=tmp_path, stdout=said)

    lines = (tmp_path / FILE_NAME).read_text("utf-8").splitlines()
    written: list[LanguageExample] = [json.loads(line) for line in lines]
    check_examples(written)
    assert summary(written) in said.getvalue()
    counts = count_examples(written)
    for task in TASKS:
        assert counts[task, False] >= 700
        assert counts[task, True] >= 100
    for one in written:
        assert [m["role"] for m in one["messages"]][-1] == "user"
        assert one["answer"] == one["answer"].strip() != ""


def test_the_command_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leak(*, seed: int) -> list[LanguageExample]:
        raise LeakError("reason-1 is held out")

    monkeypatch.setattr("discovery.management.commands.export_language_tasks.all_examples", leak)
    with pytest.raises(CommandError, match="reason-1"):
        call_command("export_language_tasks", out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_written_is_the_same_every_time(tmp_path: Path) -> None:
    paths = [write_examples(a_few(), tmp_path / name) for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].name == export.FILE_NAME
