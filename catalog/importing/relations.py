"""Write what hangs on titles, a batch at a time: ids, genres, credits and tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from catalog.importing.base import Source, TitleRecord
from catalog.importing.likeness import person_key
from catalog.importing.matching import Match
from catalog.importing.provenance import knows_better, note_origin
from catalog.importing.tags import TagWriter
from catalog.models import Credit, ExternalId, Genre, Person, Title

Key = TypeVar("Key", bound=tuple[Any, ...])
Value = TypeVar("Value")
# title, role, person key
CreditKey = tuple[int, str, str]
RECORD_ROLES = {
    Credit.Role.DIRECTOR: "directors",
    Credit.Role.CREATOR: "creators",
    Credit.Role.WRITER: "writers",
    Credit.Role.CAST: "cast",
}


def credits_field(role: str) -> str:
    """Return under which name `Title.field_sources` remembers the people of a role."""
    return f"credits.{role}"


def note_new_origins(title: Title, record: TitleRecord, source: Source) -> None:
    """Note on a title that is about to be created whence its genres and people are."""
    if record.genres:
        note_origin(title, "genres", source)
    for role, name in RECORD_ROLES.items():
        if getattr(record, name):
            note_origin(title, credits_field(role), source)


class RelationWriter:
    """Collect the relations of a batch, then write them with a fixed number of queries.

    Genres, and people by role, are replaced as a whole and obey authority like a plain field.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.batch: list[tuple[Title, Match]] = []
        self.existing: dict[int, Title] = {}

    def add(self, title: Title, match: Match, *, is_new: bool) -> None:
        self.batch.append((title, match))
        if not is_new:
            self.existing[title.pk] = title

    def write(self) -> set[int]:
        """Write everything that differs; return the ids of titles that differed.

        The `field_sources` of existing titles are changed, but not saved.
        """
        touched = self.write_ids()
        touched |= self.write_genres()
        touched |= self.write_credits()
        touched |= TagWriter(self.source.name).write(self.unlocked("tags"), self.existing)
        return touched

    def write_ids(self) -> set[int]:
        links = [
            ExternalId(title=title, source=source, value=value)
            for title, match in self.batch
            for source, value in match.new_ids.items()
        ]
        ExternalId.objects.bulk_create(links)
        return {link.title_id for link in links}

    def write_genres(self) -> set[int]:
        through = Title.genres.through.objects
        links = through.filter(title_id__in=self.existing)
        present = {
            (title_id, name): (pk, None)
            for pk, title_id, name in links.values_list("pk", "title_id", "genre__name")
        }
        having = {pk for pk, _ in present}
        wanted = {
            (title.pk, name): None
            for title, match in self.unlocked("genres")
            if self.may_replace(title, "genres", present=title.pk in having)
            for name in match.record.genres
        }
        missing, surplus = compare(wanted, present, scope_fields=1)
        through.filter(pk__in=surplus.values()).delete()
        genres = ensure_genres({name for _, name in missing})
        through.bulk_create(
            [Title.genres.through(title_id=pk, genre_id=genres[name]) for pk, name in missing]
        )
        touched = {pk for pk, _ in [*missing, *surplus]}
        self.note((pk, "genres") for pk in touched)
        return touched

    def write_credits(self) -> set[int]:
        """Replace what differs in the roles that the record knows, and knows better."""
        present = self.present_credits()
        having = {(pk, role) for pk, role, _ in present}
        wanted: dict[CreditKey, int] = {}
        names: dict[str, str] = {}
        for title, role, billing, name in self.record_credits():
            if self.may_replace(title, credits_field(role), present=(title.pk, role) in having):
                wanted.setdefault((title.pk, role, person_key(name)), billing)
                names.setdefault(person_key(name), name)
        missing, surplus = compare(wanted, present, scope_fields=2)
        Credit.objects.filter(pk__in=surplus.values()).delete()
        people = ensure_people({key: names[key] for _, _, key in missing})
        Credit.objects.bulk_create(
            [
                Credit(title_id=pk, role=role, person_id=people[key], billing=billing)
                for (pk, role, key), billing in missing.items()
            ]
        )
        touched = {(pk, role) for pk, role, _ in [*missing, *surplus]}
        self.note((pk, credits_field(role)) for pk, role in touched)
        return {pk for pk, _ in touched}

    def record_credits(self) -> Iterator[tuple[Title, str, int, str]]:
        """Yield title, role, billing and name of every credit that the records bring."""
        for title, match in self.unlocked("credits"):
            for role, field in RECORD_ROLES.items():
                for billing, name in enumerate(getattr(match.record, field)):
                    yield title, str(role), billing, name

    def present_credits(self) -> dict[CreditKey, tuple[int, int]]:
        credits = Credit.objects.filter(title_id__in=self.existing)
        return {
            (title_id, role, key): (pk, billing)
            for pk, title_id, role, key, billing in credits.values_list(
                "pk", "title_id", "role", "person__name_key", "billing"
            )
        }

    def may_replace(self, title: Title, field: str, *, present: bool) -> bool:
        # A new title notes the source of what it is about to get: its own.
        return knows_better(title, field, self.source, empty=not present)

    def note(self, changed: Iterable[tuple[int, str]]) -> None:
        for pk, field in changed:
            if pk in self.existing:
                note_origin(self.existing[pk], field, self.source)

    def unlocked(self, field: str) -> Iterable[tuple[Title, Match]]:
        return (pair for pair in self.batch if field not in pair[0].locked_fields)


def compare(
    wanted: Mapping[Key, Value], present: Mapping[Key, tuple[int, Value]], *, scope_fields: int
) -> tuple[dict[Key, Value], dict[Key, int]]:
    """Return what is missing, and the ids of what is surplus or has another value.

    A row is surplus only within the scope of what is wanted, the first `scope_fields` of its
    key: a record without genres says nothing about the genres that a title has.
    """
    scopes = {key[:scope_fields] for key in wanted}
    surplus = {
        key: pk
        for key, (pk, value) in present.items()
        if key[:scope_fields] in scopes and (key not in wanted or wanted[key] != value)
    }
    missing = {key: value for key, value in wanted.items() if key not in present or key in surplus}
    return missing, surplus


def ensure_people(names: dict[str, str]) -> dict[str, int]:
    """Return the id of every person by key; make those that are missing."""
    ids = dict(Person.objects.filter(name_key__in=names).values_list("name_key", "pk"))
    missing = [Person(name=name) for key, name in names.items() if key not in ids]
    if missing:
        # Another import may have made one meanwhile: ask again instead of trusting our own.
        Person.objects.bulk_create(missing, ignore_conflicts=True)
        ids = dict(Person.objects.filter(name_key__in=names).values_list("name_key", "pk"))
    return ids


def ensure_genres(names: set[str]) -> dict[str, int]:
    """Return the id of every genre by name; make those that are missing."""
    if not names:
        return {}
    genres = [Genre(name=name) for name in sorted(names)]
    Genre.objects.bulk_create(genres, ignore_conflicts=True)
    return dict(Genre.objects.filter(name__in=names).values_list("name", "pk"))
