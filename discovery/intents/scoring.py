"""Measure the staged understanding on labelled cases: F1 of intents and of slots.

F1 of an intent counts cases; F1 of a slot counts its (field, value) pairs over the cases whose
slots are labelled. Macro averages weigh every intent, and every slot that the cases or the answers
hold, the same: a rare one counts as much as "discover".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from discovery.intents.cases import (
    Case,
    Split,
    expected_pairs,
    load_cases,
    match_pairs,
    slot_pairs,
)
from discovery.understanding.conversation import understand_turn
from discovery.understanding.linking import Names
from genrec.contract import Query

Understand = Callable[[Case, int], Query]


def score_cases(split: Split, window: int = 4, names: Names | None = None) -> dict[str, Any]:
    """Return the figures of one part, titles linked by `names` (else by the live catalogue).

    Args:
        window: how many earlier turns the classifier may read.

    Returns:
        `n`, `intent_macro_f1`, `intents` {name: {"f1", "n"}}, `slot_macro_f1`,
        `slots` {field: {"f1", "n"}}, and `single_turn`, `multi_turn` with the same keys.
    """
    cases = load_cases(split)
    answers = [understand_case(case, window, names) for case in cases]
    figures = figures_of(cases, answers)
    for name, wanted in (("single_turn", False), ("multi_turn", True)):
        chosen = [n for n, case in enumerate(cases) if bool(case.turns) is wanted]
        figures[name] = figures_of([cases[n] for n in chosen], [answers[n] for n in chosen])
    return figures


def understand_case(case: Case, window: int = 4, names: Names | None = None) -> Query:
    """Return the conversation's Query after a case's last message, as the pipeline reads it."""
    query: Query | None = None
    said: tuple[str, ...] = ()
    for message in (*case.turns, case.text):
        earlier = said[-window:] if window else ()
        query = understand_turn(message, query, (), names, earlier=earlier).query
        said = (*said, message)
    assert query is not None  # noqa: S101 - the loop ran at least once
    return query


def figures_of(cases: Sequence[Case], answers: Sequence[Query]) -> dict[str, Any]:
    """Compare cases with what was understood of them."""
    intents = f1_by_name(
        [
            ({("intent", case.intent)}, {("intent", query.intent)})
            for case, query in _zip(cases, answers)
        ],
        by_value=True,
    )
    labelled = [(c, q) for c, q in _zip(cases, answers) if c.slots is not None]
    slots = f1_by_name([(expected_pairs(case), slot_pairs(query)) for case, query in labelled])
    return {
        "n": len(cases),
        "n_with_slots": len(labelled),
        "intent_macro_f1": _macro(intents),
        "intents": intents,
        "slot_macro_f1": _macro(slots),
        "slots": slots,
    }


def f1_by_name(
    pairs: Sequence[tuple[set[tuple[str, str]], set[tuple[str, str]]]], *, by_value: bool = False
) -> dict[str, dict[str, float]]:
    """Return F1 per field (or per value) of expected against found pairs, with `n` expected."""
    right: Counter[str] = Counter()
    extra: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    key = 1 if by_value else 0
    for expected, found in pairs:
        hits, too_much, missed = match_pairs(expected, found)
        right.update(pair[key] for pair in hits)
        extra.update(pair[key] for pair in too_much)
        missing.update(pair[key] for pair in missed)
    names = sorted({*right, *extra, *missing})
    return {
        name: {
            "f1": round(2 * right[name] / (2 * right[name] + extra[name] + missing[name]), 4),
            "n": right[name] + missing[name],
        }
        for name in names
    }


def _macro(scores: dict[str, dict[str, float]]) -> float:
    """Return the mean F1; nan where nothing was expected and nothing found."""
    if not scores:
        return float("nan")
    return round(sum(score["f1"] for score in scores.values()) / len(scores), 4)


def _zip(cases: Sequence[Case], answers: Sequence[Query]) -> list[tuple[Case, Query]]:
    return list(zip(cases, answers, strict=True))
