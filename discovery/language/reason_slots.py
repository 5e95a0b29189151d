"""What the slots of a reason's sentence hold: facts that the prompt of the pick states."""

from __future__ import annotations

import re

from discovery.language.reason_contexts import PickShape
from discovery.reasons.explaining import prompt_facts
from discovery.reasons.genre_words import genre_name
from discovery.reasons.templates import ReasonContext, described_terms, what_it_is
from discovery.wording import listed

_RUNTIME = re.compile(r"^\d+-minute ")
_YEAR = re.compile(r" from \d{4}$")
# "close to Alien in its horror and science fiction", "with the crime and drama of Heat".
_SHARED_GENRES = re.compile(
    r"\b(?:in its|with the) ([a-z ,]+?)(?= of [A-Z\d]|, [a-z]+ [A-Z]|, made in |$)"
)
_PLURAL_COUNTRIES = ("Netherlands", "Philippines", "Bahamas")


class MissingFact(KeyError):
    """The title has no fact for a slot."""


class Slots(dict[str, str]):
    """Slots by name; asking for one that is empty or absent raises MissingFact."""

    def __missing__(self, key: str) -> str:
        raise MissingFact(key)


def slots_of(context: ReasonContext, shape: PickShape) -> Slots:
    """Return the slots that this pick can fill, and no others."""
    slots = {
        "title": context.facts.name,
        **_what_slots(context),
        **_number_slots(context),
        **_people_slots(context, shape),
        "terms": listed(described_terms(context)),
        "shared": _shared_genres(context, shape),
        "ref": next((title.name for title in context.references), ""),
        "liked": next((title.name for title in context.liked), ""),
        "language": next(iter(context.query.languages), ""),
        "country": _with_article(next(iter(context.query.countries), "")),
    }
    return Slots({name: value for name, value in slots.items() if value})


def _what_slots(context: ReasonContext) -> dict[str, str]:
    full = what_it_is(context)
    what = _YEAR.sub("", _RUNTIME.sub("", full))
    return {
        "what": what,
        "a_what": f"{article(what)} {what}",
        "A_what": f"{article(what).capitalize()} {what}",
        "A_full": f"{article(full).capitalize()} {full}",
        "genre": genre_name(context.facts.genres[0]) if len(context.facts.genres) == 1 else "",
    }


def _number_slots(context: ReasonContext) -> dict[str, str]:
    facts = context.facts
    return {
        "year": str(facts.year or ""),
        "decade": f"{facts.year // 10 * 10}s" if facts.year else "",
        "minutes": str(facts.runtime_min or ""),
    }


def _people_slots(context: ReasonContext, shape: PickShape) -> dict[str, str]:
    facts, query = context.facts, context.query
    asked = [ref.text for ref in query.people]
    others = (*context.references, *context.liked)
    players = [name for name in facts.cast for title in others if name in title.cast]
    makers = [name for name in facts.directors for title in others if name in title.directors]
    wanted = asked or makers or players[:1]
    shown = prompt_facts(context)
    director = next((name for name in facts.directors if name in shown), "")
    return {
        # The same person is not both subjects of a sentence.
        "director": "" if director in wanted else director,
        # "Stars" wants one person, "with" takes several.
        "person": "" if len(wanted) > 1 and not makers else listed(wanted[:1]),
        "people": listed(wanted if asked else players[:2]),
    }


def _shared_genres(context: ReasonContext, shape: PickShape) -> str:
    """Return the genres that the prompt says are shared: "horror and science fiction"."""
    if "genres" not in (shape.companion("ref"), shape.companion("liked")):
        return ""
    match = _SHARED_GENRES.search(prompt_facts(context))
    return match[1] if match else ""


def _with_article(country: str) -> str:
    """Return the name as it stands in a sentence: "made in the Netherlands"."""
    united = country.startswith("United ") or country.endswith(("Republic", "Union"))
    return f"the {country}" if united or country in _PLURAL_COUNTRIES else country


def article(phrase: str) -> str:
    """Return "a" or "an", by how the phrase is read out: "an 80-minute", "an 11-minute"."""
    first = re.split(r"[- ]", phrase)[0]
    if first.isdecimal():
        return "an" if first[0] == "8" or first in {"11", "18"} else "a"
    return "an" if first[0].lower() in "aeiou" else "a"
