"""Tell whether a row and a title without a common id are the same work.

Never by the title alone: "Coco" is a biography of 2009 and an animation of 2017. Kinds must
agree, no id may contradict, and one of these must hold:

- same title, years at most one apart (releases differ by country), and a director or creator in
  common, or two of the cast;
- same title, both series, three of the cast in common: files date a series by any of its seasons;
- same title and year, nobody known on either side, and no other title of that name and year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from catalog.importing.base import TitleRecord
from catalog.models import Credit, ExternalId, Title
from catalog.text import fold

MAX_YEARS_APART = 1
COMMON_CAST = 2
COMMON_CAST_OF_SERIES = 3
NAME_KEY_CHARS = 300
PERSON_KEY_CHARS = 200
_MAKERS = frozenset({Credit.Role.DIRECTOR, Credit.Role.CREATOR})


def person_key(name: str) -> str:
    return fold(name)[:PERSON_KEY_CHARS]


def name_key(record: TitleRecord) -> str:
    return fold(record.name)[:NAME_KEY_CHARS]


@dataclass(frozen=True, slots=True)
class Work:
    """What a title, or a row, is recognised by.

    `owner` is a primary key, or minus the line of a row. `made_by` is the source of its name.
    """

    owner: int
    kind: str
    year: int | None
    makers: frozenset[str]
    cast: frozenset[str]
    made_by: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def knows_people(self) -> bool:
        return bool(self.makers or self.cast)

    def shares_people(self, other: Work) -> bool:
        return bool(self.makers & other.makers) or len(self.cast & other.cast) >= COMMON_CAST


def work_of(line: int, record: TitleRecord, source_name: str) -> Work:
    return Work(
        owner=-line,
        kind=record.kind,
        year=record.year,
        makers=frozenset(map(person_key, (*record.directors, *record.creators))),
        cast=frozenset(map(person_key, record.cast)),
        made_by=source_name,
        ids={str(source): value for source, value in record.ids.items()},
    )


def load_works(records: Iterable[TitleRecord]) -> dict[str, list[Work]]:
    """Return the catalogue's titles that have the name of a record, by folded name."""
    titles = list(
        Title.objects.filter(name_key__in={name_key(record) for record in records}).values_list(
            "pk", "name_key", "kind", "year", "field_sources__name__0"
        )
    )
    title_ids = [pk for pk, *_ in titles]
    makers: dict[int, set[str]] = defaultdict(set)
    cast: dict[int, set[str]] = defaultdict(set)
    for pk, role, key in Credit.objects.filter(title_id__in=title_ids).values_list(
        "title_id", "role", "person__name_key"
    ):
        if role in _MAKERS:
            makers[pk].add(key)
        elif role == Credit.Role.CAST:
            cast[pk].add(key)
    ids: dict[int, dict[str, str]] = defaultdict(dict)
    for pk, source, value in ExternalId.objects.filter(title_id__in=title_ids).values_list(
        "title_id", "source", "value"
    ):
        ids[pk][source] = value
    works: dict[str, list[Work]] = defaultdict(list)
    for pk, key, kind, year, made_by in titles:
        works[key].append(
            Work(
                owner=pk,
                kind=kind,
                year=year,
                makers=frozenset(makers[pk]),
                cast=frozenset(cast[pk]),
                made_by=made_by or "",
                ids=ids[pk],
            )
        )
    return works


def find_same(work: Work, namesakes: Sequence[Work], *, again: bool) -> list[Work]:
    """Return the titles that are the same work: none, one, or several that could be meant.

    Args:
        namesakes: titles of the same folded name.
        again: the source has no ids, so a title that it made before is known by name and year.
    """
    possible = [other for other in namesakes if other.kind == work.kind]
    possible = [other for other in possible if not contradicts(work.ids, other.ids)]
    if work.year is None:
        return []
    of_year = [other for other in possible if other.year == work.year]
    if again and (own := [other for other in of_year if _is_again(work, other)]):
        return own[:1]
    alike = [other for other in possible if _is_alike(work, other)]
    if alike:
        return [other for other in alike if other.year == work.year] or alike
    nobody_known = not work.knows_people and any(not other.knows_people for other in of_year)
    return of_year if nobody_known else []


def none_to_compare(work: Work, namesakes: Sequence[Work]) -> bool:
    """Tell whether a title of the same name and year is only another for want of people."""
    return any(
        other.kind == work.kind
        and other.year == work.year
        and not (work.knows_people and other.knows_people)
        and not contradicts(work.ids, other.ids)
        for other in namesakes
    )


def _is_alike(work: Work, other: Work) -> bool:
    if work.year is None or other.year is None:
        return False
    if abs(other.year - work.year) <= MAX_YEARS_APART:
        return work.shares_people(other)
    are_series = work.kind == other.kind == Title.Kind.SERIES
    return are_series and len(work.cast & other.cast) >= COMMON_CAST_OF_SERIES


def contradicts(ids: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Tell whether two works have different ids in one place: then they are different works.

    Ids of other places are told apart by what stands before the colon.
    """
    for source in ids.keys() & others.keys():
        mine, theirs = ids[source], others[source]
        same_place = source != ExternalId.Source.OTHER or _place(mine) == _place(theirs)
        if mine != theirs and same_place:
            return True
    return False


def _place(value: str) -> str:
    return value.partition(":")[0]


def _is_again(work: Work, other: Work) -> bool:
    one_unknown = not work.knows_people or not other.knows_people
    return other.made_by == work.made_by and (one_unknown or work.shares_people(other))
