"""Checks of the starter metadata as prose: clichés, spoilers, repeats, near-duplicates.

A record that passes its schema can still be lazy. These checks find what a reader of two
thousand loglines would be tired of. They are heuristics that only ever ask for a rewrite.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from catalog.starter.records import StarterRecord
from catalog.text import fold

CLICHES = (
    "must see",
    "tale of",
    "journey",
    "in a world",
    "little does",
    "little do they",
    "rollercoaster",
    "roller coaster",
    "edge of your seat",
    "against all odds",
    "nothing will ever be the same",
    "will change their lives",
    "will change his life",
    "will change her life",
    "race against time",
    "race against the clock",
    "world turned upside down",
    "life is turned upside down",
    "thrill ride",
    "masterpiece",
    "heart wrenching",
    "laugh out loud",
    "love letter to",
    "visual feast",
    "tour de force",
    "star studded",
    "iconic",
    "timeless classic",
    "unforgettable",
    "a testament to",
    "at its core",
    "bonds of friendship",
    "web of lies",
    "web of deceit",
    "cat and mouse",
    "forever change",
    "discovers the true meaning",
    "meaning of life",
    "think you know",
    "embark",
    "delves",
    "tapestry",
)
SPOILERS = (
    "turns out",
    "it is revealed",
    "is revealed to be",
    "plot twist",
    "in the end",
    "finally kills",
    "dies at the end",
    "was dead all along",
    "all a dream",
    "the killer is",
    "ends with",
    "final scene",
    "by the end",
    "at the end",
    "eventually dies",
    "sacrifices himself",
    "sacrifices herself",
)
# As many words as make an accident unlikely.
REPEATED_WORDS = 5
MAX_USES = 2
# Share of shared three-word runs above which two loglines are the same thought.
NEAR_DUPLICATE = 0.25


def lint_record(record: StarterRecord) -> list[str]:
    """Return what is wrong with one record's prose."""
    text = f" {fold(record.logline)} "
    found = [f"cliché: {phrase!r}" for phrase in CLICHES if f" {phrase} " in text]
    found += [f"spoiler words: {phrase!r}" for phrase in SPOILERS if f" {phrase} " in text]
    found += [f"names the actor {name}" for name in record.cast if f" {fold(name)} " in text]
    if not record.logline.rstrip().endswith((".", "!", "?", "”", '"', "…")):
        found.append("the logline does not end like a sentence")
    if len(set(record.keywords)) < len(record.keywords):
        found.append("a keyword is there twice")
    return found


def lint_collection(records: Sequence[StarterRecord]) -> list[str]:
    """Return what is wrong with the collection: the same words, people's favourite phrases."""
    return [f"{record.key}: {problem}" for record in records for problem in lint_record(record)] + [
        *_twice(records),
        *_repeated_phrases(records),
        *_near_duplicates(records),
        *_missing_kindred(records),
    ]


def _twice(records: Iterable[StarterRecord]) -> list[str]:
    keys = Counter(record.key for record in records)
    names = Counter((fold(record.title), record.year, record.kind) for record in records)
    return [f"{key}: there twice" for key, uses in keys.items() if uses > 1] + [
        f"{name} ({year}): two {kind} records" for (name, year, kind), n in names.items() if n > 1
    ]


def _runs(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.findall(r"[\w']+", text.lower())
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


def _repeated_phrases(records: Iterable[StarterRecord]) -> list[str]:
    uses: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for record in records:
        for run in _runs(record.logline, REPEATED_WORDS):
            uses[run].append(record.key)
    return [
        f"{', '.join(keys)}: all say {' '.join(run)!r}"
        for run, keys in uses.items()
        if len(keys) > MAX_USES
    ]


def _near_duplicates(records: Iterable[StarterRecord]) -> list[str]:
    sharing: Counter[tuple[str, str]] = Counter()
    runs = {record.key: _runs(record.logline, 3) for record in records}
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, found in runs.items():
        for run in found:
            holders[run].append(key)
    for keys in holders.values():
        sharing.update(combinations(sorted(keys), 2))
    return [
        f"{first} and {second}: nearly the same logline"
        for (first, second), shared in sharing.items()
        if shared / min(len(runs[first]), len(runs[second])) >= NEAR_DUPLICATE
    ]


def _missing_kindred(records: Iterable[StarterRecord]) -> list[str]:
    """Kindred that is no record must at least be an imdb id: the catalogue may have it."""
    known = {record.key for record in records}
    return [
        f"{record.key}: kindred {key!r} is neither a record nor an imdb id"
        for record in records
        for key in record.kindred
        if key not in known and not re.fullmatch(r"tt\d{7,8}", key)
    ]
