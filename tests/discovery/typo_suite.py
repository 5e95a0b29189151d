"""The typo suite: how well slots survive slips of the fingers, measured as F1 beside clean text.

Half of the wishes and their own seeds are for development, the other half with other seeds is the
test. A slip is one of five that people make: two letters swapped, one dropped, one doubled, a
neighbouring key, a spelling by ear.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from discovery.understanding.lexical import parse
from genrec.contract import Query
from tests.discovery.names import FewNames
from tests.discovery.typo_cases import CASES

Part = Literal["dev", "test"]
Slots = frozenset[tuple[str, str]]

SEEDS: dict[Part, tuple[int, ...]] = {"dev": (1, 2, 3, 4), "test": (101, 102, 103, 104)}
# One slip in so many letters, at least one in a wish.
LETTERS_PER_SLIP = 22
_NEIGHBOURS = {
    "a": "sqz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w",
    "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu",
    "z": "x",
}  # fmt: skip
_BY_EAR = (
    ("ie", "ei"), ("ei", "ie"), ("ph", "f"), ("ck", "k"), ("ll", "l"), ("mm", "m"), ("rr", "r"),
    ("ss", "s"), ("tt", "t"), ("ea", "ee"), ("ou", "u"), ("c", "k"), ("s", "z"), ("y", "i"),
    ("i", "y"), ("e", "a"), ("a", "e"), ("o", "u"),
)  # fmt: skip
_IGNORED = frozenset({"version", "evidence", "text", "intent"})

TITLES = (
    ("Alien", 1979, 0.95),
    ("Jaws", 1975, 0.9),
    ("Gladiator", 2000, 0.93),
    ("Inception", 2010, 0.97),
    ("Casablanca", 1942, 0.9),
    ("Whiplash", 2014, 0.88),
    ("Notting Hill", 1999, 0.8),
    ("Interstellar", 2014, 0.95),
    ("Gravity", 2013, 0.85),
    ("Parasite", 2019, 0.9),
    ("Shrek", 2001, 0.9),
    ("The Godfather", 1972, 0.96),
    ("Amélie", 2001, 0.88),
    ("Memento", 2000, 0.92),
    ("Titanic", 1997, 0.95),
    ("Spirited Away", 2001, 0.92),
    ("The Guard", 2011, 0.5),
    ("Heat", 1995, 0.9),
    ("The Hours", 2002, 0.6),
    ("Drama", 2012, 0.1),
)
PEOPLE = (
    ("Christopher Nolan", 11, 9, 0),
    ("Sofia Coppola", 8, 6, 3),
    ("Meryl Streep", 0, 0, 60),
    ("Harrison Ford", 0, 0, 50),
    ("Nicolas Cage", 1, 0, 90),
    ("Brad Pitt", 0, 0, 55),
    ("Julia Roberts", 0, 0, 45),
    ("Steven Spielberg", 30, 5, 1),
    ("Quentin Tarantino", 10, 12, 8),
    ("Wes Anderson", 11, 11, 0),
    ("Nora Ephron", 8, 14, 0),
    ("Audrey Hepburn", 0, 0, 25),
    ("Jack Nicholson", 3, 4, 55),
    ("Emma Thompson", 0, 3, 45),
    ("Judy Garland", 0, 0, 30),
    ("Alfred Hitchcock", 50, 2, 20),
    ("Bill Murray", 1, 1, 60),
    ("Tom Hanks", 2, 2, 50),
)


@dataclass(frozen=True, slots=True)
class Score:
    """Slots found among those meant. All three are shares from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def cases(part: Part) -> list[tuple[str, Slots]]:
    """Return the wishes of a part with their slots: every other line."""
    lines = [line for line in CASES.strip().splitlines() if line.strip()]
    read = [line.split("|") for line in lines]
    slots = [(text.strip(), _slots_of_line(meant)) for text, meant in read]
    return slots[0 if part == "dev" else 1 :: 2]


def measure(part: Part) -> tuple[Score, Score]:
    """Return the scores on clean text and on text with slips."""
    names = FewNames(TITLES, PEOPLE)
    clean = score([(slots_of(parse(text, names).query), meant) for text, meant in cases(part)])
    with_slips = score(
        [(slots_of(parse(text, names).query), meant) for text, meant in misspelt_cases(part)]
    )
    return clean, with_slips


def misspelt_cases(part: Part) -> Iterator[tuple[str, Slots]]:
    """Yield every wish of a part with slips, once for each seed."""
    for seed in SEEDS[part]:
        generator = random.Random(seed)
        for text, meant in cases(part):
            yield misspell(text, generator), meant


def score(pairs: list[tuple[Slots, Slots]]) -> Score:
    """Return micro-averaged precision and recall of (found, meant) slots."""
    right = sum(len(found & meant) for found, meant in pairs)
    return Score(
        right / max(1, sum(len(found) for found, _ in pairs)),
        right / max(1, sum(len(meant) for _, meant in pairs)),
    )


def slots_of(query: Query) -> Slots:
    """Return a Query as (slot, value) pairs; which kind of title is meant counts for series."""
    pairs: set[tuple[str, str]] = set()
    for name, value in query.said().items():
        if name in _IGNORED or (name == "kinds" and value == ["film"]):
            continue
        if isinstance(value, dict):
            pairs |= {(f"{name}.{key}", str(inner)) for key, inner in value.items()}
        else:
            values = value if isinstance(value, list) else [value]
            pairs |= {(name, _text_of(item)) for item in values}
    return frozenset(pairs)


def misspell(text: str, generator: random.Random) -> str:
    """Return a text with slips in some words of at least four letters."""
    words = list(re.finditer(r"[^\W\d_]{4,}", text))
    n_slips = max(1, round(sum(len(word[0]) for word in words) / LETTERS_PER_SLIP))
    chosen = generator.sample(words, min(n_slips, len(words)))
    for word in sorted(chosen, key=lambda match: -match.start()):
        text = text[: word.start()] + slip(word[0], generator) + text[word.end() :]
    return text


def slip(word: str, generator: random.Random) -> str:
    """Return a word with one slip; its first letter stays."""
    while (slipped := _slip(word, generator)) == word:
        pass  # Two equal letters were swapped.
    return slipped


def _slip(word: str, generator: random.Random) -> str:
    place = generator.randrange(1, len(word) - 1)
    match generator.choice(("swap", "drop", "double", "neighbour", "ear")):
        case "swap":
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        case "drop":
            return word[:place] + word[place + 1 :]
        case "double":
            return word[:place] + word[place] + word[place:]
        case "neighbour":
            near = generator.choice(_NEIGHBOURS.get(word[place].lower(), word[place]))
            return word[:place] + near + word[place + 1 :]
        case _:
            fitting = [pair for pair in _BY_EAR if pair[0] in word[1:]]
            written, heard = generator.choice(fitting) if fitting else (word[1], word[1] * 2)
            return word[0] + word[1:].replace(written, heard, 1)


def _slots_of_line(meant: str) -> Slots:
    pairs = (pair.strip().split("=", 1) for pair in meant.split(";") if pair.strip())
    return frozenset((name, value) for name, value in pairs)


def _text_of(item: Any) -> str:
    return str(item.get("label") or item.get("mention")) if isinstance(item, dict) else str(item)
