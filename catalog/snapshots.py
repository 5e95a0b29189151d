"""A title's editable state as plain data, and what differs between two states.

A snapshot holds facts by field name, and groups: mappings whose elements are compared one by one,
so that undoing one tag leaves the tags that came later. Everything in it survives JSON.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalog.models import Credit, ExternalId, Kindred, Title, TitleTag

Snapshot = dict[str, Any]
# Title id to element to value.
Elements = dict[int, dict[str, Any]]

FACTS = (
    "kind", "name", "year", "runtime_min", "synopsis", "certificate", "age_min", "languages",
    "countries", "popularity", "status", "publish_at", "withdraw_at", "artwork_alt",
)  # fmt: skip
MAPPED_FACTS = ("content_notes", "field_sources")
RELATIONS = ("genres", "tags", "credits", "external_ids", "kindred")
GROUPS = (*MAPPED_FACTS, "locked_fields", *RELATIONS)
ALL_KEYS = frozenset((*FACTS, *GROUPS))
# Who may overwrite what: kept in step with every change, of no interest by themselves.
BOOKKEEPING = frozenset({"locked_fields", "field_sources"})


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, before and after. Of a group only the elements that differ are there."""

    before: Snapshot = field(default_factory=dict)
    after: Snapshot = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.before)

    @property
    def reversed(self) -> Difference:
        return Difference(self.after, self.before)

    def only(self, keys: Collection[str]) -> Difference:
        return Difference(
            {key: value for key, value in self.before.items() if key in keys},
            {key: value for key, value in self.after.items() if key in keys},
        )


def snapshot(title: Title) -> Snapshot:
    """Return the state of a title as the database has it. Empty if the title is gone."""
    return snapshots([title.pk]).get(title.pk, {})


def snapshots(title_ids: Iterable[int], keys: Collection[str] = ALL_KEYS) -> dict[int, Snapshot]:
    """Return the states of the titles that exist: of each only `keys`, one query a relation."""
    ids = list(title_ids)
    columns = [key for key in (*FACTS, *MAPPED_FACTS, "locked_fields") if key in keys]
    states = {
        row["pk"]: {key: _plain(key, row[key]) for key in columns}
        for row in Title.objects.filter(pk__in=ids).order_by().values("pk", *columns)
    }
    for key in RELATIONS:
        if key in keys:
            elements = _READERS[key](ids)
            for pk, state in states.items():
                state[key] = elements.get(pk, {})
    return states


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Return what differs between two snapshots of one title, over the keys that both have."""
    found = Difference()
    for key in before.keys() & after.keys():
        old, new = before[key], after[key]
        if old == new:
            continue
        if key in GROUPS:
            differing = [name for name in old | new if old.get(name) != new.get(name)]
            found.before[key] = {name: old[name] for name in differing if name in old}
            found.after[key] = {name: new[name] for name in differing if name in new}
        else:
            found.before[key], found.after[key] = old, new
    return found


def applied(state: Mapping[str, Any], change: Difference) -> Snapshot:
    """Return the state after a change: its elements and facts set, everything else as it is."""
    result = dict(state)
    for key in change.before.keys() & state.keys():
        if key in GROUPS:
            kept = {n: v for n, v in state[key].items() if n not in change.before[key]}
            result[key] = kept | change.after[key]
        else:
            result[key] = change.after[key]
    return result


def _plain(key: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if key == "locked_fields":
        return dict.fromkeys(value, True)
    return value


def _grouped(rows: Iterable[tuple[int, str, Any]]) -> Elements:
    elements: Elements = defaultdict(dict)
    for title_id, name, value in rows:
        elements[title_id][name] = value
    return elements


def _genres(ids: list[int]) -> Elements:
    links = Title.genres.through.objects.filter(title_id__in=ids)
    return _grouped(
        (title_id, name, True) for title_id, name in links.values_list("title_id", "genre__name")
    )


def _tags(ids: list[int]) -> Elements:
    rows = TitleTag.objects.filter(title_id__in=ids).order_by().values_list(
        "title_id", "tag__name", "weight", "provenance", "source", "added_by_id"
    )  # fmt: skip
    return _grouped(
        (
            title_id,
            name,
            {"weight": weight, "provenance": provenance, "source": source, "added_by": user_id},
        )
        for title_id, name, weight, provenance, source, user_id in rows
    )


def _credits(ids: list[int]) -> Elements:
    rows = Credit.objects.filter(title_id__in=ids).order_by()
    return _grouped(
        (title_id, f"{role}: {name}", billing)
        for title_id, role, name, billing in rows.values_list(
            "title_id", "role", "person__name", "billing"
        )
    )


def _external_ids(ids: list[int]) -> Elements:
    return _grouped(
        ExternalId.objects.filter(title_id__in=ids).values_list("title_id", "source", "value")
    )


def _kindred(ids: list[int]) -> Elements:
    links = Kindred.objects.filter(title_id__in=ids).select_related("other")
    fields = ("title_id", "other_id", "other__name", "other__year", "provenance", "source")
    return _grouped(
        (
            title_id,
            str(other_id),
            {
                "name": f"{name} ({year})" if year else name,
                "provenance": provenance,
                "source": source,
            },
        )
        for title_id, other_id, name, year, provenance, source in links.values_list(*fields)
    )


_READERS: dict[str, Callable[[list[int]], Elements]] = {
    "genres": _genres,
    "tags": _tags,
    "credits": _credits,
    "external_ids": _external_ids,
    "kindred": _kindred,
}
