"""The first parser: rules, a lexicon and the catalogue's own names. A few milliseconds, no model.

It never raises on any message. Whatever it can't read stays in `Query.text`, which is searched
by meaning. Each hard field carries the viewer's words as evidence.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from discovery.types import Correction
from discovery.understanding.ages import read_childrens_ages
from discovery.understanding.asides import borne, find_asides
from discovery.understanding.homonyms import settle_homonyms
from discovery.understanding.intents import novelty_of, rule_intent
from discovery.understanding.lexicon import FILLERS
from discovery.understanding.linking import NamedPerson, NamedTitle, Names
from discovery.understanding.needless import settle_needless
from discovery.understanding.numbers import read_numbers
from discovery.understanding.patterns import RELATIVE
from discovery.understanding.people import ReadPeople
from discovery.understanding.places import ReadPlaces
from discovery.understanding.refusals import ReadRefusals
from discovery.understanding.refused_numbers import read_refused_numbers
from discovery.understanding.refused_places import ReadRefusedPlaces
from discovery.understanding.shelves import ReadCollections
from discovery.understanding.spelling import find_slips, with_corrections
from discovery.understanding.tastes import ReadTastes
from discovery.understanding.titles import ReadTitles
from discovery.understanding.unknowable import read_unknowable
from discovery.understanding.unusual import read_unusual
from discovery.understanding.words import Reading
from genrec.contract import Query, TitleRef

logger = logging.getLogger(__name__)

MAX_TEXT_WORDS = 60
_COMPANY = re.compile(
    rf"\b(?:with|for) (?:my|our|the|some) {RELATIVE}\b|"
    r"\b(?:for |on )?(?:a )?(?:school|work) nights?\b"
)
_POLITE = re.compile(
    r"\b(?:i|we)(?:'d| would)? (?:really |absolutely |just )?(?:love|like)(?: to)?"
    r"(?: see| watch)?\b"
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message's own Query, before any conversation; `notes` are sentences for the viewer."""

    query: Query
    notes: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    # Titles of one name about equally likely meant, the one that was taken first.
    homonyms: tuple[tuple[TitleRef, ...], ...] = ()
    # The message as it was read, slips corrected.
    message: str = ""
    # Who settled the intent, for the trace; and whether nobody made anything of the message.
    intent_by: str = "rules"
    unread: bool = False
    # The titles that a question is about.
    about: tuple[int, ...] = ()
    # Whether the message was read before, and only remembered.
    remembered: bool = False


def parse(message: str, names: Names, *, literal: bool = False) -> Parsed:
    """Read one message on its own.

    Args:
        message: what the viewer typed; longer than the limit is cut.
        names: links titles and people; see `linking.CatalogueNames`.
        literal: take every word as it is spelt.
    """
    reading = Reading.of(message, literal=literal)
    intent = rule_intent(reading.text)
    if intent is not None and intent[0] in {"malicious", "out_of_scope", "chitchat"}:
        return Parsed(Query(intent=intent[0]))
    reading, named = _spelt(reading, Named.of(reading, names), names)
    # Before refusals are blanked out: "horror without gore is fine" must not read "horror is fine".
    reading.asides, put_up_with = find_asides(reading.left), list(borne(reading.left))
    if intent is not None:
        reading.set("intent", intent[0], *intent[1])
    read_childrens_ages(reading)
    ReadCollections(reading, names)()
    ReadTitles(reading, named.titles, named.people, names)()
    ReadPeople(reading, names, named.people)()
    with reading.without_asides():
        read_unknowable(reading)
        read_refused_numbers(reading, newest_year=names.newest_year())
        read_numbers(reading, newest_year=names.newest_year())
    read_unusual(reading)
    if (novelty := novelty_of(reading.left)) is not None and "novelty" not in reading.fields:
        reading.set("novelty", novelty[0], *novelty[1])
    _drop_company(reading)
    with reading.without_asides():
        ReadRefusedPlaces(reading)()
        ReadRefusals(reading)()
        ReadPlaces(reading)()
    for span in put_up_with:
        reading.blank(*span)
    ReadTastes(reading)()
    homonyms = settle_homonyms(reading, names)
    _settle_contradictions(reading)
    settle_needless(reading)
    return Parsed(
        _query_of(reading),
        tuple(reading.notes),
        tuple(reading.corrections),
        tuple(homonyms),
        reading.text,
    )


@dataclass(frozen=True, slots=True)
class Named:
    """The titles and people whose names occur in a message, by folded name."""

    titles: Mapping[str, list[NamedTitle]]
    people: Mapping[str, NamedPerson]

    @classmethod
    def of(cls, reading: Reading, names: Names) -> Named:
        keys = {reading.key(*span) for span in reading.spans()}
        if not keys:
            return cls({}, {})
        # People say "Matrix" for "The Matrix", and "Bronx Tale".
        titles = names.titles(
            keys | {f"{article} {key}" for key in keys for article in ("the", "a")}
        )
        owners = {key[:-1] for key in keys if key.endswith("s")}  # "James Dean's"
        return cls(titles, names.people({key for key in keys | owners if " " in key}))

    def words_of_names(self, reading: Reading) -> set[int]:
        """Return the positions of words that belong to a name that the catalogue has."""
        return {
            position
            for first, count in reading.spans()
            if (key := reading.key(first, count)) in self.people
            or not self.titles.keys().isdisjoint({key, f"the {key}", f"a {key}"})
            for position in range(first, first + count)
        }


def _spelt(reading: Reading, named: Named, names: Names) -> tuple[Reading, Named]:
    """Return the reading without slips in the words that the rules know, and its names."""
    if reading.literal:
        return reading, named
    slips = find_slips(reading, named.words_of_names(reading))
    if not slips:
        return reading, named
    reading = with_corrections(reading, slips)
    return reading, Named.of(reading, names)


def _drop_company(reading: Reading) -> None:
    """Who watches along and when, and that the viewer would love to, say nothing of the film."""
    for pattern in (_COMPANY, _POLITE):
        for match in list(pattern.finditer(reading.left)):
            reading.blank(*match.span())


def _settle_contradictions(reading: Reading) -> None:
    """What is excluded is not asked for, and a title is either like or unlike."""
    fields = reading.fields
    for name in ("genres_all", "genres_any"):
        kept = tuple(g for g in fields.get(name, ()) if g not in fields.get("genres_none", ()))
        if name in fields and not kept:
            fields.pop(name)
            reading.evidence.pop(name, None)
        elif name in fields:
            fields[name] = kept
    gone = {person.person_id for person in fields.get("people_none", ())}
    for name in ("people", "people_required"):
        if name in fields:
            fields[name] = tuple(p for p in fields[name] if p.person_id not in gone)
    refused = {
        ref.title_id for ref in (*fields.get("unlike", ()), *fields.get("exclude_titles", ()))
    }
    if "like" in fields:
        fields["like"] = tuple(
            ref for ref in fields["like"] if ref.title_id is None or ref.title_id not in refused
        )


def _query_of(reading: Reading) -> Query:
    fields = {**reading.fields, "text": _text_left(reading), "evidence": reading.evidence}
    if "intent" not in fields and fields.get("like") and not fields["text"]:
        fields["intent"] = "more_like"
    try:
        return Query(**fields)
    except ValidationError as error:
        # A rule set what the contract refuses. Better to search by the words than to fail.
        logger.warning("the lexical parser set an invalid field: %s", error.error_count())
        return Query(text=reading.text[:500])


def _text_left(reading: Reading) -> str:
    """Return what no rule has understood and what is worth searching for."""
    words = [w for w in reading.free_words() if w.key and w.key not in FILLERS]
    return " ".join(word.text for word in words[:MAX_TEXT_WORDS])
