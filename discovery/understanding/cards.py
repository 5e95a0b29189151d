"""What a message says of the last cards: "more like the second", "hated the third", "older"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from discovery.understanding.lexicon import NUMBERS, ORDINALS
from discovery.understanding.patterns import AROUND, CANNOT, DO_NOT, REFUSED
from discovery.understanding.words import Reading
from genrec.contract import TitleRef

_COMPARATIVES = {
    "older": ("year_max", -1),
    "earlier": ("year_max", -1),
    "too new": ("year_max", -1),
    "too recent": ("year_max", -1),
    "too modern": ("year_max", -1),
    "newer": ("year_min", 1),
    "more recent": ("year_min", 1),
    "more modern": ("year_min", 1),
    "too old": ("year_min", 1),
    "shorter": ("runtime_max", -1),
    "too long": ("runtime_max", -1),
    "longer": ("runtime_min", 1),
    "too short": ("runtime_min", 1),
}
_OPPOSITE = {"year_min": "year_max", "runtime_min": "runtime_max"}
_OPPOSITE |= {high: low for low, high in _OPPOSITE.items()}
# "The older I get" speaks of the viewer, and "older ones are welcome" asks for nothing. "Have you
# nothing older?" refuses nothing.
_COMPARATIVE = re.compile(
    r"\b(?:(?:(?<!have )(?<!got )(?<!you )(?<!there )|(?!no))"
    rf"(?P<refused>{REFUSED}{AROUND}) )?"
    r"(?:(?:a )?(?:bit|little|lot|much|slightly|somewhat) )?(?P<compared>"
    + "|".join(_COMPARATIVES)
    + r")\b(?! than| (?:i|we|you|he|she)\b|[\w ]{0,40}\bwelcome\b)"
    r"(?P<noun> ones?| films?| movies?| stuff| titles?)?"
)
_SEVERAL = "two|three|four|five|2|3|4|5"
_ONE = (
    r"(?:the )?(?:(?:" + "|".join(ORDINALS) + r"|last)(?: one| film| movie| card| title)?\b|"
    r"(?:number |no\. ?|#)\d\b)"
)
_CARDS = (
    rf"(?:(?:the )?(?:first|last|top|other) (?:{_SEVERAL})(?: ones| films| movies| of them)?\b|"
    r"(?:all|both|any|either|none)(?: of)? (?:of )?(?:them|these|those)\b|"
    rf"{_ONE}(?:(?:,| and| or| &)+ {_ONE})*)"
)
# "The first" of the cards, not "the first half" nor "the first Alien".
_NO_NOUN = (
    r"(?=\s*(?:$|[,.;!?)\n]|(?:and|but|or|so|please|though|already|too|only|instead|better|best|"
    r"most|more|a lot|very|really|from|of (?:these|those|them)|is|was|looks?|sounds?|"
    r"(?:that )?you(?:'ve|'re| have| are| show(?:ed)?| gave| suggest(?:ed)?)?|(?:up |over )?there|"
    r"on (?:the|your|that) list)\b))"
)
_RELATIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (
        field,
        re.compile(rf"\b(?:{verbs})(?: (?:already|really))? (?P<cards>{_CARDS}){_NO_NOUN}"),
    )
    for field, verbs in (
        (
            "unlike",
            rf"hated?|dislike[ds]?|{DO_NOT} (?:really )?(?:like|love|enjoy)|"
            rf"{CANNOT} stand|not (?:in|too)?to|not a fan of|not like|nothing like|"
            r"less like|unlike",
        ),
        (
            "exclude_titles",
            r"(?:seen|watched|saw|know|knew)|not|but not|except(?: for)?|skip|drop|remove|without|"
            r"no to|lose|apart from",
        ),
        (
            "like",
            r"(?:more )?like|similar to|as|loved?|liked?|enjoyed|adored?|go with|closer to",
        ),
    )
)  # fmt: skip
_GONE = re.compile(
    rf"\b(?P<cards>{_CARDS}) (?:is|are)(?:n't| not| no longer) (?:available|there)\b"
)
_EACH = re.compile(
    r"\b(?:(?P<nth>" + "|".join(ORDINALS) + r"|last)|(?:number |no\. ?|#)(?P<number>\d))\b"
)
_RUN = re.compile(rf"\b(?P<end>first|last|top) (?P<many>{_SEVERAL})\b")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a comparison needs to know of a title."""

    title_id: int
    label: str
    year: int | None
    runtime_min: int | None


def read_card_words(
    message: str, cards: Sequence[Shown], references: Sequence[Shown]
) -> dict[str, Any]:
    """Return the fields that compare with titles at hand: "the second", "older", "shorter".

    Args:
        cards: of the last slate, in order: "more like the second".
        references: what "older" is older than, in the middle: the titles that the wish is to be
            like, or else the cards.
    """
    text = Reading.of(message).left
    fields: dict[str, Any] = {}
    evidence: dict[str, str] = {}
    for name, pattern in (*_RELATIONS, ("exclude_titles", _GONE)):
        for match in list(pattern.finditer(text)):
            meant = dict.fromkeys(_cards_meant(match["cards"], len(cards)))
            references_to = (_reference(match[0], cards[index]) for index in meant)
            if added := tuple(references_to):
                fields[name] = (*fields.get(name, ()), *added)
                evidence[name] = "; ".join(filter(None, (evidence.get(name), match[0])))
                text = text[: match.start()] + "\x00" * len(match[0]) + text[match.end() :]
    for match in _COMPARATIVE.finditer(text):
        if (compared := _compared(match)) is None:
            continue
        field, step = compared
        bound = _middle(field, references)
        if bound is not None:
            fields[field] = bound + step
            evidence[field] = match[0]
    return {**fields, "evidence": evidence} if fields else {}


def _compared(match: re.Match[str]) -> tuple[str, int] | None:
    """Return the bound that a comparison moves and by how much; "nothing older" keeps the years."""
    field, step = _COMPARATIVES[match["compared"]]
    refused = match["refused"]
    if refused is None:
        return field, step
    if match["compared"].startswith("too "):
        return None if refused == "not" else (field, step)
    # "I no longer want a thriller" compares nothing.
    if refused == "no" and match["compared"] == "longer" and not match["noun"]:
        return None
    return _OPPOSITE[field], 0


def _reference(said: str, card: Shown) -> TitleRef:
    return TitleRef(mention=said[:200], title_id=card.title_id, label=card.label)


def _cards_meant(words: str, n_cards: int) -> Iterator[int]:
    """Yield the places of the cards that "the first two" or "the second and the last" mean."""
    if re.search(r"\b(?:all|both|any|either|none)\b", words):
        yield from range(n_cards)
    elif run := _RUN.search(words):
        many = min(NUMBERS.get(run["many"]) or int(run["many"]), n_cards)
        yield from range(n_cards - many, n_cards) if run["end"] == "last" else range(many)
    elif other := re.search(rf"\bother ({_SEVERAL})\b", words):
        many = min(NUMBERS.get(other[1]) or int(other[1]), n_cards)
        yield from range(n_cards - many, n_cards)
    else:
        for match in _EACH.finditer(words):
            index = int(match["number"]) - 1 if match["number"] else _place(match["nth"], n_cards)
            if 0 <= index < n_cards:
                yield index


def _place(ordinal: str, n_cards: int) -> int:
    return n_cards - 1 if ordinal == "last" else ORDINALS[ordinal]


def _middle(field: str, titles: Sequence[Shown]) -> int | None:
    """Return the middle year or runtime of titles: what "older" is older than."""
    name = "year" if field.startswith("year") else "runtime_min"
    values = [value for title in titles if (value := getattr(title, name)) is not None]
    return round(median(values)) if values else None
