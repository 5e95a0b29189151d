"""Which words are English at all: what is a word already is not a misspelling of another.

The words are the whole-word entries of the embedder's own vocabulary, about 22,000, the commonest
first. Without the embedder's files there are none, and then only long words are corrected.
"""

from __future__ import annotations

import json
import logging
from functools import cache

from django.conf import settings

from catalog.text import fold

logger = logging.getLogger(__name__)

# The commonest words of the vocabulary are before this place: no surname is likelier.
COMMON_BEFORE = 3000
_ENDINGS = ("s", "es", "ed", "ing", "er", "ers", "ly", "y", "ish")
_PREFIXES = ("re", "un", "anti", "over")
# Shorter ones are too often the beginning of a slip: "comedys" is none.
_SHORTEST_STEM = 4


@cache
def word_ranks() -> dict[str, int]:
    """Return each known word's place in the vocabulary: a lower one is more common."""
    path = settings.MODELS_DIR / "embedder" / "tokenizer.json"
    try:
        vocabulary = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    except (OSError, ValueError, KeyError) as error:
        logger.warning("no dictionary, so few misspellings are corrected: %s: %s", path, error)
        return {}
    return {word: rank for word, rank in vocabulary.items() if word.isalpha()}


def is_word(key: str) -> bool:
    """Say whether a folded word is an English word, or a number."""
    return key in word_ranks() or not key.isalpha()


def is_form(key: str) -> bool:
    """Say whether a folded word looks like a form of an English word: "dudes", "retry"."""
    stems = {key.removesuffix(ending) for ending in _ENDINGS if key.endswith(ending)}
    stems |= {f"{stem}e" for stem in stems} | {key.removeprefix(prefix) for prefix in _PREFIXES}
    return any(len(stem) >= _SHORTEST_STEM and stem in word_ranks() for stem in stems - {key})


def is_common(key: str) -> bool:
    """Say whether a folded word is among the commonest of English."""
    return word_ranks().get(key, COMMON_BEFORE) < COMMON_BEFORE


def is_noise(message: str) -> bool:
    """Say whether no word of a message is English or a number. Nothing is without the dictionary.

    The embedder has no word for any of it either: what is near to it by meaning is near by chance.
    """
    words = fold(message).split()
    known = any(is_word(word) or is_form(word) for word in words if word[0].isalnum())
    return bool(word_ranks()) and not known
