"""Is a message a new wish, or a patch on the conversation's Query?

Rules, in order:

1. Without a previous Query, everything is a new wish. So is "start over" and the like.
2. A message about the last cards patches: "more like the second", "older ones", "shorter";
   one that only asks for other titles ("something else") leaves the Query as it was.
3. A message that opens as a follow-up patches: "but ...", "and ...", "only ...", "no ...",
   "make it ...", "what about ..."; so does one that speaks of the wish or of the cards anywhere:
   "I changed my mind, ... instead", "it should be ...", "these look ...", "three is plenty".
4. A message that holds nothing but constraints and moods (no title to be like, no text left)
   patches, unless it opens as a wish of its own ("I want ...", "something ...", "a ...");
   "give me ten", which says only how many, patches however it opens.
5. Everything else is a new wish.

In a patch a new value replaces one of the same field; genres, moods, titles to leave out and
required people add up. "Old", "recent" and "long" never widen bounds. What is newly refused is no
longer asked for. Bounds that leave nothing between them: the older one goes. Of the words that no
rule reads, those that are only talk do not join the conversation's text (`talk`); conditions can be
let go (`releasing`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from catalog.text import fold
from discovery.understanding.asides import permitted
from discovery.understanding.lexicon import THEME_OF
from discovery.understanding.needless import allow
from discovery.understanding.refused_places import refused_places
from discovery.understanding.releasing import released, without_fields
from discovery.understanding.talk import OPENING, follow_up
from genrec.contract import Query

_OPENS_PATCH = re.compile(
    OPENING + r"(?:but|and|also|only|just|now|no|not|without|less|more|make it|same but|instead|"
    r"what about|how about|with|nothing|older|newer|shorter|longer|under|over|from the|"
    r"preferably|actually|rather|maybe|except|exclude|skip|remove|add|even|keep|drop|ditch|swap|"
    r"narrow|leave out|nor|still|too|slightly|somewhat|i meant|i'm not (?:really )?feeling|"
    r"let's (?:try|go|make|keep|have)|(?:i|we)(?:'d| would) (?:rather|sooner|prefer)|sick of|"
    r"tired of|enough of)\b"
)
_OPENS_WISH = re.compile(
    OPENING + r"(?:i(?:'m| am|'d| want| need| feel)|something|anything|show me|give me|find|"
    r"recommend|suggest|looking for|a |an |some |films?|movies?|any )"
)
# Wherever they stand, these words speak of the wish as it is, or of the cards that it brought.
_ALTERS = re.compile(
    r"\b(?:make (?:it|that|them)|chang(?:e|ed) (?:my|our) minds?|instead(?: of)?|rather than|"
    r"(?:could|can|should|must|might) (?:it|they) (?:be|have)|(?:it|they) (?:should|has to|have to|"
    r"must|needs? to|can't|cannot)|if possible|as well|(?:these|those|they) (?:all )?(?:look|are|"
    r"seem|sound|feel)|on second thoughts?|forget (?:about )?the|while (?:you're|we're) at it|"
    r"(?:is|are|will be|would be) (?:plenty|enough)|a (?:bit|little|touch|lot) (?:more|less)|"
    r"(?:an? (?:bit|little|touch|lot)|even|way|far|slightly|somewhat) (?:more|less|\w{3,}er)|"
    r"(?:can|could) (?:we|you|it)(?: please)? (?:go|keep|leave out|drop|lose|skip|narrow)|"
    r"keep (?:it|that|them)|than (?:these|those|them))\b"
)
_OTHERS = re.compile(
    r"^\W*(?:(?:ok|okay|no|nah|hmm|meh|thanks|please|and|but|can (?:i|you)|could you|let me|i want|"
    r"i'd like|we want)[,. ]+)*(?:(?:show|give|find|get|see|try)(?: me| us)? )?"
    r"(?:something else|anything else|(?:some |any )?other (?:ones?|films?|movies?|titles?|"
    r"options?|suggestions?|ideas?|picks)|(?:some )?others|another(?: one| film| movie)?|"
    r"(?:some )?more(?: (?:of (?:these|those|them|the same|that)|options?|ideas?|films?|movies?|"
    r"titles?|suggestions|ones|like (?:this|these|that|those)))?|(?:some )?different ones?|"
    r"the next(?: ones?)?|next|again|none of (?:these|those|them)|not (?:these|those)|"
    r"what else(?: (?:do you have|is there|have you got))?)(?: please| instead| then)?\W*$"
)
_GOES_ON = re.compile(
    r"\b(?:(?:anything|something|ones?|more|films?|movies?) (?:like|along the lines of|similar to) "
    r"(?:it|that|this)|have you got|do you have|got any(?:thing)?)\b"
)
_STARTS_OVER = re.compile(
    r"\b(?:start (?:over|again|anew)|new search|forget (?:that|it|all)|reset)\b"
)
_OPPOSITE = {"year_min": "year_max", "runtime_min": "runtime_max"}
_OPPOSITE |= {high: low for low, high in _OPPOSITE.items()}
# "No old films" is no year of its own: a stricter one that was said stays.
_VAGUE = re.compile(
    r"^(?!.*(?:\d|hour|minute)).*\b(?:old|recent|recently|new|newish|latest|long)\b"
)
_ADDING = frozenset(
    {
        "moods",
        "themes",
        "genres_none",
        "exclude_titles",
        "people_required",
        "people_none",
        "people",
        "unlike",
    }
)
_PLAIN_FIELDS = frozenset(Query.model_fields) - {
    "version",
    "intent",
    "evidence",
    "text",
    "allow_unknown",
}


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
    if asks_for_others(message) and not card_fields:
        return previous.model_copy(update={"intent": "refine"})
    let_go, rest = released(message)
    for clause in permitted(rest):
        rest = rest.replace(clause, " ", 1)
    said = follow_up(alone, rest, previous)
    # "Older ones" is about the cards; "like Alien but older" is a wish of its own.
    about_cards = bool(card_fields) and not parsed.like
    allowed = allow(previous, message)
    # "Some violence is ok" wishes nothing of its own.
    lifts = allowed != previous and not _fields_said(said)
    if not (about_cards or let_go or lifts or is_patch(message, said)):
        return alone
    standing = _without_places(without_fields(allowed, let_go), refused_places(message))
    return patched(standing, said)


def _without_places(query: Query, refused: frozenset[str]) -> Query:
    """Stop asking for places that are refused, which a Query can't say otherwise."""
    if not refused:
        return query
    places = {
        name: tuple(place for place in getattr(query, name) if place not in refused)
        for name in ("countries", "languages")
    }
    gone = frozenset(name for name, left in places.items() if not left)
    return without_fields(query.model_copy(update=places), gone)


def asks_for_others(message: str) -> bool:
    """Whether a message only asks for other titles: the wish stays as it was."""
    return _OTHERS.match(message.lower()) is not None


def is_patch(message: str, parsed: Query) -> bool:
    """Apply the rules above to a message that follows another."""
    low = message.lower()
    if _STARTS_OVER.search(low):
        return False
    if _OPENS_PATCH.match(low) or _ALTERS.search(low):
        return True
    if _fields_said(parsed) == {"count"} and not parsed.text:
        return True
    if _OPENS_WISH.match(low):
        return False
    if any(permitted(low)):
        return True
    # "We had such fun with Ghostbusters, anything like it?" goes on; "Blade Runner" starts anew.
    return bool(parsed.like and _GOES_ON.search(low)) or not (parsed.like or parsed.text)


def patched(previous: Query, patch: Query) -> Query:
    """Return the conversation's Query with a patch applied."""
    said = _fields_said(patch)
    update: dict[str, Any] = {name: _joined(previous, patch, name) for name in said}
    evidence = {**previous.evidence, **patch.evidence}
    _drop_refused(previous, patch, update)
    for name in said & set(_OPPOSITE):
        other = _OPPOSITE[name]
        if other not in said and _crossed(update | {other: getattr(previous, other)}, name, other):
            update[other] = None
            evidence.pop(other, None)
        elif _VAGUE.match(patch.evidence.get(name, "").lower()):
            update[name] = _stricter(name, getattr(previous, name), getattr(patch, name))
    words = [text for text in (update.get("text", previous.text), patch.text) if text]
    update |= {"intent": "more_like" if "like" in said else "refine", "text": " ".join(words)[:500]}
    kept = {
        name: span
        for name, span in evidence.items()
        if update.get(name, getattr(previous, name, None)) not in (None, (), {})
    }
    return previous.model_copy(update={**update, "evidence": kept})


def _stricter(name: str, one: int | None, other: int) -> int:
    if one is None:
        return other
    return max(one, other) if name.endswith("min") else min(one, other)


def _fields_said(query: Query) -> set[str]:
    return {name for name in _PLAIN_FIELDS if getattr(query, name) != _default(name)}


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
    _drop_refused_themes(previous, patch, update)
    moods = update.get("moods", previous.moods)
    update["moods"] = tuple(
        mood
        for mood in moods
        if f"less {mood}" not in patch.moods
        and not (
            mood.startswith("less ") and mood.removeprefix("less ") in {*patch.moods, *patch.themes}
        )
    )
    _drop_refused_people(previous, patch, update)
    if patch.quotas == {} and (patch.count or patch.genres_all or patch.genres_any):
        update["quotas"] = {}
    refused_ids = {ref.title_id for ref in (*patch.exclude_titles, *patch.unlike)}
    likes = update.get("like", previous.like)
    update["like"] = tuple(ref for ref in likes if ref.title_id not in refused_ids)


def _drop_refused_themes(previous: Query, patch: Query, update: dict[str, Any]) -> None:
    """Stop looking for a theme that the patch refuses, and for the words that said it."""
    gone = {theme for theme in previous.themes if f"less {theme}" in patch.moods}
    if not gone:
        return
    themes = update.get("themes", previous.themes)
    update["themes"] = tuple(theme for theme in themes if theme not in gone)
    words = {word for form, theme in THEME_OF.items() if theme in gone for word in form.split()}
    kept = (word for word in previous.text.split() if fold(word) not in words)
    update["text"] = " ".join(kept)


def _drop_refused_people(previous: Query, patch: Query, update: dict[str, Any]) -> None:
    refused = {person.person_id for person in patch.people_none}
    asked = {person.person_id for person in (*patch.people_required, *patch.people)}
    for name, gone in (("people_required", refused), ("people", refused), ("people_none", asked)):
        people = update.get(name, getattr(previous, name))
        update[name] = tuple(person for person in people if person.person_id not in gone)


def _crossed(values: Mapping[str, Any], one: str, other: str) -> bool:
    low, high = (one, other) if one.endswith("min") else (other, one)
    return None not in (values[low], values[high]) and values[low] > values[high]


def _default(name: str) -> Any:
    return Query.model_fields[name].get_default(call_default_factory=True)
