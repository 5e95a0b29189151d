"""Write differences to many titles at once, in a number of queries that does not grow with them.

Reverting, undoing and bulk edits all come down to this: each title with what shall be otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from catalog.importing.relations import ensure_people
from catalog.importing.tags import ensure_tags
from catalog.models import Credit, ExternalId, Genre, Kindred, Title, TitleTag
from catalog.publishing import titles_changed
from catalog.slots import assign_slots
from catalog.snapshots import FACTS, MAPPED_FACTS, Difference
from catalog.text import fold

Changes = Mapping[int, Difference]
# Title id, element, its old and new value; None where it is absent.
Element = tuple[int, str, Any, Any]

MOMENTS = frozenset({"publish_at", "withdraw_at"})
# A filter of some thousand alternatives is slow to plan.
CHUNK = 500
# One update a group of titles that get the same values is many times quicker than one of all,
# value by value: for so many groups.
MAX_GROUPS = 50


@transaction.atomic
def apply_changes(changes: Changes) -> None:
    """Write what is `after` in each difference; embed and rank the titles again.

    Raises:
        ValidationError: an external id belongs to another title by now.
    """
    _write_facts(changes)
    _write_genres(list(_elements(changes, "genres")))
    _write_tags(list(_elements(changes, "tags")))
    _write_credits(list(_elements(changes, "credits")))
    _write_external_ids(list(_elements(changes, "external_ids")))
    _write_kindred(list(_elements(changes, "kindred")))
    if any("status" in change.after for change in changes.values()):
        assign_slots()
    titles_changed(changes)


def _elements(changes: Changes, group: str) -> Iterator[Element]:
    for title_id, change in changes.items():
        old, new = change.before.get(group, {}), change.after.get(group, {})
        for name in old.keys() | new.keys():
            yield title_id, name, old.get(name), new.get(name)


def _write_facts(changes: Changes) -> None:
    titles = Title.objects.defer("embedding", "search").in_bulk(list(changes))
    fields: set[str] = set()
    for title_id, title in titles.items():
        fields |= _set_facts(title, changes[title_id])
    left = set(titles)
    # A name has a key beside it, which only `bulk_update` sets.
    for ids in [] if "name" in fields else _largest_groups(titles.values(), sorted(fields)):
        values = {name: getattr(titles[ids[0]], name) for name in fields}
        Title.objects.filter(pk__in=ids).update(**values, updated_at=timezone.now())
        left -= set(ids)
    for title_id in left:
        titles[title_id].updated_at = timezone.now()
    Title.objects.bulk_update(
        [titles[title_id] for title_id in left],
        sorted({*fields, "updated_at"}),
        batch_size=CHUNK,
    )


def _largest_groups(titles: Iterable[Title], fields: Sequence[str]) -> list[list[int]]:
    """Return the ids of titles that get the same values: a bulk edit makes most of them alike."""
    groups: dict[str, list[int]] = defaultdict(list)
    for title in titles:
        groups[repr([getattr(title, name) for name in fields])].append(title.pk)
    return sorted(groups.values(), key=len, reverse=True)[:MAX_GROUPS]


def _set_facts(title: Title, change: Difference) -> set[str]:
    written = set()
    for key in change.after.keys() & {*FACTS}:
        value = change.after[key]
        setattr(title, key, parse_datetime(value) if value and key in MOMENTS else value)
        written.add(key)
    for key in change.after.keys() & {*MAPPED_FACTS}:
        kept = {n: v for n, v in getattr(title, key).items() if n not in change.before[key]}
        setattr(title, key, kept | change.after[key])
        written.add(key)
    if "locked_fields" in change.after:
        freed = change.before["locked_fields"].keys() - change.after["locked_fields"].keys()
        held = {*title.locked_fields, *change.after["locked_fields"]} - freed
        title.locked_fields = sorted(held)
        written.add("locked_fields")
    return written


def _write_genres(elements: list[Element]) -> None:
    links = Title.genres.through.objects
    for part in _chunks([e for e in elements if e[3] is None]):
        links.filter(_any(Q(title_id=pk, genre__name=name) for pk, name, *_ in part)).delete()
    names = {name for _, name, _, new in elements if new is not None}
    Genre.objects.bulk_create([Genre(name=name) for name in sorted(names)], ignore_conflicts=True)
    ids = dict(Genre.objects.filter(name__in=names).values_list("name", "pk"))
    links.bulk_create(
        [
            Title.genres.through(title_id=pk, genre_id=ids[name])
            for pk, name, _, new in elements
            if new is not None
        ],
        ignore_conflicts=True,
    )


def _write_tags(elements: list[Element]) -> None:
    for part in _chunks([e for e in elements if e[3] is None]):
        of_names = (Q(title_id=pk, tag__name=name) for pk, name, *_ in part)
        TitleTag.objects.filter(_any(of_names)).delete()
    present = [e for e in elements if e[3] is not None]
    ids = ensure_tags({name for _, name, _, _ in present})
    known = get_user_model().objects.values_list("pk", flat=True)
    adders = set(known.filter(pk__in={new.get("added_by") for *_, new in present}))
    TitleTag.objects.bulk_create(
        [
            TitleTag(
                title_id=pk,
                tag_id=ids[name],
                weight=new["weight"],
                provenance=new["provenance"],
                source=new["source"],
                added_by_id=new["added_by"] if new["added_by"] in adders else None,
            )
            for pk, name, _, new in present
        ],
        update_conflicts=True,
        unique_fields=["title", "tag"],
        update_fields=["weight", "provenance", "source", "added_by"],
    )


def _write_credits(elements: list[Element]) -> None:
    split = [(pk, *name.split(": ", 1), new) for pk, name, _, new in elements]
    for part in _chunks([e for e in split if e[3] is None]):
        of_people = (
            Q(title_id=pk, role=role, person__name_key=fold(name)) for pk, role, name, _ in part
        )
        Credit.objects.filter(_any(of_people)).delete()
    present = [e for e in split if e[3] is not None]
    ids = ensure_people({fold(name): name for _, _, name, _ in present})
    Credit.objects.bulk_create(
        [
            Credit(title_id=pk, role=role, person_id=ids[fold(name)], billing=billing)
            for pk, role, name, billing in present
        ],
        update_conflicts=True,
        unique_fields=["title", "person", "role"],
        update_fields=["billing"],
    )


def _write_external_ids(elements: list[Element]) -> None:
    for part in _chunks(elements):
        ExternalId.objects.filter(_any(Q(title_id=pk, source=s) for pk, s, *_ in part)).delete()
    present = [e for e in elements if e[3] is not None]
    for part in _chunks(present):
        taken = ExternalId.objects.filter(_any(Q(source=s, value=v) for _, s, _, v in part))
        if other := taken.select_related("title").first():
            raise ValidationError(
                f"{other} belongs to “{other.title}” by now: remove it there first."
            )
    ExternalId.objects.bulk_create(
        [ExternalId(title_id=pk, source=source, value=value) for pk, source, _, value in present]
    )


def _write_kindred(elements: list[Element]) -> None:
    for part in _chunks([e for e in elements if e[3] is None]):
        Kindred.objects.filter(_any(Q(title_id=pk, other_id=o) for pk, o, *_ in part)).delete()
    present = [(pk, int(other), new) for pk, other, _, new in elements if new is not None]
    # A kindred title may have been deleted since: then there is nothing to point at.
    there = set(
        Title.objects.filter(pk__in={other for _, other, _ in present}).values_list("pk", flat=True)
    )
    Kindred.objects.bulk_create(
        [
            Kindred(title_id=pk, other_id=o, provenance=new["provenance"], source=new["source"])
            for pk, o, new in present
            if o in there
        ],
        ignore_conflicts=True,
    )


def _chunks(elements: list[Any]) -> Iterator[list[Any]]:
    return (elements[start : start + CHUNK] for start in range(0, len(elements), CHUNK))


def _any(conditions: Iterable[Q]) -> Q:
    found = Q()
    for condition in conditions:
        found |= condition
    return found
