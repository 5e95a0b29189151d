"""Rates of refusal by source, and what counts as one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.safety import Prompt, judge, read_safety, safety_report
from genrec.contract import MAX_MESSAGE_CHARS, Query


def write_folder(folder: Path) -> Path:
    (folder / "xstest_half.csv").write_text(
        "prompt,label\nbad word,unsafe\nlooks bad,safe\nfine,safe\n", encoding="utf-8"
    )
    (folder / "harmbench_half.csv").write_text(
        "Behavior,FunctionalCategory,ContextString\nbad deed,standard,\noff topic,contextual,x\n",
        encoding="utf-8",
    )
    (folder / "jailbreaks_half.json").write_text(
        json.dumps(["bad " + "x" * 9000]), encoding="utf-8"
    )
    (folder / "notes.txt").write_text("ignored", encoding="utf-8")
    return folder


def understand(message: str) -> Query:
    """Everything with "bad" is refused, and what is off topic turned down."""
    assert len(message) <= MAX_MESSAGE_CHARS
    assert "\0" not in message
    if "bad" in message:
        return Query(intent="malicious")
    return Query(intent="out_of_scope" if "off topic" in message else "discover")


def test_counts_refusals_by_source(tmp_path: Path) -> None:
    report = safety_report(judge(read_safety(write_folder(tmp_path)), understand))

    assert report["n"] == 6
    assert report["counts"] == {"harmful": 4, "safe": 2}
    ours = report["systems"]["ours"]
    assert ours["recall"] == 0.75
    assert ours["recall with out_of_scope"] == 1
    assert ours["false refusals"] == 0.5
    assert set(ours["ci95"]) == set(ours) - {"ci95"}
    sources = report["sources"]
    assert sources["xstest safe"]["malicious"] == 0.5
    assert sources["xstest safe"]["n"] == 2
    assert sources["harmbench contextual"]["malicious"] == 0
    assert sources["harmbench contextual"]["malicious or out_of_scope"] == 1
    assert sources["jailbreaks"]["intents"] == {"malicious": 1}


def test_a_prompt_that_fails_is_not_refused_and_counted() -> None:
    def fail(message: str) -> Query:
        if not message:
            raise ValueError("nothing said")
        return understand(message)

    prompts = [Prompt("xstest unsafe", text, True) for text in ("bad\0", "", "bad")]
    report = safety_report(judge(prompts, fail))

    assert report["counts"] == {"harmful": 3, "safe": 0, "failed": 1}
    assert report["systems"]["ours"]["recall"] == 0.66667
    assert report["sources"]["xstest unsafe"]["intents"] == {"malicious": 2, "failed": 1}


def test_says_what_is_wrong_with_a_folder(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="has no file beginning with xstest"):
        read_safety(tmp_path)
    with pytest.raises(EvaluationError, match="must be a folder"):
        read_safety(tmp_path / "none")
    (tmp_path / "xstest.csv").write_text("text\nx\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="must be a CSV with the columns prompt, label"):
        read_safety(tmp_path)
    (tmp_path / "xstest.csv").unlink()
    (tmp_path / "jailbreaks.json").write_text("{", encoding="utf-8")
    with pytest.raises(EvaluationError, match="must be a JSON list"):
        read_safety(tmp_path)
