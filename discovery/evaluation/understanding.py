"""Slots and intents on the labelled cases that ship with the product, with and without the window.

The cases' last part was never used for tuning. Titles and people are linked in the scratch
catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from discovery.intents.scoring import score_cases

WINDOW = 4
_PARTS = ("single_turn", "multi_turn")
_FIGURES = ("intent_macro_f1", "slot_macro_f1")


def understanding_report() -> dict[str, Any]:
    """Return the set's part of the JSON."""
    figures = {"ours": score_cases("test", WINDOW), "ours_without_window": score_cases("test", 0)}
    return {
        "n": figures["ours"]["n"],
        "counts": {"with_slots": figures["ours"]["n_with_slots"]},
        "systems": {name: _summary(one) for name, one in figures.items()},
        "details": {
            name: {"intents": one["intents"], "slots": one["slots"]}
            for name, one in figures.items()
        },
    }


def _summary(figures: Mapping[str, Any]) -> dict[str, float]:
    whole = {name: figures[name] for name in _FIGURES}
    parts = {f"{part} {name}": figures[part][name] for part in _PARTS for name in _FIGURES}
    return {**whole, **parts}
