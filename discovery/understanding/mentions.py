"""Titles within talk: "Think War Dogs and Pineapple Express", a list of favourites, a whole post.

No word leads to such a name, so it has to look like one: in quotes or italics, with its year, on a
line of its own, in capitals, or in a list beside others. The more a word is plain English, the more
of that it takes: "It", "Up" and "Her" need quotes or a year. What the viewer thinks of the title is
said before it in the same sentence ("I hated ...", "already seen: ..."), or right after it ("...
and loved it").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from discovery.understanding.dictionary import word_ranks
from discovery.understanding.lexicon import COMMON_WORDS, SMALL_WORDS
from discovery.understanding.linking import NamedTitle
from discovery.understanding.patterns import CANNOT, DO_NOT, IS_NOT
from discovery.understanding.words import Reading, Word

Attitude = Literal["like", "unlike", "exclude_titles"]

_SENTENCE_END = re.compile(r"[.!?][\s\"')*]+(?=[A-Z\n*\"(-])|\n\s*\n")
_CUE_WORDS: tuple[tuple[Attitude | None, str], ...] = (
    (
        "unlike",
        rf"(?:{DO_NOT}|{CANNOT}|{IS_NOT}|not|never)"
        r"(?: \w+){0,2} (?:like|liked|enjoy|love|stand|fan of|into|similar to|impressed)|"
        r"hated?|dislike[ds]?|far from|nothing like|unlike|boring|overrated|instead of|"
        r"rather than|disappointed by|except for|less like",
    ),
    (
        None,
        r"(?:never|haven'?t|have not|yet to|want to|wanna|going to|plan to|about to)"
        r"(?: \w+){0,2} (?:see|seen|watch|watched|try|check out)",
    ),
    (
        "exclude_titles",
        r"seen|watched|saw|besides|apart from|other than|aside from|except|excluding|"
        r"not counting|already know|no need for",
    ),
    (
        "like",
        r"lov(?:e|ed|ing)|lik(?:e|ed)|enjoy(?:ed)?|similar|favou?rites?|such as|examples?|"
        r"e\.?g|think|reminds?|fans? of|vibes?|vein|same|adored?|reminiscent|along the lines",
    ),
)
_CUES = tuple((attitude, re.compile(rf"\b(?:{words})\b")) for attitude, words in _CUE_WORDS)
_LIKED_AFTER = re.compile(
    r"^[^.!?\n]{0,80}?\b(?:and|but|which|that)(?: \w+){0,3} "
    r"(?:lov(?:e|ed)|lik(?:e|ed)|enjoy(?:ed)?|adored?)"
    r"(?: (?:it|them|both|all|every)\b|(?= ?(?:[.,!?)]|$)))"
)
_HATED_AFTER = re.compile(
    r"^[^.!?\n]{0,60}?\b(?:and|but|which|that)(?: \w+){0,3} "
    rf"(?:hated?|{DO_NOT}(?: \w+)? (?:like|enjoy))"
    r"(?: (?:it|them|both|all|any)\b|(?= ?(?:[.,!?)]|$)))"
)
_OPENS_QUOTE = re.compile(r"(?:[\"*_]|(?<![\w])')$")
_CLOSES_QUOTE = re.compile(r"^[.,!?]?[\"*_']")
_JOINED_BEFORE = re.compile(r"(?:^|[,/•*\n:;(+&-]|\b(?:and|or|meets|x))\s*[\"'*_]*$")
_JOINED_AFTER = re.compile(
    r"^[\"'*_]*\s*(?:[,/•*\n;:)+&]|(?:and|or|meets|x)\b|$|[.!?]|- |\(|etc|ect|\.\.)"
)
_LINE_BEFORE = re.compile(r"(?:^|\n)[\s*•\-\u2013\d.)#>\"_]*$")
_LINE_AFTER = re.compile(r"^[\s*\"_]*(?:$|\n|\(|- |[,;]?\s*(?:$|\n))")

# How common a word is by its place in the dictionary: names like "Frozen" are rarer than "Game".
_PLAIN_BEFORE = 3000
_RARE_AFTER = 11000
_UNKNOWN = 99_999
# Letters before a name in which what is thought of it may be said.
_LOOK_BACK = 600


@dataclass(frozen=True, slots=True)
class Setting:
    """How a run of words stands in a message."""

    quoted: bool
    own_line: bool
    listed: bool
    opens_sentence: bool


def setting_of(reading: Reading, run: list[Word]) -> Setting:
    """Look at what is around a run of words."""
    before, after = reading.text[: run[0].start], reading.text[run[-1].end :]
    near = before[-40:]
    return Setting(
        quoted=bool(_OPENS_QUOTE.search(near) and _CLOSES_QUOTE.match(after)),
        own_line=bool(_LINE_BEFORE.search(near) and _LINE_AFTER.match(after))
        and (len(before) + len(after) > 0),
        listed=bool(_JOINED_BEFORE.search(near) and _JOINED_AFTER.match(after)),
        opens_sentence=not before or before.rstrip(" \"'*(").endswith((".", "!", "?", "\n", ":")),
    )


def looks_named(title: NamedTitle, run: list[Word], setting: Setting) -> bool:
    """Say whether a run of words that is a title's name is meant as one."""
    ranks = [word_ranks().get(word.key, _UNKNOWN) for word in run]
    rarest, many = max(ranks), len(run) > 1
    capitals = _in_capitals(run)
    if setting.quoted:
        return capitals or many
    if all(word.key in COMMON_WORDS for word in run) and not (many and capitals):
        return False
    if setting.own_line and run[0].capitalised:
        return many or (title.popularity >= 0.3 and rarest >= _PLAIN_BEFORE)
    if not capitals:
        return _looks_named_in_small(title, run, rarest, setting)
    if many:
        plain = rarest < _PLAIN_BEFORE and len(run) == 2 and not setting.listed
        return title.popularity >= (0.5 if plain else 0.15) or len(run) >= 4
    if setting.opens_sentence and not setting.listed:
        return False
    return title.popularity >= 0.4 and (
        rarest >= _RARE_AFTER or (setting.listed and rarest >= _PLAIN_BEFORE)
    )


def _looks_named_in_small(
    title: NamedTitle, run: list[Word], rarest: int, setting: Setting
) -> bool:
    if len(run) == 1:
        return setting.listed and rarest >= _RARE_AFTER and title.popularity >= 0.65
    if setting.own_line and title.popularity >= 0.3:
        return True
    telling = rarest >= _PLAIN_BEFORE or len(run) >= 4
    return telling and title.popularity >= (0.45 if setting.listed else 0.6)


def _in_capitals(run: list[Word]) -> bool:
    return run[0].capitalised and all(w.capitalised or w.key in SMALL_WORDS for w in run)


def attitude_to(reading: Reading, start: int, end: int) -> Attitude | None:
    """Return what the viewer thinks of a title named there; None if nothing is to be read."""
    text = reading.text.lower()
    first = max(0, start - _LOOK_BACK)
    ends = [match.end() for match in _SENTENCE_END.finditer(reading.text[first:start])]
    sentence = text[first + (ends[-1] if ends else 0) : start]
    found: tuple[int, Attitude | None] = (-1, "like")
    for attitude, cue in _CUES:
        for match in cue.finditer(sentence):
            # An earlier rule wins where two match the same words: "didn't like" has "like".
            if match.end() > found[0]:
                found = (match.end(), attitude)
    return attitude_after(reading, end, found[1])


def attitude_after(reading: Reading, end: int, said: Attitude | None) -> Attitude | None:
    """Return what is thought of a title, given what is said after it: "... and loved it"."""
    after = reading.text[end : end + 120].lower()
    if _HATED_AFTER.match(after):
        return "unlike"
    return "like" if said == "exclude_titles" and _LIKED_AFTER.match(after) else said
