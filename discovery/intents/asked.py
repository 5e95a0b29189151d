"""Which titles a question is about: named in it, pointed at, or spoken of just before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from discovery.understanding.lexicon import FILLERS, ORDINALS
from discovery.understanding.linking import NamedTitle, Names
from discovery.understanding.words import Reading

# A question may compare two titles; beyond that nobody reads the answer.
MAX_ABOUT = 3
# How far back "it" may reach, in turns.
MAX_BACK = 2
_NUMBERS = {"one": 0, "two": 1, "three": 2, "four": 3, "five": 4, "six": 5}
_CARD = re.compile(
    r"\b(?:(?:the )(?P<nth>" + "|".join(ORDINALS) + r"|last)\b"
    r"(?! (?:time|scene|half|act|season|episode|world|people|alien|film in|movie in))|"
    r"(?:number|no\.?|#) ?(?P<number>\d|one|two|three|four|five|six)\b)"
)
# Words that questions are made of: never a title, however many films are called so.
_ASKING = """
who what when which where how why is are was were does do did has have can would will
should it its it's that this one the a an about story plot year long old in of and her him
he she them they first second third last number out film movie series cast rated age kids
end ending director directed made wrote stars lead actor actress dad dog mother father
child children happy sad scary violent gory funny good bad based true dead alive life love
home language country genre summary name tell me my you your there too so very much many
any all
"""
_QUESTION_WORDS = frozenset(_ASKING.split())


def titles_asked(
    message: str, names: Names, last_picks: Sequence[int], earlier: Sequence[str] = ()
) -> tuple[int, ...]:
    """Return ids of the titles that a question is about, at most `MAX_ABOUT`; none if unclear.

    Args:
        last_picks: title ids of the last slate, in the order of its cards.
        earlier: what the viewer said before, oldest first: "it" may be a title named there.
    """
    if named := titles_named(message, names):
        return named
    if (card := card_pointed_at(message, len(last_picks))) is not None:
        return (last_picks[card],)
    for turn in list(earlier)[: -MAX_BACK - 1 : -1]:
        if named := titles_named(turn, names):
            return named[:1]
        if (card := card_pointed_at(turn, len(last_picks))) is not None:
            return (last_picks[card],)
    return tuple(last_picks[:1])


def card_pointed_at(message: str, n_cards: int) -> int | None:
    """Return the position of the card that "the second" or "number 3" means."""
    match = _CARD.search(message.lower())
    if match is None or not n_cards:
        return None
    if match["number"]:
        word = match["number"]
        index = int(word) - 1 if word.isdigit() else _NUMBERS[word]
    else:
        index = n_cards - 1 if match["nth"] == "last" else ORDINALS[match["nth"]]
    return index if 0 <= index < n_cards else None


def titles_named(message: str, names: Names) -> tuple[int, ...]:
    """Return the titles whose names a question holds, the longest names first taken."""
    reading = Reading.of(message)
    spans = list(reading.spans())
    keys = {reading.key(*span) for span in spans}
    found: Mapping[str, list[NamedTitle]] = (
        names.titles(keys | {f"the {key}" for key in keys}) if keys else {}
    )
    taken: dict[int, int] = {}
    used: set[int] = set()
    for first, count in sorted(spans, key=lambda span: (-span[1], span[0])):
        words = set(range(first, first + count))
        key = reading.key(first, count)
        titles = found.get(key) or found.get(f"the {key}")
        if titles is None or words & used or not _can_be_title(reading, first, count):
            continue
        used |= words
        taken[first] = _likeliest(titles, message).title_id
    return tuple(taken[first] for first in sorted(taken))[:MAX_ABOUT]


def _can_be_title(reading: Reading, first: int, count: int) -> bool:
    """A word of a question is a title only if it is capitalised inside the sentence."""
    words = reading.words[first : first + count]
    if any(word.key not in _QUESTION_WORDS and word.key not in FILLERS for word in words):
        return True
    return first > 0 and all(word.text[:1].isupper() for word in words)


def _likeliest(titles: Sequence[NamedTitle], message: str) -> NamedTitle:
    """Return the title whose year is named, else the best known."""
    for title in titles:
        if title.year and str(title.year) in message:
            return title
    return max(titles, key=lambda title: title.popularity)
