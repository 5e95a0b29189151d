"""Is a message a new wish, or a patch on the conversation's Query?

Rules, in order:

1. Without a previous Query, everything is a new wish. So is "start over" and the like.
2. A message about the last cards patches: "more like the second", "older ones", "shorter".
3. A message that opens as a follow-up patches: "but ...", "and ...", "only ...", "no ...",
   "make it ...", "what about ...".
4. A message that holds nothing but constraints and moods (no title to be like, no text left)
   patches, unless it opens as a wish of its own ("I want ...", "something ...", "a ...").
5. Everything else is a new wish.

In a patch a new value replaces one of the same field; genres, moods, titles to leave out and
required people add up. What is newly refused is no longer asked for. Bounds that leave nothing
between them: the older one goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from catalog.text import fold
from discovery.understanding.lexicon import ORDINALS
from discovery.understanding.words import Reading
from genrec.contract import Query, TitleRef

_OPENS_PATCH = re.compile(
    r"^\W*(?:but|and|also|only|just|now|no|not|without|less|more|make it|same but|instead|"
    r"what about|how about|with|nothing|older|newer|shorter|longer|under|over|from the|"
    r"preferably|actually|rather|ok but|okay but|maybe|except|exclude|skip|remove|add|even)\b"
)
_OPENS_WISH = re.compile(
    r"^\W*(?:i(?:'m| am|'d| want| need| feel)|something|anything|show me|give me|find|recommend|"
    r"suggest|looking for|a |an |some |films?|movies?|any )"
)
_STARTS_OVER = re.compile(
    r"\b(?:start (?:over|again|anew)|new search|forget (?:that|it|all)|reset)\b"
)
_COMPARATIVES = {
    "older": ("year_max", -1),
    "earlier": ("year_max", -1),
    "newer": ("year_min", 1),
    "more recent": ("year_min", 1),
    "more modern": ("year_min", 1),
    "shorter": ("runtime_max", -1),
    "longer": ("runtime_min", 1),
}
_COMPARATIVE = re.compile(
    r"\b(" + "|".join(_COMPARATIVES) + r")\b(?! than)(?: ones?| films?| movies?)?"
)
_NTH = re.compile(
    r"\b(?:like|similar to|as) (?:the )?(?:("
    + "|".join(ORDINALS)
    + r"|last)(?: one| film| movie)?|"
    r"number (\d))\b(?! (?:film|movie) (?:by|from))"
)
_OPPOSITE = {"year_min": "year_max", "runtime_min": "runtime_max"}
_OPPOSITE |= {high: low for low, high in _OPPOSITE.items()}
_ADDING = frozenset(
    {"moods", "themes", "genres_none", "exclude_titles", "people_required", "people", "unlike"}
)
_PLAIN_FIELDS = frozenset(Query.model_fields) - {
    "version",
    "intent",
    "evidence",
    "text",
    "allow_unknown",
}


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
    if (match := _NTH.search(text)) and (index := _card_index(match, len(cards))) is not None:
        card = cards[index]
        fields["like"] = (TitleRef(mention=match[0], title_id=card.title_id, label=card.label),)
        evidence["like"] = match[0]
    for match in _COMPARATIVE.finditer(text):
        field, step = _COMPARATIVES[match[1]]
        bound = _middle(field, references)
        if bound is not None:
            fields[field] = bound + step
            evidence[field] = match[0]
    return {**fields, "evidence": evidence} if fields else {}


def without_words(text: str, evidence: Mapping[str, str]) -> str:
    """Return `text` without the words that were read as something else after all."""
    read = {word for span in evidence.values() for word in fold(span).split()}
    return " ".join(word for word in text.split() if fold(word) not in read)


def patch_or_anew(
    message: str, parsed: Query, previous: Query | None, card_fields: Mapping[str, Any]
) -> Query:
    """Return the Query of this turn, given what its message says by itself."""
    update = dict(card_fields)
    evidence = {**parsed.evidence, **update.pop("evidence", {})}
    text = without_words(parsed.text, card_fields.get("evidence", {}))
    alone = parsed.model_copy(update={**update, "text": text, "evidence": evidence})
    if previous is None or alone.intent in {"malicious", "out_of_scope", "chitchat", "surprise"}:
        return alone
    # "Older ones" is about the cards; "like Alien but older" is a wish of its own.
    about_cards = bool(card_fields) and not parsed.like
    if not (about_cards or is_patch(message, alone)):
        return alone
    return patched(previous, alone)


def is_patch(message: str, parsed: Query) -> bool:
    """Apply the rules above to a message that follows another."""
    low = message.lower()
    if _STARTS_OVER.search(low):
        return False
    if _OPENS_PATCH.match(low):
        return True
    return not (_OPENS_WISH.match(low) or parsed.like or parsed.text)


def patched(previous: Query, patch: Query) -> Query:
    """Return the conversation's Query with a patch applied."""
    said = {name for name in _PLAIN_FIELDS if getattr(patch, name) != _default(name)}
    update: dict[str, Any] = {name: _joined(previous, patch, name) for name in said}
    evidence = {**previous.evidence, **patch.evidence}
    _drop_refused(previous, patch, update)
    for name in said & set(_OPPOSITE):
        other = _OPPOSITE[name]
        if other not in said and _crossed(update | {other: getattr(previous, other)}, name, other):
            update[other] = None
            evidence.pop(other, None)
    words = [text for text in (previous.text, patch.text) if text]
    update |= {"intent": "more_like" if "like" in said else "refine", "text": " ".join(words)[:500]}
    kept = {
        name: span
        for name, span in evidence.items()
        if update.get(name, getattr(previous, name, None)) not in (None, (), {})
    }
    return previous.model_copy(update={**update, "evidence": kept})


def _joined(previous: Query, patch: Query, name: str) -> Any:
    old, new = getattr(previous, name), getattr(patch, name)
    if name == "content_max":
        return {**old, **new}
    if name in _ADDING:
        return tuple(dict.fromkeys((*old, *new)))
    if name == "genres_all":
        return tuple(dict.fromkeys((*(g for g in old if g not in patch.genres_none), *new)))
    return new


def _drop_refused(previous: Query, patch: Query, update: dict[str, Any]) -> None:
    """Stop asking for what the patch refuses, and refusing what it asks for."""
    refused = set(patch.genres_none)
    asked = {*patch.genres_all, *patch.genres_any}
    for name in ("genres_all", "genres_any"):
        values = update.get(name, getattr(previous, name))
        update[name] = tuple(value for value in values if value not in refused)
    update["genres_none"] = tuple(
        value for value in update.get("genres_none", previous.genres_none) if value not in asked
    )
    moods = update.get("moods", previous.moods)
    update["moods"] = tuple(m for m in moods if f"less {m}" not in patch.moods)
    refused_ids = {ref.title_id for ref in (*patch.exclude_titles, *patch.unlike)}
    likes = update.get("like", previous.like)
    update["like"] = tuple(ref for ref in likes if ref.title_id not in refused_ids)


def _crossed(values: Mapping[str, Any], one: str, other: str) -> bool:
    low, high = (one, other) if one.endswith("min") else (other, one)
    return None not in (values[low], values[high]) and values[low] > values[high]


def _card_index(match: re.Match[str], n_picks: int) -> int | None:
    if match[2]:
        index = int(match[2]) - 1
    else:
        index = n_picks - 1 if match[1] == "last" else ORDINALS[match[1]]
    return index if 0 <= index < n_picks else None


def _middle(field: str, titles: Sequence[Shown]) -> int | None:
    """Return the middle year or runtime of titles: what "older" is older than."""
    name = "year" if field.startswith("year") else "runtime_min"
    values = [value for title in titles if (value := getattr(title, name)) is not None]
    return round(median(values)) if values else None


def _default(name: str) -> Any:
    return Query.model_fields[name].get_default(call_default_factory=True)
