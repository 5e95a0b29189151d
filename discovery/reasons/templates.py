"""The template reason: one sentence of catalogue facts that links a title to the wish.

It is on the card at once, and stays if GenRec's own sentence isn't accepted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from catalog.facts import TitleFacts
from catalog.ontology import load_ontology
from discovery.reasons.genre_words import genre_name, genre_phrase
from discovery.retrieval.genre_fit import genre_weight
from discovery.retrieval.vibes import asked_terms
from discovery.understanding.lexicon import MOODS
from discovery.wording import genre_leanings, listed
from genrec.contract import Query

MAX_TEMPLATE_CHARS = 300
MAX_TERMS = 3
# Groups of the ontology whose terms say how a title is, but for a few, and terms of other groups.
_HOW_GROUPS = frozenset({"mood", "tone"})
_NOT_HOW = frozenset({"black comedy", "parody"})
_HOW = frozenset(
    {
        "atmospheric",
        "bingeable",
        "black-and-white",
        "epic",
        "experimental",
        "explosive",
        "fast-paced",
        "gory",
        "gothic",
        "hand-drawn",
        "meditative",
        "mind-bending",
        "nonlinear",
        "quiet",
        "silent",
        "stylish",
        "talky",
        "twisty",
        "visually lush",
    }
)


@dataclass(frozen=True, slots=True)
class ReasonContext:
    """What a reason may speak of: the pick's facts, the wish, and titles the viewer named or liked.

    `references` are the titles that the wish is to be like; `liked` come from the history.
    """

    facts: TitleFacts
    query: Query
    references: tuple[TitleFacts, ...] = ()
    liked: tuple[TitleFacts, ...] = ()


class _Clause(NamedTuple):
    text: str
    # Lower says it first.
    rank: int


def template_reason(context: ReasonContext) -> str:
    """Return a sentence made of facts: what the title is, and what links it to the wish."""
    clauses = sorted(_clauses(context), key=lambda clause: clause.rank)[:2]
    sentence = ", ".join([_lead(context), *(clause.text for clause in clauses)])
    return f"{sentence}."[:MAX_TEMPLATE_CHARS]


def what_it_is(context: ReasonContext) -> str:
    """Return "98-minute horror comedy from 1985", without an article."""
    facts = context.facts
    phrase = genre_phrase(_genres_to_name(context), facts.kind)
    if facts.runtime_min:
        phrase = f"{facts.runtime_min}-minute {phrase}"
    return phrase + (f" from {facts.year}" if facts.year else "")


def links_of(context: ReasonContext) -> list[str]:
    """Return what links the title to people, titles and places of the wish or the history."""
    described = described_terms(context)
    clauses = [
        *_people_clauses(context),
        # In the words that the text head was trained on.
        *([_Clause(f"described as {listed(described)}", 2)] if described else []),
        *(_reference_clauses(context) or _liked_clauses(context)),
        *_place_clauses(context),
    ]
    return [clause.text for clause in clauses]


def described_terms(context: ReasonContext) -> list[str]:
    """Return the terms of the title's description that the wish asks for, at most three."""
    asked = asked_terms(context.query)
    wanted = [term for term, strength in asked.items() if strength > 0]
    return [term for term in wanted if term in context.facts.tags][:MAX_TERMS]


def _lead(context: ReasonContext) -> str:
    """Say what it is: "A 98-minute horror comedy from 1985"."""
    phrase = what_it_is(context)
    return f"{'An' if _sounds_like_vowel(phrase) else 'A'} {phrase}"


def _genres_to_name(context: ReasonContext) -> list[str]:
    """Return the title's genres, those that the wish cares about first."""
    leanings = genre_leanings(context.query)
    asked = {*context.query.genres_all, *context.query.genres_any}
    shared = {genre for title in context.references for genre in title.genres}

    def interest(genre: str) -> tuple[float, str]:
        score = 3.0 * (genre in asked) + 2.0 * max(0.0, leanings.get(genre, 0.0))
        return -(score + (genre in shared) + genre_weight(genre)), genre

    return sorted(context.facts.genres, key=interest)


def _clauses(context: ReasonContext) -> list[_Clause]:
    """Return what links the title to the wish or the history; a plain fact if little does."""
    people, references = _people_clauses(context), _reference_clauses(context)
    liked = [] if references else _liked_clauses(context)
    clauses = [*people, *references, *liked, *_mood_clauses(context), *_place_clauses(context)]
    names_somebody = people or any(" by " in f" {c.text}" for c in (*references, *liked))
    if len(clauses) < 2 and not names_somebody:
        clauses += _maker_clauses(context)
    return clauses


def _people_clauses(context: ReasonContext) -> list[_Clause]:
    facts = context.facts
    wanted = {ref.text for ref in (*context.query.people_required, *context.query.people)}
    clauses = []
    for label, names in (
        ("directed by", facts.directors),
        ("with", facts.cast),
        ("written by", facts.writers),
    ):
        if found := [name for name in names if name in wanted]:
            clauses.append(_Clause(f"{label} {listed(found)}", 0))
            wanted -= set(found)
    return clauses


def _reference_clauses(context: ReasonContext) -> list[_Clause]:
    """Link the title to the first reference that it shares something telling with."""
    for reference in context.references:
        if text := _shared_with(context, reference):
            return [_Clause(text, 1)]
    return []


def _shared_with(context: ReasonContext, reference: TitleFacts) -> str:
    facts = context.facts
    if makers := [name for name in facts.directors if name in reference.directors]:
        return f"by {listed(makers)}, who made {reference.name}"
    if players := [name for name in facts.cast if name in reference.cast][:2]:
        return f"with {listed(players)} of {reference.name}"
    shared = [g for g in _genres_to_name(context) if g in reference.genres][:3]
    if shared:
        return f"close to {reference.name} in its {listed(map(genre_name, shared))}"
    return ""


def _liked_clauses(context: ReasonContext) -> list[_Clause]:
    for title in reversed(context.liked):
        if makers := [name for name in context.facts.directors if name in title.directors]:
            return [_Clause(f"by {listed(makers)}, whose {title.name} you liked", 2)]
    for title in reversed(context.liked):
        if players := [name for name in context.facts.cast if name in title.cast][:1]:
            return [_Clause(f"with {players[0]}, whom you know from {title.name}", 3)]
        shared = [g for g in context.facts.genres if g in title.genres and genre_weight(g) >= 0.7]
        if len(shared) > 1:
            genres = listed(map(genre_name, shared[:2]))
            return [_Clause(f"with the {genres} of {title.name}, which you liked", 6)]
    return []


def _mood_clauses(context: ReasonContext) -> list[_Clause]:
    """Say which terms of its description answer the wish, or else which genre leans that way.

    Never that the title has a mood that nobody gave it.
    """
    facts = context.facts
    if described := described_terms(context):
        return [_Clause(_description(described), 2)]
    for mood in context.query.moods:
        # Words that GenRec labelled are no terms of the ontology, but may be tags.
        if mood in facts.tags:
            return [_Clause(f"tagged {mood}", 2)]
        best = [g for g in facts.genres if MOODS.get(mood, {}).get(g, 0) >= 0.6]
        # "Romance for your romantic" says nothing twice.
        if best and genre_name(best[0])[:5] != mood[:5]:
            return [_Clause(f"with {genre_name(best[0])} for your “{mood}”", 4)]
    themes = [theme for theme in context.query.themes if theme in facts.tags]
    return [_Clause(f"tagged {theme}", 2) for theme in themes[:1]]


def _description(terms: Sequence[str], between: str = ", ") -> str:
    """Return "described as funny, tagged food": most terms but moods and tones are nouns."""
    said = [term for term in terms if says_how(term)]
    things = [term for term in terms if term not in said]
    clauses = [f"described as {listed(said)}"] if said else []
    return between.join([*clauses, f"tagged {listed(things)}"] if things else clauses)


def in_our_words(sentence: str, context: ReasonContext) -> str:
    """Return a generated sentence with things that a title is tagged with told from what it is.

    GenRec describes a title as "twisty and heist", in the words of its facts.
    """
    terms = described_terms(context)
    if all(map(says_how, terms)):
        return sentence
    term = "|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True))
    described = rf"\bdescribed as ((?:{term})(?:(?:,? and |, )(?:{term}))*)(?![\w-])"
    return re.sub(
        described, lambda match: _description(re.findall(term, match[1]), " and "), sentence
    )


def says_how(term: str) -> bool:
    """Say whether a title is what the term says, as "funny" and unlike "heist"."""
    if load_ontology().terms[term].group in _HOW_GROUPS:
        return term not in _NOT_HOW
    return term in _HOW


def _place_clauses(context: ReasonContext) -> list[_Clause]:
    query, facts = context.query, context.facts
    clauses = []
    if languages := [name for name in facts.languages if name in query.languages]:
        clauses.append(_Clause(f"in {listed(languages)}", 5))
    if countries := [name for name in facts.countries if name in query.countries]:
        clauses.append(_Clause(f"made in {listed(countries)}", 5))
    return clauses


def _maker_clauses(context: ReasonContext) -> list[_Clause]:
    """A plain fact for when little links the title to the wish."""
    if context.facts.directors:
        return [_Clause(f"directed by {context.facts.directors[0]}", 8)]
    if context.facts.cast:
        return [_Clause(f"with {listed(context.facts.cast[:2])}", 8)]
    return []


def _sounds_like_vowel(phrase: str) -> bool:
    first = phrase.split("-")[0].split(" ")[0]
    if first.isdecimal():
        return first[0] == "8" or first in {"11", "18"}
    return first[0].lower() in "aeiou"
