"""The batch door: files in and out, and records that are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Title
from discovery.batch import Options, answer_record
from discovery.genrec_client import GenRecClient
from discovery.management.commands import discover
from tests.catalogue import WISH

pytestmark = pytest.mark.django_db(transaction=True)


def answers(directory: Path, text: str, *options: str, out: str = "out.jsonl") -> list[Any]:
    source, target = directory / "in.jsonl", directory / out
    source.write_text(text, encoding="utf-8")
    call_command("discover", "--in", str(source), "--out", str(target), "--no-llm", *options)
    written = target.read_text(encoding="utf-8")
    if out.endswith(".json"):
        return list(json.loads(written))
    return [json.loads(line) for line in written.splitlines()]


def test_answers_each_question_with_its_shape(titles: dict[str, Title], tmp_path: Path) -> None:
    history = [{"imdb": "tt0177789", "event": "seen"}, {"imdb": "tt9999999", "event": "liked"}]
    record = {"id": "q1", "text": WISH, "history": history, "note": "kept out"}
    (answer,) = answers(tmp_path, json.dumps(record), "--top", "4")

    assert answer["id"] == "q1"
    assert answer["query"]["runtime_max"] == 120
    assert len(answer["picks"]) == 4
    first = answer["picks"][0]
    assert first["imdb"].startswith("tt")
    assert first["scored_by"] == "retrieval"
    assert {"title", "year", "kind", "runtime_min", "tmdb", "movielens", "score"} <= set(first)
    assert "Galaxy Quest" not in [pick["title"] for pick in answer["picks"]]
    assert answer["left_out"]["seen"] == 1
    assert answer["timings_ms"]["retrieval"] > 0
    assert answer["warnings"] == ["no title has imdb id tt9999999"]


def test_reads_a_list_and_writes_one(titles: dict[str, Title], tmp_path: Path) -> None:
    records = [{"id": 1, "text": "a comedy"}, {"id": 2, "text": "a western"}]
    first, second = answers(tmp_path, json.dumps(records), out="out.json")

    assert len(first["picks"]) == 6
    assert second["picks"] == []
    assert second["notes"]


def test_a_bad_record_does_not_stop_the_others(titles: dict[str, Title], tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "text": ""}',
        "not json",
        '{"id": "b", "text": "x", "history": [{"imdb": "tt1", "event": "adored"}]}',
        "[1]",
        '{"id": "c", "text": "a comedy"}',
    ]
    bad, broken, history, listed, good = answers(tmp_path, "\n".join(lines))

    assert (bad["id"], "text" in bad["error"]) == ("a", True)
    assert (broken["id"], "line 2" in broken["error"]) == (None, True)
    assert "history.0.event" in history["error"]
    assert "error" in listed
    assert good["picks"]


def test_odd_records_are_answered_and_written(titles: dict[str, Title], tmp_path: Path) -> None:
    many = [{"imdb": f"tt{n:07d}", "event": "seen"} for n in range(1, 260)]
    records = [
        {"id": "twice", "text": "surprise me"},
        {"id": "twice", "text": "surprise me"},
        {"id": "separators", "text": "a comedy\u2028or\x85a western\x1c", "history": None},
        {"id": "long", "text": "a comedy " * 600},
        {"id": "seen much", "text": "a comedy", "history": many},
        {"id": "nothing", "text": None},
    ]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    half = r'{"id": "half a letter \ud800", "text": "\udfff"}'
    answered = answers(tmp_path, "\ufeff" + "\n".join([*lines, half]))

    once, again, separators, long, seen, nothing, broken = answered
    assert [pick["imdb"] for pick in once["picks"]] == [pick["imdb"] for pick in again["picks"]]
    assert separators["query"]["genres_any"] == ["Comedy", "Western"]
    assert long["picks"]
    assert long["warnings"] == ["only the first 2000 of 5400 characters were read"]
    assert len(seen["warnings"]) == len(many)
    assert "text" in nothing["error"]
    assert (broken["id"], "text" in broken["error"]) == ("half a letter \ud800", True)


def test_a_question_that_fails_does_not_lose_the_others(
    titles: dict[str, Title], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # PostgreSQL takes no such letter, and says so only when it is asked.
    history = [{"imdb": "tt\0", "event": "liked"}]
    records = [
        {"id": 1, "text": "a comedy", "history": history},
        {"id": 2, "text": "a comedy"},
    ]
    failed, good = answers(tmp_path, json.dumps(records), out="out.json")

    assert failed["id"] == 1
    assert failed["error"].startswith("This could not be answered: ")
    assert good["picks"]
    assert "question 1 was not answered" in caplog.text


def test_answers_are_there_as_they_come(
    titles: dict[str, Title], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer_one(record: Any, options: Options, genrec: GenRecClient) -> dict[str, Any]:
        if record["id"] == 2:
            raise KeyboardInterrupt
        return await answer_record(record, options, genrec)

    monkeypatch.setattr(discover, "answer_record", answer_one)
    lines = [json.dumps({"id": number, "text": "a comedy"}) for number in (1, 2)]
    with pytest.raises(KeyboardInterrupt):
        answers(tmp_path, "\n".join(lines))

    (kept,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(kept)["picks"]


def test_an_out_that_cannot_be_written_is_found_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(discover, "answer_record")
    with pytest.raises(CommandError, match="--out can't be written"):
        answers(tmp_path, '{"id": 1, "text": "a comedy"}', out="none/out.jsonl")


@pytest.mark.parametrize(
    ("options", "message"),
    [(("--top", "0"), "--top"), (("--in", "/nowhere/at/all"), "can't be read")],
)
def test_bad_options_say_what_to_do(
    titles: dict[str, Title], tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        answers(tmp_path, "{}", *options)


def test_a_list_that_is_cut_off_is_refused_whole(titles: dict[str, Title], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="JSON list"):
        answers(tmp_path, '[{"id": 1, "text": "a comedy"},')
