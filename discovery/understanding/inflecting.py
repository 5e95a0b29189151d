"""Other forms of what people say for a term: "time loops", "our seats", "spookier".

The ontology has each form once; what English makes of it by rule is made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

_VOWELS = frozenset("aeiou")
_HISSING = ("s", "x", "z", "ch", "sh")
# Whoever speaks: "makes me cry" is said of "us" and "you", too.
_SAME_PERSON = (("me", "us", "you"), ("my", "our", "your"))


def with_inflections(
    said: Mapping[str, str],
    *,
    plurals: Iterable[str],
    compared: Iterable[str],
    taken: Iterable[str],
) -> dict[str, str]:
    """Return folded forms with what English makes of them; what says something else stays that.

    Args:
        said: folded form -> term.
        plurals: the forms of `said` that end in a noun.
        compared: adjectives with a comparative and a superlative, where they are among `said`.
        taken: forms of other vocabularies.
    """
    made: dict[str, str] = {}
    for form, term in said.items():
        made |= dict.fromkeys(_of_others(form), term)
    for form in plurals:
        made |= dict.fromkeys((plural(form), *_of_others(plural(form))), said[form])
    for adjective in compared:
        if adjective in said:
            made |= dict.fromkeys(comparisons(adjective), said[adjective])
    for form in taken:
        made.pop(form, None)
    return {**made, **said}


def plural(form: str) -> str:
    """Return a form with its last word in the plural."""
    if form.endswith("y") and form[-2:-1] not in _VOWELS:
        return f"{form[:-1]}ies"
    if form.endswith("man"):
        return f"{form[:-2]}en"
    return f"{form}es" if form.endswith(_HISSING) else f"{form}s"


def comparisons(adjective: str) -> tuple[str, str]:
    """Return the comparative and the superlative of a short adjective."""
    stem = adjective
    if stem.endswith("y"):
        stem = f"{stem[:-1]}i"
    elif stem.endswith("e"):
        stem = stem[:-1]
    elif _is_doubled(stem):
        stem += stem[-1]
    return f"{stem}er", f"{stem}est"


def _is_doubled(adjective: str) -> bool:
    """Say whether a last consonant stands alone behind a single vowel: "sad", "grim"."""
    last = adjective[-3:]
    shape = [letter in _VOWELS for letter in last]
    return shape == [False, True, False] and last[-1] not in "wxy" and len(adjective) <= 4


def _of_others(form: str) -> Iterator[str]:
    words = form.split()
    for same in _SAME_PERSON:
        for position, word in enumerate(words):
            if word in same:
                for other in same:
                    yield " ".join((*words[:position], other, *words[position + 1 :]))
