"""A Query as chips: what was understood, one removable wish each.

A chip's `slot` and `value` travel to the browser and back; `without` is the only reader of them,
and refuses what the Query doesn't hold, so a forged chip changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from catalog.facts import spoken_minutes
from discovery.types import Query
from genrec.contract import HARD_FIELDS, PersonRef, TitleRef

CONTENT_LIMITS = ("no", "little", "some", "any")
KIND_LABELS = {"film": "films", "series": "series"}
ROLE_LABELS = {"any": "with", "cast": "with", "director": "directed by", "writer": "written by"}
# As many as the Query may hold.
MAX_COLLECTIONS = 20
# A question about a title or one's own taste is answered, and leaves the wish as it was.
_NO_WISH = frozenset({"chitchat", "out_of_scope", "malicious", "ask_title", "taste"})
# Slot of a chip that stands for two fields.
RANGES = {"years": ("year_min", "year_max"), "runtime": ("runtime_min", "runtime_max")}


class UnknownChip(Exception):
    """The Query holds no such wish: the chip is out of date, or made up."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One wish. `kind` hard: a title that breaks it is never shown; soft: it moves the order."""

    slot: str
    value: str
    label: str
    kind: Literal["hard", "soft"]
    evidence: str = ""


def chips_of(query: Query, shelf_names: Mapping[str, str] = MappingProxyType({})) -> list[Chip]:
    """Return the wishes of a Query, hard ones first.

    Args:
        shelf_names: slug to name of the collections in it; without, the slug has to do.
    """
    chips = [
        Chip(slot, value, label, kind=_kind(slot), evidence=_evidence(query, slot))
        for slot, value, label in _wishes(query, shelf_names)
    ]
    return sorted(chips, key=lambda chip: chip.kind != "hard")


def ids_of_chips(query: Query) -> set[tuple[str, str]]:
    """Return slot and value of every chip: what a browser may name."""
    return {(slot, value) for slot, value, _ in _wishes(query, {})}


def without(query: Query, slot: str, value: str) -> Query:
    """Return the Query with one wish removed, and the evidence for its field.

    Raises:
        UnknownChip: the Query holds no such wish.
    """
    if (slot, value) not in ids_of_chips(query):
        raise UnknownChip(f"{slot}={value!r}")
    fields = RANGES.get(slot, (slot,))
    changes: dict[str, Any] = {field: _reduced(query, field, value) for field in fields}
    gone = {field for field in fields if not changes[field]}
    changes["evidence"] = {k: v for k, v in query.evidence.items() if k not in gone}
    return query.model_copy(update=changes)


def _reduced(query: Query, field: str, value: str) -> Any:
    """Return the field's value without `value`: shorter, or the default."""
    held = getattr(query, field)
    if isinstance(held, Mapping):
        return {key: limit for key, limit in held.items() if key != value}
    if isinstance(held, tuple) and value:
        return tuple(item for item in held if value_of(item) != value)
    return Query.model_fields[field].get_default(call_default_factory=True)


def value_of(item: str | TitleRef | PersonRef) -> str:
    """Return what tells a wish from others of its field."""
    return item if isinstance(item, str) else item.mention


def _kind(slot: str) -> Literal["hard", "soft"]:
    return "hard" if HARD_FIELDS & set(RANGES.get(slot, (slot,))) else "soft"


def _evidence(query: Query, slot: str) -> str:
    words = (query.evidence.get(field, "") for field in RANGES.get(slot, (slot,)))
    return ", ".join(dict.fromkeys(word for word in words if word and word != "chip"))


def with_collection(query: Query | None, slug: str) -> Query:
    """Return the Query with a collection to search within, said by a chip.

    A message that was no wish leaves nothing to search by, so its Query is not kept.

    Raises:
        UnknownChip: it is searched within already, or there are too many.
    """
    query = query if query is not None and is_wish(query) else Query()
    if slug in query.collections or len(query.collections) >= MAX_COLLECTIONS:
        raise UnknownChip(f"collections={slug!r}")
    said = query.evidence.get("collections", "chip")
    return query.model_copy(
        update={
            "collections": (*query.collections, slug),
            "evidence": {**query.evidence, "collections": said},
        }
    )


def is_wish(query: Query) -> bool:
    """Whether there is something in a Query to search by: a greeting holds nothing."""
    return query.intent not in _NO_WISH


def shelf_label(slug: str, shelf_names: Mapping[str, str]) -> str:
    """Return how a collection is called; one that is gone by its slug."""
    return shelf_names.get(slug) or slug.replace("-", " ")


def _wishes(query: Query, shelf_names: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield (slot, value, label), in the order of the chips."""
    for slug in query.collections:
        yield "collections", slug, f"from {shelf_label(slug, shelf_names)}"
    yield from (("kinds", kind, f"{KIND_LABELS[kind]} only") for kind in query.kinds)
    yield from (("genres_all", genre, genre) for genre in query.genres_all)
    if query.genres_any:
        yield "genres_any", "", " or ".join(query.genres_any)
    yield from (("genres_none", genre, f"no {genre}") for genre in query.genres_none)
    if label := _years(query.year_min, query.year_max):
        yield "years", "", label
    if label := _runtime(query.runtime_min, query.runtime_max):
        yield "runtime", "", label
    yield from (("languages", language, f"in {language}") for language in query.languages)
    yield from (("countries", country, f"from {country}") for country in query.countries)
    yield from _references(query)
    if query.age_max is not None:
        yield "age_max", "", f"fit for age {query.age_max}"
    for note, limit in query.content_max.items():
        yield "content_max", note, f"{CONTENT_LIMITS[limit]} {_spoken(note)}"
    yield from (("availability", place, f"on {place}") for place in query.availability)
    yield from (("moods", mood, mood) for mood in query.moods)
    yield from (("themes", theme, theme) for theme in query.themes)
    yield from _shape(query)


def _references(query: Query) -> Iterator[tuple[str, str, str]]:
    for person in query.people_required:
        yield "people_required", person.mention, f"{ROLE_LABELS[person.role]} {person.text}"
    for person in query.people_none:
        yield "people_none", person.mention, f"without {person.text}"
    for person in query.people:
        yield "people", person.mention, f"in the spirit of {person.text}"
    yield from (("like", title.mention, f"like {title.text}") for title in query.like)
    yield from (("unlike", title.mention, f"unlike {title.text}") for title in query.unlike)
    yield from (("exclude_titles", t.mention, f"not {t.text}") for t in query.exclude_titles)


def _shape(query: Query) -> Iterator[tuple[str, str, str]]:
    if query.count is not None:
        yield "count", "", "1 title" if query.count == 1 else f"{query.count} titles"
    yield from (("quotas", name, f"{n} of {name}") for name, n in query.quotas.items())
    if query.runtime_total is not None:
        yield "runtime_total", "", f"{spoken_minutes(query.runtime_total)} in all"
    if query.novelty is not None:
        yield (
            "novelty",
            "",
            {"usual": "well known", "unusual": "off the beaten path"}[query.novelty],
        )
    if query.allow_unknown:
        yield "allow_unknown", "", "unknown facts allowed"


def _spoken(note: str) -> str:
    return {"sex": "sex", "language": "strong language", "scary": "frights"}.get(note, note)


def _years(first: int | None, last: int | None) -> str:
    if first is not None and last is not None:
        return str(first) if first == last else f"{first}\N{EN DASH}{last}"
    if first is not None:
        return f"{first} or later"
    return f"{last} or earlier" if last is not None else ""


def _runtime(shortest: int | None, longest: int | None) -> str:
    if shortest and longest is not None:
        return f"{shortest}\N{EN DASH}{longest} min"
    if longest is not None:
        return f"up to {longest} min"
    return f"{shortest} min or longer" if shortest else ""
