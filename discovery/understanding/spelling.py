"""Read misspelt words of the parser's own vocabulary: "scify under 2 huors".

Only words that carry or lead to a slot are corrected: genres, moods, themes, places, numbers,
units, and the small words of the rules. A word that is English, or part of a name that the
catalogue has, stays as it is. Names have corrections of their own (`linking`).

Candidates come from a table of the vocabulary with up to two letters deleted, so that a lookup
costs a few dozen dictionary reads, however large the vocabulary.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from discovery.understanding.dictionary import is_form, is_word, word_ranks
from discovery.understanding.edits import edits, within_one_edit
from discovery.understanding.lexicon import CORRECTABLE, MISSPELT, RARE_WORDS, REAL_WORD_SLIPS
from discovery.understanding.words import Reading, Word

SHORTEST = 3
# Words that lead to a slot: the only ones that a short word may be a misspelling of.
_LEADING = 4
_LONG = 5
# A word this long may have two slips.
TWO_SLIPS = 8
# Deletions are looked up in the first letters only: that bounds the table.
_PREFIX = 9
_DOUBLED = re.compile(r"(.)\1+")
_SOUNDS = (
    ("ph", "f"), ("ight", "ite"), ("ck", "k"), ("sc", "s"), ("qu", "kw"), ("x", "ks"), ("z", "s"),
    ("y", "i"), ("ie", "i"), ("ei", "i"), ("ee", "i"), ("ea", "i"), ("ou", "u"), ("oo", "u"),
    ("tion", "shun"), ("sion", "shun"), ("c", "k"), ("gh", ""), ("h", ""), ("e", "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slip:
    """A misspelt word of a reading, by its place, and the word that was meant."""

    position: int
    said: str
    meant: str


def find_slips(reading: Reading, protected: Collection[int] = ()) -> list[Slip]:
    """Return the misspelt words of a message.

    Args:
        protected: positions of words that belong to the name of a title or a person.
    """
    slips = []
    for position, word in enumerate(reading.words):
        if position in protected or "'" in word.text:
            continue
        meant = _meant_here(reading.words, position) or correction_of(
            word.key, name=_may_be_name(reading, position)
        )
        if meant and meant != word.key:
            slips.append(Slip(position, word.text, meant))
    return slips


def with_corrections(reading: Reading, slips: Collection[Slip]) -> Reading:
    """Return the reading of the corrected message; evidence still cites what was said."""
    spans = [
        (reading.words[slip.position].start, reading.words[slip.position].end, slip.meant)
        for slip in slips
    ]
    return reading.respelt(spans)


def correction_of(key: str, *, name: bool = False) -> str | None:
    """Return the word of the vocabulary that a misspelt word means, or None.

    Args:
        key: a folded word.
        name: it may well be a name, so it has to be a long word with one slip.
    """
    if key in MISSPELT:
        return MISSPELT[key]
    if key in CORRECTABLE or key in RARE_WORDS or is_word(key) or len(key) < SHORTEST:
        return None
    # What may be a rare word as well is read as another only where that leads to a slot.
    least = _LEADING if len(key) < _LONG or is_form(key) else 0
    best: tuple[float, int, str] | None = None
    for candidate in _near(key):
        slips = _slips(key, candidate)
        if slips is None or (name and (slips > 1 or len(key) < 6)):
            continue
        if CORRECTABLE[candidate] < least or (len(key) == SHORTEST >= len(candidate)):
            continue
        rated = (slips, -CORRECTABLE[candidate], candidate)
        if best is None or rated < best:
            best = rated
    return best[2] if best else None


def _meant_here(words: list[Word], position: int) -> str | None:
    """Return what an English word means where it makes no sense: "form the 80s"."""
    for slip in REAL_WORD_SLIPS.get(words[position].key, ()):
        following = " ".join(word.key for word in words[position + 1 : position + 3])
        if re.match(slip.before, following):
            return slip.meant
    return None


def _may_be_name(reading: Reading, position: int) -> bool:
    """Say whether a word has a capital that does not come from opening a sentence."""
    word = reading.words[position]
    if not word.text[0].isupper() or position == 0 or word.text.isupper():
        return False
    before = reading.text[: word.start].rstrip(" \"'(")
    return not before.endswith((".", "!", "?", ":"))


def _slips(key: str, candidate: str) -> float | None:
    """Return how many slips lead from a word to a key; None for too many."""
    first = key[0] == candidate[0] or key[:2] == candidate[1::-1]
    if within_one_edit(key, candidate):
        # The first letter is seldom wrong, and then often that of another word.
        return 1.0 if first else (1.5 if len(key) >= 5 else None)
    if not first:
        return None
    if len(key) > _LONG < len(candidate) and sound(key) == sound(candidate):
        return 1.5
    if min(len(key), len(candidate)) >= TWO_SLIPS and edits(key, candidate) <= 2:
        return 2.0
    return None


@cache
def sound(key: str) -> str:
    """Return roughly how a word sounds: "fantacy" and "fantasy" meet."""
    first, rest = key[:1], key
    for written, heard in _SOUNDS:
        rest = rest.replace(written, heard)
    return first + _DOUBLED.sub(r"\1", rest)[1:].rstrip("i")


def _near(key: str) -> Iterator[str]:
    seen = set()
    for form in (*_deletions(key), f"~{sound(key)}"):
        for candidate in _table().get(form, ()):
            if candidate not in seen:
                seen.add(candidate)
                yield candidate


@cache
def _table() -> dict[str, list[str]]:
    """Return the vocabulary by its deletions, and by its sounds."""
    table: dict[str, list[str]] = defaultdict(list)
    for word in CORRECTABLE:
        for form in _deletions(word):
            table[form].append(word)
        table[f"~{sound(word)}"].append(word)
    return dict(table)


def _deletions(word: str) -> set[str]:
    prefix = word[:_PREFIX]
    most = 2 if len(word) >= TWO_SLIPS - 1 else 1
    forms = {prefix}
    for n_letters in range(1, most + 1):
        for gone in combinations(range(len(prefix)), n_letters):
            forms.add("".join(c for i, c in enumerate(prefix) if i not in gone))
    return forms


def warm_up() -> None:
    """Build the tables before the first viewer needs them."""
    word_ranks()
    _table()
