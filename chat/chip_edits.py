"""A Query with one wish changed or added by a click: nothing is parsed, everything is checked.

`given` comes from `chat.wish_forms`: the fields of the Query that the viewer set, as the Query
holds them. What a click says is the newest word: wishes that it contradicts go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from chat.chips import (
    RANGES,
    UnknownChip,
    chips_of,
    ids_of_chips,
    is_wish,
    shelf_label,
    value_of,
)
from discovery.types import Query
from discovery.understanding.changes import changes
from genrec.contract import PersonRef, TitleRef

Item = str | TitleRef | PersonRef
# More of one kind are no wish any more, and no row of chips.
MAX_PER_SLOT = 20
# One chip stands for the whole field, so that a change replaces all of it.
_WHOLE = frozenset({"genres_any"})
_LESS = "less "


class BadWish(Exception):
    """What was asked for makes no sense. The message is for the viewer, and says what to do."""


def with_wish(query: Query, slot: str, given: Mapping[str, Any]) -> Query:
    """Return the Query with one wish more.

    After a message that was no wish, it begins one: a greeting leaves nothing to search by.

    Raises:
        BadWish: it is there already, there are too many, or the values don't go together.
    """
    query = query if is_wish(query) else Query()
    return _checked(query, slot, given, None)


def with_changed(query: Query, slot: str, value: str, given: Mapping[str, Any]) -> Query:
    """Return the Query with one of its wishes changed, in its place.

    Raises:
        UnknownChip: the Query holds no such wish.
        BadWish: nothing would change, or the values don't go together.
    """
    if (slot, value) not in ids_of_chips(query):
        raise UnknownChip(f"{slot}={value!r}")
    return _checked(query, slot, given, value)


def with_refused(query: Query, refused: Iterable[TitleRef]) -> Query:
    """Return the Query without titles that were refused since it was asked, as chips like others.

    What it names itself was asked for now, and a reference is never its own answer.
    """
    named = {_key(ref) for ref in (*query.exclude_titles, *query.like)}
    new = tuple(ref for ref in refused if _key(ref) not in named)[:MAX_PER_SLOT]
    if not new:
        return query
    evidence = {"exclude_titles": "chip", **query.evidence}
    update = {"exclude_titles": (*query.exclude_titles, *new), "evidence": evidence}
    return query.model_copy(update=update)


def labels_of_change(
    before: Query, after: Query, shelf_names: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[str], list[str]]:
    """Return the labels of the chips that went, and of those that came."""
    old = [chip.label for chip in chips_of(before, shelf_names)]
    new = [chip.label for chip in chips_of(after, shelf_names)]
    return [x for x in old if x not in new], [x for x in new if x not in old]


def spoken_change(
    before: Query, after: Query, shelf_names: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Say what an undo takes away and brings back: "without “no gore”, again “Comedy”"."""
    spoken = changes(*(_with_shelf_names(query, shelf_names) for query in (before, after)))
    words = {"- ": "without", "+ ": "again"}
    parts = (f"{words[each[:2]]} {_quoted(each[2:])}" for each in spoken)
    return ", ".join(parts) or "the same as before"


def _with_shelf_names(query: Query, shelf_names: Mapping[str, str]) -> Query:
    names = tuple(shelf_label(slug, shelf_names) for slug in query.collections)
    return query.model_copy(update={"collections": names})


def _quoted(words: str) -> str:
    return words if words.startswith("“") else f"“{words}”"


def _checked(query: Query, slot: str, given: Mapping[str, Any], old: str | None) -> Query:
    fields = RANGES.get(slot, (slot,))
    if set(given) - set(fields):
        raise UnknownChip(f"{slot} has no {', '.join(sorted(set(given) - set(fields)))}")
    changed = {field: _put(query, field, value, old) for field, value in given.items()}
    if all(getattr(query, field) == value for field, value in changed.items()):
        raise BadWish("That is what you have already.")
    if slot in RANGES:
        _check_range(slot, *(changed.get(field, getattr(query, field)) for field in fields))
    changed |= _settled(query, changed)
    changed["evidence"] = dict(_evidence(query, changed, given))
    try:
        return Query.model_validate(query.model_dump() | changed)
    except ValidationError as error:
        raise BadWish(_advice(error)) from error


def _put(query: Query, field: str, value: Any, old: str | None) -> Any:
    """Return what a field holds once `value` is in it, in the place of `old` if that is given."""
    held = getattr(query, field)
    if isinstance(held, Mapping):
        return _put_entry(held, value, old)
    if isinstance(held, tuple) and field not in _WHOLE:
        return _put_item(held, value, old)
    return tuple(value) if isinstance(held, tuple) else value


def _put_entry(held: Mapping[str, int], value: tuple[str, int], old: str | None) -> dict[str, int]:
    name, amount = value
    entries = dict(held)
    if old is None or name == old:
        entries[name] = amount
    else:
        kept = {key: n for key, n in entries.items() if key != name}
        entries = dict((name, amount) if key == old else (key, n) for key, n in kept.items())
    if len(entries) > MAX_PER_SLOT:
        raise BadWish("That is too much at once. Remove a wish first.")
    return entries


def _put_item(held: tuple[Item, ...], item: Item, old: str | None) -> tuple[Item, ...]:
    key = value_of(item)
    if old is None:
        items = (*held, item) if key not in map(value_of, held) else held
    else:
        kept = (each for each in held if value_of(each) == old or value_of(each) != key)
        items = tuple(item if value_of(each) == old else each for each in kept)
    if len(items) > MAX_PER_SLOT:
        raise BadWish("That is too much at once. Remove a wish first.")
    return items


def _check_range(slot: str, low: int | None, high: int | None) -> None:
    if low is None and high is None:
        raise BadWish("Give at least one of the two numbers.")
    if low is not None and high is not None and low > high:
        what = "first year is after the last" if slot == "years" else "least is more than the most"
        raise BadWish(f"The {what}. Swap them.")


def _settled(query: Query, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the other fields without what the change contradicts: the last word holds."""
    rest: dict[str, Any] = {}
    for field, opposites in _OPPOSITES.items():
        new = {_key(item) for item in changed.get(field, ())} - {
            _key(item) for item in getattr(query, field)
        }
        for other in opposites if new else ():
            held = rest.get(other, getattr(query, other))
            rest[other] = tuple(item for item in held if _key(item) not in new)
    if "moods" in changed:
        rest["moods"] = _without_opposite_moods(query.moods, changed["moods"])
    return rest


def _without_opposite_moods(before: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    """Of "less sad" and "sad" the newer stays."""
    new = {mood for mood in now if mood not in before}
    against = {mood.removeprefix(_LESS) if mood.startswith(_LESS) else _LESS + mood for mood in new}
    return tuple(mood for mood in now if mood not in against)


_OPPOSITES: Mapping[str, tuple[str, ...]] = {
    "genres_all": ("genres_none",),
    "genres_any": ("genres_none",),
    "genres_none": ("genres_all", "genres_any"),
    "like": ("unlike", "exclude_titles"),
    "unlike": ("like",),
    "exclude_titles": ("like",),
    "people_none": ("people_required", "people"),
    "people_required": ("people_none",),
    "people": ("people_none",),
}


def _key(item: Item) -> object:
    """Return what makes two items of a field the same: the linked id, or the words."""
    if isinstance(item, str):
        return item
    linked = item.title_id if isinstance(item, TitleRef) else item.person_id
    return linked or item.mention


def _evidence(
    query: Query, changed: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield the words behind each field; a click stands behind what it set.

    Where a field holds several wishes, the words that first said one stay with those left.
    """
    for field in dict.fromkeys((*query.evidence, *given)):
        words = query.evidence.get(field, "chip")
        if field not in changed:
            yield field, words
        elif changed[field] not in (None, (), {}):
            kept = field not in given or _some_stay(getattr(query, field), changed[field])
            yield field, words if kept else "chip"


def _some_stay(held: Any, now: Any) -> bool:
    if not isinstance(held, tuple | Mapping):
        return False
    before = set(held) if isinstance(held, Mapping) else set(map(_key, held))
    return bool(before & (set(now) if isinstance(now, Mapping) else set(map(_key, now))))


def _advice(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    limits = first.get("ctx", {})
    if "ge" in limits:
        return f"Choose {limits['ge']} or more."
    if "le" in limits:
        return f"Choose {limits['le']} or less."
    return "That makes no sense here. Choose one of the values offered."
