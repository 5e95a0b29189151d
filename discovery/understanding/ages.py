"""How old the youngest who watches is: "for my 7 year old", "with my kids, 7 and 10", "PG-13"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discovery.understanding.counts import TITLES
from discovery.understanding.patterns import (
    CHILDREN,
    FILLER,
    IS_NOT,
    NOT,
    NUMBER_WORD,
    ONLY,
    number_of,
)
from discovery.understanding.rules import Apply, Rule, apply_rules
from discovery.understanding.words import Reading

# What a parent means by "kids".
CHILD_AGE = 10
TODDLER_AGE = 3
TEEN_AGE = 13
OLDEST_CHILD = 17
RATING_AGES = {"g": 6, "pg": 10, "pg-13": 13, "pg13": 13, "r-rated": 16, "r rated": 16, "r": 16}

# "A" and mostly "one" are no ages: "with the kids, a comedy", "for the kids, one comedy".
_WORDS = "|".join(word for word in NUMBER_WORD.split("|") if word not in {"a", "an", "one"})
_JOINED = r"(?:,? and (?:an? )?|, ?| ?& ?| or (?:an? )?| to | ?- ?)"
_AN_AGE = rf"(?:\d{{1,2}}|(?:{_WORDS})\b|"
_AN_AGE += rf"one(?={_JOINED}(?:\d|(?:{_WORDS})\b)|\W*$|[,.;!?)]))"
_AGES = rf"({_AN_AGE}(?:{_JOINED}{_AN_AGE}\b){{0,5}})"
_NUMBERS = re.compile(rf"\b(?:\d{{1,2}}|{_WORDS}|one)\b")
_OWNED = r"(?:(?:for|with) )?(?:(?:my|our|the|two|three|four|small|young|little) ){0,4}"


def read_childrens_ages(reading: Reading) -> None:
    """Set `age_max` where children are named with their ages: "kids, 7 and 10".

    Before titles are read: the catalogue has films called "10" and "10 Years".
    """
    apply_rules(_CHILDREN_WITH_AGES, reading)


def read_ages(reading: Reading) -> None:
    """Set `age_max` to the youngest age or the strictest rating that a message names."""
    apply_rules(_RULES, reading)


def _youngest(reading: Reading, match: re.Match[str]) -> None:
    ages = [age for word in _NUMBERS.findall(match[1]) if (age := number_of(word)) is not None]
    if ages and min(ages) <= OLDEST_CHILD:
        _set_age(reading, match, min(ages))


def _rating(reading: Reading, match: re.Match[str]) -> None:
    _set_age(reading, match, RATING_AGES[match[1]])


def _fixed_age(age: int) -> Apply:
    return lambda reading, match: _set_age(reading, match, age)


def _set_age(reading: Reading, match: re.Match[str], age: int) -> None:
    """Keep the strictest of several ages."""
    reading.set("age_max", min(age, reading.fields.get("age_max", age)), *match.span())


def _no_limit(reading: Reading, match: re.Match[str]) -> None:
    reading.blank(*match.span())


def rule(pattern: str, apply: Apply) -> Rule:
    return Rule(re.compile(r"\b" + pattern), apply)


def _with_ages(ages: str) -> Rule:
    """With their ages first: "kids, 7 and 10" must not leave the numbers to others."""
    return rule(
        rf"{_OWNED}{CHILDREN}(?:,? (?:who )?(?:are|is|aged?|ages?|of)(?: {ONLY})?|,|:| \(|"
        rf" ?\() ?(?:ages? |aged )?{ages}(?!\d)"
        rf"(?! (?:{TITLES}|film|movie|hours?|hrs?|minutes?|mins?)\b)"
        r"(?:(?: |-)?(?:years?|yrs?)(?: |-)olds?)?\)?",
        _youngest,
    )


# In digits: "like The Kid, a tramp raises a foundling" names no age.
_CHILDREN_WITH_AGES = (_with_ages(_AGES.replace(_AN_AGE, r"\d{1,2}")),)


def _rules() -> Iterator[Rule]:
    yield _with_ages(_AGES)
    yield rule(
        rf"{_OWNED}(?:an? )?{_AGES}[ -]?(?:year|yr)s?[ -]olds?\b(?! (?:films?|movies?))",
        _youngest,
    )
    yield rule(
        rf"{_OWNED}(?:a|(?:an? )?one)[ -]year[ -]old\b(?! (?:films?|movies?))", _fixed_age(1)
    )
    yield rule(rf"(?:ages|aged) {_AGES}\b", _youngest)
    yield rule(
        r"(?:kid|child|children|family)[ -]?(?:friendly|safe|appropriate)\b", _fixed_age(CHILD_AGE)
    )
    # "Not for kids" and "not just for kids" ask for no limit.
    yield rule(
        rf"(?:not|{IS_NOT})(?: (?:necessarily|really|{ONLY}))?(?: (?:suitable|ok|okay|meant|"
        r"made|appropriate))? for (?:(?:the|my|our|small|young|little) )*(?:kids?|children|"
        r"toddlers?|teens|teenagers?)\b",
        _no_limit,
    )
    yield rule(
        r"(?:for|with) (?:(?:the|my|our|a|an|small|young|little) ){0,3}toddlers?\b",
        _fixed_age(TODDLER_AGE),
    )
    yield rule(
        r"(?:(?:suitable|appropriate|ok|okay|safe|good|fine) )?(?:for|with (?=my |our |the ))"
        r"(?: ?(?:the|my|our|small|young|little))* ?(?:kids?|children|child|son|daughter|"
        r"grandkids|grandchildren)\b",
        _fixed_age(CHILD_AGE),
    )
    yield rule(
        r"(?:suitable |ok |okay )?(?:for|with) (?:my |our |the )?(?:teens|teenagers?)\b",
        _fixed_age(TEEN_AGE),
    )
    # A lone "g" is more often the end of "e.g.".
    yield rule(
        r"(pg-13|pg13|pg|(?<=rated )g|g(?=[ -]rated\b))(?:[ -]rated)?"
        r"(?: or (?:lower|below|under|less))?(?= (?:films?|movies?|at most|max|maximum)\b|$|[,.!])",
        _rating,
    )
    yield rule(
        rf"{NOT}{FILLER} r[ -]rated\b(?: films?| movies?)?", _fixed_age(RATING_AGES["r-rated"])
    )


_RULES = tuple(_rules())
