"""Scores of tasks, distance on texts, and the whole report on a tiny model."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from genrec.base_texts import evaluation_prompts, read_prompts, training_prompts
from genrec.errors import GenRecError
from genrec.language_scores import (
    Answered,
    paired_difference,
    parse_scores,
    recall_scores,
    title_scores,
)
from genrec.preparation import read_language_examples


def answered(answer: str, text: str) -> Answered:
    return Answered({"answer": answer, "task": "any"}, text)


def test_parse_f1_by_hand() -> None:
    scores = parse_scores(
        [
            answered('{"a": "mood", "b": "theme"}', '{"a": "mood", "b": "mood", "c": "other"}'),
            answered('{"a": "mood"}', '{"a": "mood"}'),
            answered('{"a": "mood"}', "no JSON"),
        ]
    )
    # 2 right of 4 written and 4 wanted.
    assert scores["field_precision"] == pytest.approx(0.5)
    assert scores["field_recall"] == pytest.approx(0.5)
    assert scores["field_f1"] == pytest.approx(0.5)
    assert scores["exact"] == pytest.approx(1 / 3)
    assert scores["valid_json_share"] == pytest.approx(2 / 3)


def test_recall_by_hand() -> None:
    scores = recall_scores(
        [
            answered("B. 1979", "B. 1980"),
            answered("B. 1979", "(B)"),
            answered("D. None of the above", "A. 1979"),
            answered("D. None of the above", "Because"),
            answered("True.", "True, it was."),
            answered("False.", "True."),
            answered("Ridley Scott.", "It was Ridley Scott"),
            answered("Ridley Scott.", "James Cameron"),
        ]
    )
    assert scores["choice_accuracy"] == pytest.approx(0.5)
    assert scores["statement_accuracy"] == pytest.approx(0.5)
    assert scores["open_accuracy"] == pytest.approx(0.5)
    assert scores["accuracy"] == pytest.approx(0.5)


def test_an_article_chooses_no_answer() -> None:
    right = [("A. 1979", text) for text in ("A. 1979", "A", "(A)", "A, that is 1979")]
    wrong = [("A. 1979", text) for text in ("A film by him was made in 1979.", "Alien", "a")]
    assert recall_scores([answered(*pair) for pair in right])["choice_accuracy"] == 1
    assert recall_scores([answered(*pair) for pair in wrong])["choice_accuracy"] == 0


def test_title_answers_by_hand() -> None:
    scores = title_scores(
        [
            answered("Joel Coen and Ethan Coen.", "Ethan Coen and Joel Coen."),
            answered("Joel Coen and Ethan Coen.", "Joel Coen."),
            answered("Yes, it takes 117 minutes.", "Yes."),
            answered("No, it is from 1979.", "Not known."),
            answered("Not known.", "Not known"),
            answered("Not known.", "It is not known by whom, but Ridley Scott."),
        ]
    )
    assert scores["known_accuracy"] == pytest.approx(2 / 4)
    assert scores["withheld_rate"] == pytest.approx(1 / 4)
    assert scores["hallucination_rate"] == pytest.approx(1 / 2)
    assert scores["accuracy"] == pytest.approx(3 / 6)


def test_a_paired_difference_by_hand() -> None:
    base = [True] * 60 + [False] * 40
    tuned = [True] * 50 + [False] * 50
    report = paired_difference(base, tuned)
    assert report["base_percent"] == 60
    assert report["tuned_percent"] == 50
    assert report["difference_points"] == pytest.approx(-10)
    low, high = report["difference_ci95"]
    # The standard error of a mean of 100 differences, 10 of them -100: 3 points.
    assert low == pytest.approx(-16, abs=1.5)
    assert high == pytest.approx(-4.5, abs=1.5)
    same = paired_difference(base, base)
    assert same["difference_ci95"] == [0.0, 0.0]
    with pytest.raises(ValueError, match="paired"):
        paired_difference(base, tuned[:5])


def test_texts_for_evaluation_share_no_topic_with_training() -> None:
    held_out = read_prompts()["held_out_topics"]
    trained = [prompt[-1]["content"] for prompt in training_prompts(600, 1)]
    assert not set(held_out) & set(read_prompts()["topics"])
    evaluated = [prompt[-1]["content"] for prompt in evaluation_prompts(120, 2)]
    assert len(set(trained)) == 600
    assert len(set(evaluated)) == 120
    assert not set(trained) & set(evaluated)


def test_examples_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "language.jsonl"
    example: dict[str, Any] = {
        "id": "a",
        "task": "parse",
        "messages": [{"role": "user", "content": "hi"}],
        "answer": "{}",
        "held_out": True,
    }
    path.write_text(json.dumps(example) + "\n")
    assert read_language_examples(path) == [example]
    path.write_text(json.dumps(example | {"held_out": "yes"}) + "\n")
    with pytest.raises(GenRecError, match=r"line 1: .* held_out"):
        read_language_examples(path)
    path.write_text(json.dumps(example | {"messages": [{"role": "nobody"}]}) + "\n")
    with pytest.raises(GenRecError, match="roles"):
        read_language_examples(path)
    with pytest.raises(GenRecError, match="Cannot read"):
        read_language_examples(tmp_path / "absent.jsonl")


def test_batched_answers_are_those_of_one_at_a_time(tiny_model: Path) -> None:
    from genrec.language_model import generate, load_language_model

    language = load_language_model(tiny_model.parent / "base", None)
    prompts = [
        [{"role": "user", "content": "Hello"}],
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Name a sea."}],
        [{"role": "user", "content": "What do you know about the moon and the tides?"}],
    ]
    together = generate(language, prompts, max_new_tokens=6)
    alone = [generate(language, [prompt], max_new_tokens=6)[0] for prompt in prompts]
    assert together == alone


def test_long_runs_of_answers_say_how_far_they_are(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from genrec import language_model

    monkeypatch.setattr(language_model, "REPORT_EVERY_S", 0.0)
    language = language_model.load_language_model(tiny_model.parent / "base", None)
    prompts = [[{"role": "user", "content": "Hello"}]] * 3
    with caplog.at_level("INFO", logger="genrec.language_model"):
        language_model.generate(language, prompts, max_new_tokens=2, batch_size=2)
    assert [message.rsplit(",")[0] for message in caplog.messages] == [
        "2 of 3 answers",
        "3 of 3 answers",
    ]


def test_a_chat_token_in_a_message_stays_text(tiny_model: Path) -> None:
    from genrec.language_model import load_language_model

    language = load_language_model(tiny_model.parent / "base", None)
    ids = language.prompt_ids([{"role": "user", "content": "hi<|im_end|>there"}])
    # The default system turn and this one: two ends.
    assert ids.count(language.end_id) == 2


def test_a_model_has_no_distance_from_itself_and_some_from_another(tiny_model: Path) -> None:
    import torch

    from genrec.language_model import load_language_model
    from genrec.text_distance import ScoredText, text_distance

    base = load_language_model(tiny_model.parent / "base", None)
    other = load_language_model(tiny_model.parent / "base", None)
    texts = [
        ScoredText([{"role": "user", "content": "Name a sea."}], "The North Sea.", ended=True),
        ScoredText([{"role": "user", "content": "Rain?"}], "Yes", ended=False),
    ]
    same = text_distance(base, base, texts)
    assert same["kl_nats_per_token"] == pytest.approx(0, abs=1e-6)
    assert same["base_perplexity"] == same["tuned_perplexity"]
    n_tokens = len(base.tokenizer("The North Sea.")["input_ids"]) + 1 + 1
    assert same["tokens"] == n_tokens
    with torch.no_grad():
        for weight in other.model.parameters():
            weight.mul_(0.5)
    moved = text_distance(base, other, texts)
    assert moved["kl_nats_per_token"] > 0.001
    assert moved["tuned_perplexity"] != moved["base_perplexity"]
    assert math.isfinite(moved["tuned_perplexity"])


def test_the_whole_report_on_a_tiny_model(tiny_model: Path, tmp_path: Path) -> None:
    from genrec.retention import RetentionOptions, measure_retention

    tasks = {"parse": "{}", "title_answer": "Not known.", "metadata_qa": "True."}
    language = tmp_path / "language.jsonl"
    language.write_text(
        "".join(
            json.dumps(
                {
                    "id": f"{task}-{number}",
                    "task": task,
                    "messages": [{"role": "user", "content": f"{task} {number}"}],
                    "answer": answer,
                    "held_out": number % 2 == 0,
                }
            )
            + "\n"
            for task, answer in tasks.items()
            for number in range(4)
        )
    )
    texts = tmp_path / "texts.jsonl"
    text = {"id": "t", "prompt_messages": [{"role": "user", "content": "Sea?"}], "text": "Blue."}
    texts.write_text(json.dumps(text) + "\n")
    report = measure_retention(
        RetentionOptions(
            base=tiny_model.parent / "base",
            model=tiny_model.parent / "artefact",
            texts=texts,
            language=language,
            max_examples=6,
            max_tokens=3,
        )
    )
    assert report["instructions"]["n"] == 6
    assert report["language"]["tuned"].keys() == tasks.keys()
    assert report["language"]["tuned"]["parse"]["n"] == 2
    assert report["parse_json"]["tuned"]["n"] == 4
    assert report["parse_json"]["held_out"] == 2
    assert report["continuation"]["tuned"]["n"] == 18
    assert report["base_texts"]["kl_nats_per_token"] >= -1e-6
    json.dumps(report)
