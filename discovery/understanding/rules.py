"""Rules of the parser: a pattern, and what a match of it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from discovery.understanding.words import Reading

Apply = Callable[[Reading, re.Match[str]], None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and what a match of it says."""

    pattern: re.Pattern[str]
    apply: Apply


def apply_rules(rules: Iterable[Rule], reading: Reading) -> None:
    """Apply rules in order, each to what the ones before have left."""
    for rule in rules:
        for match in list(rule.pattern.finditer(reading.left)):
            if "\x00" not in reading.left[match.start() : match.end()]:
                rule.apply(reading, match)
