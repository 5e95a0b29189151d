"""Hard constraints as SQL: what may be shown at all, and why the rest may not.

Every hard field of a Query becomes a `Constraint`: a condition that known facts must fulfil, and
one that says the facts are unknown. Unknown facts fail, unless the viewer allows them. Titles
that the viewer has seen or disliked, that this conversation has shown, that the wish itself
mentions or that an editor has blocked are out as well. Retrieval filters with the very conditions
that are counted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from catalog.models import CollectionItem, Credit, Genre, Title, TitleQuerySet
from discovery.retrieval.title_sets import is_among
from discovery.types import Event
from genrec.contract import PersonRef, Query

_ROLES = {
    "director": (Credit.Role.DIRECTOR, Credit.Role.CREATOR),
    "cast": (Credit.Role.CAST,),
    "writer": (Credit.Role.WRITER, Credit.Role.CREATOR),
}
# Not nullable, so never unknown.
_NEVER = Q(pk__in=[])
# Not `Q()`, which says nothing: `_NEVER | Q()` would be `_NEVER`.
_ALWAYS = Q(pk__isnull=False)


@dataclass(frozen=True, slots=True)
class Constraint:
    """One hard wish. `holds` is false for unknown facts; `unknown` is true for nothing else."""

    name: str
    holds: Q
    unknown: Q = _NEVER

    def passes(self, *, allow_unknown: bool) -> Q:
        return self.holds | self.unknown if allow_unknown else self.holds


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What may be shown: the constraints, and the titles that are out whatever they are."""

    constraints: tuple[Constraint, ...]
    # Reason (seen, disliked, shown, mentioned, blocked) -> titles.
    out: tuple[tuple[str, frozenset[int]], ...]
    allow_unknown: bool

    def titles(self) -> TitleQuerySet:
        """Return the published titles that may be shown."""
        return Title.objects.published().filter(self.condition())

    def condition(self, *, allow_unknown: bool | None = None) -> Q:
        allowed = self.allow_unknown if allow_unknown is None else allow_unknown
        condition = Q()
        for constraint in self.constraints:
            condition &= constraint.passes(allow_unknown=allowed)
        if excluded := self.excluded():
            condition &= ~is_among(excluded)
        return condition

    def without(self, reason: str) -> Eligibility:
        """Return the same, but for one reason in `out`."""
        return replace(self, out=tuple(pair for pair in self.out if pair[0] != reason))

    def excluded(self) -> frozenset[int]:
        return frozenset().union(*(ids for _, ids in self.out))


def eligibility_of(
    query: Query,
    history: Sequence[Event],
    shown: Iterable[int] = (),
    blocked: Iterable[int] = (),
) -> Eligibility:
    """Gather what a Query, a viewer's history, a conversation and the editors rule out."""
    mentioned = (*query.like, *query.unlike)
    out = (
        ("seen", _ids_of(history, "seen", "played", "liked")),
        ("disliked", _ids_of(history, "disliked")),
        ("shown", frozenset(shown)),
        ("mentioned", frozenset(ref.title_id for ref in mentioned if ref.title_id)),
        ("excluded", frozenset(ref.title_id for ref in query.exclude_titles if ref.title_id)),
        ("blocked", frozenset(blocked)),
    )
    return Eligibility(tuple(constraints_of(query)), out, query.allow_unknown)


def constraints_of(query: Query) -> Iterator[Constraint]:
    """Yield one constraint for each hard wish of a Query. Numbers are inclusive."""
    if query.kinds:
        yield Constraint("kinds", Q(kind__in=query.kinds))
    if query.collections:
        # One that is not published any more holds nothing.
        shelved = CollectionItem.objects.filter(
            collection__slug__in=query.collections, collection__published=True
        )
        yield Constraint("collections", Q(pk__in=shelved.values("title_id")))
    yield from _range_constraints(query)
    yield from _budget_constraint(query)
    yield from _genre_constraints(query)
    for name in ("languages", "countries"):
        if wanted := getattr(query, name):
            holds = Q(**{f"{name}__overlap": list(wanted)})
            yield Constraint(name, holds, Q(**{f"{name}__len": 0}))
    for person in query.people_required:
        nobody_known = ~Q(pk__in=Credit.objects.values("title_id"))
        yield Constraint("people_required", _credited(person), nobody_known)
    for person in query.people_none:
        # A title whose people nobody has written down may well be theirs.
        nobody_known = ~Q(pk__in=Credit.objects.values("title_id"))
        holds = ~_credited(person) & ~nobody_known
        yield Constraint("people_none", holds, nobody_known)
    if query.age_max is not None:
        yield Constraint("age_max", Q(age_min__lte=query.age_max), Q(age_min__isnull=True))
    for note, limit in query.content_max.items():
        known = Q(content_notes__has_key=note)
        holds = known & Q(**{f"content_notes__{note}__lte": limit})
        yield Constraint(f"content_max.{note}", holds, ~known)
    if query.availability:
        # No source says where a title can be watched yet, so nothing is known to be there.
        yield Constraint("availability", _NEVER, _ALWAYS)


def _range_constraints(query: Query) -> Iterator[Constraint]:
    columns = (("year", "year"), ("runtime", "runtime_min"))
    for field, column in columns:
        for bound, lookup in (("min", "gte"), ("max", "lte")):
            value = getattr(query, f"{field}_{bound}")
            if value is not None:
                holds = Q(**{f"{column}__{lookup}": value})
                yield Constraint(f"{field}_{bound}", holds, Q(**{f"{column}__isnull": True}))


def _budget_constraint(query: Query) -> Iterator[Constraint]:
    """No title may take longer than the whole evening; their sum is up to selection."""
    if query.runtime_total is not None:
        holds = Q(runtime_min__lte=query.runtime_total)
        yield Constraint("runtime_total", holds, Q(runtime_min__isnull=True))


def _genre_constraints(query: Query) -> Iterator[Constraint]:
    unknown = ~Q(pk__in=Title.genres.through.objects.values("title_id"))
    for genre in query.genres_all:
        yield Constraint("genres_all", _has_genre((genre,)), unknown)
    if query.genres_any:
        yield Constraint("genres_any", _has_genre(query.genres_any), unknown)
    if query.genres_none:
        # A title of unknown genre may well be of the refused one.
        holds = ~_has_genre(query.genres_none) & ~unknown
        yield Constraint("genres_none", holds, unknown)


def _has_genre(names: Sequence[str]) -> Q:
    """Return "has one of these genres" as an uncorrelated subquery, which Postgres hashes."""
    genre_ids = Genre.objects.filter(name__in=names).values("pk")
    through = Title.genres.through.objects.filter(genre_id__in=genre_ids)
    return Q(pk__in=through.values("title_id"))


def _credited(person: PersonRef) -> Q:
    if person.person_id is None:
        return _NEVER
    credits = Credit.objects.filter(person_id=person.person_id)
    if person.role in _ROLES:
        credits = credits.filter(role__in=_ROLES[person.role])
    return Q(pk__in=credits.values("title_id"))


def _ids_of(history: Iterable[Event], *kinds: str) -> frozenset[int]:
    return frozenset(event.title_id for event in history if event.kind in kinds)
