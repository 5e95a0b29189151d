"""Scores of the language tasks on held-out examples: pure functions of answers.

parse          F1 over fields: a word counts if it got the label that it should
metadata_qa    right letter, right truth value, or the right name in an open answer
title_answer   right from the row; a hallucination is a fact where the row has none
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genrec.instruction_checks import is_valid_json, plain, says

NOT_KNOWN = "not known"
# "A film by him ..." chooses nothing.
_LETTER = re.compile(r"\(?([A-D])(?:[.):,]|$)")
_PARTS = re.compile(r", | and ")
N_RESAMPLES = 2000


@dataclass(frozen=True)
class Answered:
    """A held-out example with what a model answered."""

    example: Mapping[str, Any]
    text: str

    @property
    def expected(self) -> str:
        return str(self.example["answer"])


def task_scores(answered: Sequence[Answered]) -> dict[str, dict[str, float]]:
    """Return the scores of every task that has any."""
    scorers = {"parse": parse_scores, "metadata_qa": recall_scores, "title_answer": title_scores}
    by_task: dict[str, list[Answered]] = defaultdict(list)
    for item in answered:
        by_task[item.example["task"]].append(item)
    return {task: score(by_task[task]) for task, score in scorers.items() if by_task[task]}


def parse_scores(answered: Sequence[Answered]) -> dict[str, float]:
    """Return precision, recall and F1 over (field, value) pairs, and the share of exact parses."""
    right = written = wanted = exact = 0
    for item in answered:
        expected, got = fields_of(item.expected), fields_of(item.text)
        right += len(expected & got)
        written += len(got)
        wanted += len(expected)
        exact += expected == got
    precision = right / written if written else 0.0
    recall = right / wanted if wanted else 0.0
    both = precision + recall
    return {
        "n": len(answered),
        "field_precision": precision,
        "field_recall": recall,
        "field_f1": 2 * precision * recall / both if both else 0.0,
        "exact": exact / len(answered),
        "valid_json_share": json_validity(answered)["share"],
    }


def fields_of(text: str) -> set[tuple[str, str]]:
    """Return the (field, value) pairs of a JSON object; none if it is no object."""
    try:
        value = json.loads(text)
    except ValueError:
        return set()
    if not isinstance(value, dict):
        return set()
    return {(name, json.dumps(entry, sort_keys=True)) for name, entry in value.items()}


def json_validity(answered: Sequence[Answered]) -> dict[str, float]:
    """Return how many answers are JSON under their example's schema (or JSON at all)."""
    valid = [is_valid_json(item.text, item.example.get("schema") or {}) for item in answered]
    return {"n": len(valid), "share": sum(valid) / len(valid) if valid else float("nan")}


def recall_scores(answered: Sequence[Answered]) -> dict[str, float]:
    """Return the accuracy of metadata questions, in all and by form."""
    by_form: dict[str, list[bool]] = defaultdict(list)
    for item in answered:
        by_form[form_of(item.expected)].append(is_right_recall(item))
    every = [right for rights in by_form.values() for right in rights]
    scores = {"n": len(every), "accuracy": sum(every) / len(every)}
    for form, rights in sorted(by_form.items()):
        scores |= {f"{form}_n": len(rights), f"{form}_accuracy": sum(rights) / len(rights)}
    return scores


def form_of(answer: str) -> str:
    """Tell the form of a question by its right answer: "B. 1979", "True." or anything else."""
    if re.match(r"[A-D]\. ", answer):
        return "choice"
    return "statement" if answer in ("True.", "False.") else "open"


def is_right_recall(item: Answered) -> bool:
    match form_of(item.expected):
        case "choice":
            letter = _LETTER.match(item.text.strip())
            return letter is not None and letter[1] == item.expected[0]
        case "statement":
            return plain(item.text).split()[:1] == plain(item.expected).split()
        case _:
            return any(says(item.text, part) for part in parts_of(item.expected))


def title_scores(answered: Sequence[Answered]) -> dict[str, float]:
    """Return accuracy, the hallucination rate and how often a known fact was withheld."""
    unknown = [item for item in answered if is_not_known(item.expected)]
    known = [item for item in answered if not is_not_known(item.expected)]
    invented = sum(not is_not_known(item.text) for item in unknown)
    withheld = sum(is_not_known(item.text) for item in known)
    right = sum(is_right_answer(item) for item in known)
    return {
        "n": len(answered),
        "accuracy": (right + len(unknown) - invented) / len(answered),
        "known_n": len(known),
        "known_accuracy": right / len(known) if known else float("nan"),
        "withheld_rate": withheld / len(known) if known else float("nan"),
        "unknown_n": len(unknown),
        "hallucination_rate": invented / len(unknown) if unknown else float("nan"),
    }


def is_not_known(text: str) -> bool:
    """Tell whether an answer says that it isn't known, and nothing more."""
    return plain(text) == NOT_KNOWN


def is_right_answer(item: Answered) -> bool:
    """Yes and no must open the answer; otherwise every name of the right answer must be in it."""
    expected = plain(item.expected)
    if expected.split()[0] in ("yes", "no"):
        return plain(item.text).split()[:1] == expected.split()[:1]
    return all(says(item.text, part) for part in parts_of(item.expected))


def parts_of(answer: str) -> list[str]:
    """Return the names of an answer: "Joel Coen and Ethan Coen." has two."""
    return [part for part in _PARTS.split(answer.rstrip(".")) if part]


def paired_difference(
    base: Sequence[bool], tuned: Sequence[bool], *, seed: int = 0
) -> dict[str, Any]:
    """Return both scores in percent and their difference in points, with a paired interval.

    Source of the interval: Efron 1979, "Bootstrap methods: another look at the jackknife".

    Raises:
        ValueError: the two have different lengths, or none.
    """
    if len(base) != len(tuned) or not base:
        raise ValueError(f"{len(base)} and {len(tuned)} answers can't be paired")
    differences = 100 * (np.asarray(tuned, dtype=float) - np.asarray(base, dtype=float))
    rng = np.random.default_rng(seed)
    samples = rng.integers(0, len(differences), (N_RESAMPLES, len(differences)))
    low, high = np.percentile(differences[samples].mean(1), [2.5, 97.5])
    return {
        "n": len(base),
        "base_percent": 100 * sum(base) / len(base),
        "tuned_percent": 100 * sum(tuned) / len(tuned),
        "difference_points": float(differences.mean()),
        "difference_ci95": [float(low), float(high)],
    }


def by_group(groups: Sequence[str], base: Sequence[bool], tuned: Sequence[bool]) -> dict[str, Any]:
    """Return how many of each group either model got right."""
    totals = Counter(groups)
    rights = {
        name: Counter(group for group, right in zip(groups, marks, strict=True) if right)
        for name, marks in (("base", base), ("tuned", tuned))
    }
    return {
        group: {"n": n, "base": rights["base"][group], "tuned": rights["tuned"][group]}
        for group, n in sorted(totals.items())
    }
