"""Is a generated sentence true? Accepted only if every word of it is backed.

A small model invents plots, people and years, so this is an allow-list, not a list of known lies:
each content word must come from the title's facts, the viewer's words, the names of titles that
may be mentioned, or a short list of words that claim nothing (`words.txt`). Beyond single
words, claims are checked that true words could still make false: numbers, who directed or played,
genres, moods, places, and what the viewer is said to have liked.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from catalog.facts import TitleFacts
from catalog.text import fold
from discovery.reasons.genre_words import genre_name
from discovery.reasons.naming import CONNECTORS, NAMES, check_names, is_part, nameable, padded
from discovery.reasons.relevance import RELEVANCE_CHECKS
from discovery.reasons.templates import ReasonContext
from discovery.understanding.lexicon import ALL_GENRES, MOOD_OF, MOODS, NUMBERS, PLACES

MIN_CHARS, MAX_CHARS = 20, 220
# "George A. Romero" and "Mr. Ripley" go on.
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b(?:Dr|Mr|Ms|Jr|Sr|St)\.)(?<!\bMrs\.)[\"\u201d\u2019')]*\s"
)
_FORBIDDEN = re.compile(
    r"https?:|www\.|\b\w+\.(?:com|net|org|io)\b|[$€£#@<>{}\[\]|\\^~*_`=]|\d\s?%|&\w+;"
)
_NEGATION = re.compile(r"\b(?:not|no|never|without|isn't|doesn't|nothing|neither|nor|lacks?)\b")
_SPELLED = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+s?")
_OWNERS = re.compile(r"['\u2019]s$")
_ROLE_CLAIMS = (
    ("directors", re.compile(r"\b(?:directed by|director|helmed by|filmmaker)\s+", re.I)),
    ("cast", re.compile(r"\b(?:starring|featuring|stars|played by|performances? by)\s+", re.I)),
    ("writers", re.compile(r"\bwritten by\s+", re.I)),
)
_MADE_AFTER = re.compile(r",?\s+(?:directed|made|wrote|helmed|shot)\b")
_PLAYED_AFTER = re.compile(r",?\s+(?:stars?|starred|plays?|played|appears?)\b")
_GENRE_OF = re.compile(r"\b([a-z]+) of (?=[A-ZÀ-Þ])")
_LIKED_CLAIM = re.compile(r"\b(?:you(?:'ve| have)? (?:liked|loved|enjoyed)|your (?:liking|love))\b")
_UNITS = re.compile(r"(\d+|[a-z]+)[- ](minute|minutes|hour|hours)\b")


class Verdict(NamedTuple):
    """Whether a sentence may be shown, and if not, why not, for operators."""

    ok: bool
    note: str = ""


def first_sentence(text: str) -> str:
    """Return the first sentence of a generated text, on one line, without quotes around it."""
    line = " ".join(text.split()).strip('"\u201c\u201d ')
    return _SENTENCE_END.split(line, maxsplit=1)[0].strip('"\u201c\u201d ')


def check_reason(sentence: str, context: ReasonContext) -> Verdict:
    """Judge one sentence (see `first_sentence`) against what a reason may speak of."""
    for check in _CHECKS:
        if problem := check(sentence, context):
            return Verdict(False, problem[:300])
    return Verdict(True)


def _check_form(sentence: str, context: ReasonContext) -> str:
    if not MIN_CHARS <= len(sentence) <= MAX_CHARS:
        return f"has {len(sentence)} characters"
    if sentence[-1] not in ".!?":
        return "was cut off"
    if match := _FORBIDDEN.search(sentence):
        return f"contains {match[0]!r}"
    if any(letter.isalpha() and letter > "\u024f" for letter in sentence):
        return "is not in Latin script"
    if match := _NEGATION.search(sentence.lower()):
        return f"says what is not so: {match[0]!r}"
    return ""


def _check_numbers(sentence: str, context: ReasonContext) -> str:
    """Every number is the title's year or runtime, or part of a name that may be named."""
    facts = context.facts
    low = sentence.lower()
    names = " ".join(fold(name) for name in nameable(context)).split()
    allowed = {str(n) for n in (facts.year, facts.runtime_min) if n is not None}
    allowed |= {word for word in names if word.isdecimal()}
    for number in re.findall(r"\d+", sentence):
        if number not in allowed and not _is_decade(number, low, facts.year):
            return f"the number {number} is not a fact"
    for amount, unit in _UNITS.findall(low):
        minutes = _minutes(amount, unit)
        if minutes is not None and minutes != facts.runtime_min:
            return f"{amount} {unit} is not its runtime"
    return ""


def _is_decade(number: str, low: str, year: int | None) -> bool:
    return (
        year is not None
        and f"{number}s" in low
        and number in {str(year // 10 * 10), str(year // 10 * 10)[2:]}
    )


def _minutes(amount: str, unit: str) -> int | None:
    value = int(amount) if amount.isdecimal() else NUMBERS.get(amount)
    return None if value is None else value * (60 if unit.startswith("hour") else 1)


def _check_roles(sentence: str, context: ReasonContext) -> str:
    """Who is said to have directed, played or written did."""
    for field, pattern in _ROLE_CLAIMS:
        credited = padded(getattr(context.facts, field))
        for match in pattern.finditer(sentence):
            named = NAMES.match(sentence[match.end() :])
            if named and not is_part(fold(named[0]), credited):
                return f"{named[0]!r} is not among its {field}"
    facts = context.facts
    makers, players = padded((*facts.directors, *facts.writers)), padded(facts.cast)
    for match in NAMES.finditer(sentence):
        after = sentence[match.end() :]
        made = bool(_MADE_AFTER.match(after)) or sentence[: match.start()].lower().endswith("by ")
        for person in CONNECTORS.split(fold(match[0])):
            if made and is_part(person, players) and not is_part(person, makers):
                return f"{match[0]!r} did not make it"
            if (
                _PLAYED_AFTER.match(after)
                and is_part(person, makers)
                and not is_part(person, players)
            ):
                return f"{match[0]!r} is not in it"
    return _check_genres_of(sentence, context)


def _check_genres_of(sentence: str, context: ReasonContext) -> str:
    """ "The comedy of Alien" needs Alien to be one, and to be a title: people have no genre."""
    for match in _GENRE_OF.finditer(sentence):
        genres = set(ALL_GENRES.get(match[1], ()))
        named = NAMES.match(sentence[match.end() :])
        if not genres or named is None:
            continue
        titles = (*context.references, *context.liked)
        owners = [t for t in titles if f" {fold(t.name)} " in f" {fold(named[0])} "]
        if not any(genres & set(title.genres) for title in owners):
            return f"says that {named[0]!r} has {match[1]}"
    return ""


def _check_repetition(sentence: str, context: ReasonContext) -> str:
    """A model that has lost the thread says the same again."""
    words = [fold(_OWNERS.sub("", word)) for word in _SPELLED.findall(sentence)]
    names = " ".join(fold(name) for name in nameable(context)).split()
    if any(len(word) == 4 and word.isdecimal() and words.count(word) > 1 for word in words):
        return "says a year twice"
    triples = list(zip(words, words[1:], words[2:], strict=False))
    if len(set(triples)) < len(triples):
        return "repeats itself"
    for word in set(words) - set(names):
        limit = 3 if word in _plain_words() and len(word) < 4 else 2
        if words.count(word) > limit:
            return f"says {word!r} {words.count(word)} times"
    people = (*context.facts.directors, *context.facts.cast, *context.facts.writers)
    for name in people:
        if words.count(fold(name).split()[-1]) > 1:
            return f"names {name} twice"
    return ""


def _check_liked(sentence: str, context: ReasonContext) -> str:
    """ "You liked X" needs X in the history, or loved in the wish itself."""
    match = _LIKED_CLAIM.search(sentence.lower())
    if not match:
        return ""
    liked = [fold(title.name) for title in (*context.liked, *context.references)]
    key = fold(sentence)
    return "" if any(name in key for name in liked) else "says what the viewer liked"


def _check_words(sentence: str, context: ReasonContext) -> str:
    facts = context.facts
    low = sentence.lower().replace("\u2019", "'")
    if problem := _unbacked_term(low, facts):
        return problem
    allowed = _allowed_words(context)
    for word in _SPELLED.findall(low):
        key = fold(word.removesuffix("'s"))
        if key and not key[0].isdecimal() and not _known(key, allowed):
            return f"nothing backs the word {word!r}"
    return ""


def _unbacked_term(low: str, facts: TitleFacts) -> str:
    """Say which genre, mood or place is not the title's own: the wish's words may be false here."""
    text = f" {fold(low)} "
    # "Slow" alone would claim another term than the "slow burn" that the title has.
    for tag in sorted(facts.tags, key=len, reverse=True):
        text = text.replace(f" {fold(tag)} ", " ")
    own = {*facts.genres}
    for term in (*ALL_GENRES, *MOOD_OF, *PLACES):
        if f" {term} " not in text or f" {term} " in f" {fold(facts.name)} ":
            continue
        if term in ALL_GENRES and own & set(ALL_GENRES[term]):
            continue
        if term in MOOD_OF and _has_mood(MOOD_OF[term], facts):
            continue
        if term in PLACES and _is_from(term, facts):
            continue
        return f"{term!r} is not among its facts"
    return ""


def _has_mood(mood: str, facts: TitleFacts) -> bool:
    if mood in facts.tags:
        return True
    return any(weight >= 0.6 and genre in facts.genres for genre, weight in MOODS[mood].items())


def _is_from(place: str, facts: TitleFacts) -> bool:
    language, countries = PLACES[place]
    return language in facts.languages or bool(set(countries) & set(facts.countries))


def _allowed_words(context: ReasonContext) -> set[str]:
    facts, query = context.facts, context.query
    sources = (
        *nameable(context),
        *map(genre_name, facts.genres),
        *facts.tags,
        *facts.languages,
        *facts.countries,
        facts.synopsis,
        facts.certificate,
        query.text,
        *query.moods,
        *query.themes,
    )
    words = {word for source in sources for word in fold(source).split()}
    return words | _plain_words()


def _known(key: str, allowed: set[str]) -> bool:
    """Accept a word and its plain endings: "film" also stands for "films"."""
    if key in allowed or key in MOOD_OF or key in ALL_GENRES:
        return True
    return any(key.removesuffix(ending) in allowed for ending in ("s", "es", "ed", "ing", "ly"))


@cache
def _plain_words() -> frozenset[str]:
    text = Path(__file__).with_name("words.txt").read_text(encoding="utf-8")
    return frozenset(
        word for line in text.splitlines() if not line.startswith("#") for word in line.split()
    )


_CHECKS = (
    _check_form,
    _check_numbers,
    check_names,
    _check_roles,
    _check_liked,
    _check_words,
    _check_repetition,
    *RELEVANCE_CHECKS,
)
