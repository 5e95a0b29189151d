"""Write what hangs on titles, a batch at a time: ids, genres, credits and tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from catalog.importing.matching import Match
from catalog.models import Credit, ExternalId, Genre, Person, Tag, Title, TitleTag
from catalog.ontology import load_ontology
from catalog.text import fold

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
PERSON_KEY_CHARS = 200


def person_key(name: str) -> str:
    return fold(name)[:PERSON_KEY_CHARS]


class RelationWriter:
    """Collect the relations of a batch, then write them with a fixed number of queries.

    Args:
        source: the name that imported tags carry.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.batch: list[tuple[Title, Match]] = []
        self.existing: list[int] = []

    def add(self, title: Title, match: Match, *, is_new: bool) -> None:
        self.batch.append((title, match))
        if not is_new:
            self.existing.append(title.pk)

    def write(self) -> set[int]:
        """Write everything that differs; return the ids of titles that differed."""
        touched = self.write_ids()
        touched |= self.write_genres()
        touched |= self.write_credits()
        touched |= self.write_tags()
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
        wanted = {
            (title.pk, name): None
            for title, match in self.unlocked("genres")
            for name in match.record.genres
        }
        through = Title.genres.through.objects
        links = through.filter(title_id__in=self.existing)
        present = {
            (title_id, name): (pk, None)
            for pk, title_id, name in links.values_list("pk", "title_id", "genre__name")
        }
        missing, surplus = compare(wanted, present, scope_fields=1)
        through.filter(pk__in=surplus.values()).delete()
        genres = ensure_named(Genre, {name for _, name in missing})
        through.bulk_create(
            [Title.genres.through(title_id=pk, genre_id=genres[name]) for pk, name in missing]
        )
        return {pk for pk, _ in [*missing, *surplus]}

    def write_credits(self) -> set[int]:
        """Replace what differs in the roles that the record knows."""
        wanted: dict[CreditKey, int] = {}
        names: dict[str, str] = {}
        for pk, role, billing, name in self.record_credits():
            wanted.setdefault((pk, role, person_key(name)), billing)
            names.setdefault(person_key(name), name)
        missing, surplus = compare(wanted, self.present_credits(), scope_fields=2)
        Credit.objects.filter(pk__in=surplus.values()).delete()
        people = ensure_people({key: names[key] for _, _, key in missing})
        Credit.objects.bulk_create(
            [
                Credit(title_id=pk, role=role, person_id=people[key], billing=billing)
                for (pk, role, key), billing in missing.items()
            ]
        )
        return {pk for pk, _, _ in [*missing, *surplus]}

    def record_credits(self) -> Iterator[tuple[int, str, int, str]]:
        """Yield title, role, billing and name of every credit that the records bring."""
        for title, match in self.unlocked("credits"):
            for role, field in RECORD_ROLES.items():
                for billing, name in enumerate(getattr(match.record, field)):
                    yield title.pk, str(role), billing, name

    def present_credits(self) -> dict[CreditKey, tuple[int, int]]:
        credits = Credit.objects.filter(title_id__in=self.existing)
        return {
            (title_id, role, key): (pk, billing)
            for pk, title_id, role, key, billing in credits.values_list(
                "pk", "title_id", "role", "person__name_key", "billing"
            )
        }

    def write_tags(self) -> set[int]:
        """Add and update imported tags; a tag of an editor or a model is left alone."""
        wanted = {
            (title.pk, name): weight
            for title, match in self.unlocked("tags")
            for name, weight in match.record.tags.items()
        }
        links = TitleTag.objects.filter(
            title_id__in=self.existing if wanted else []
        ).select_related("tag")
        present = {(link.title_id, link.tag.name): link for link in links}
        changed = [
            link
            for pair, link in present.items()
            if link.provenance == TitleTag.Provenance.IMPORT
            and wanted.get(pair, link.weight) != link.weight
        ]
        for link in changed:
            link.weight = wanted[link.title_id, link.tag.name]
        TitleTag.objects.bulk_update(changed, ["weight"])
        missing = {pair: weight for pair, weight in wanted.items() if pair not in present}
        self.create_tags(missing)
        return {pk for pk, _ in missing} | {link.title_id for link in changed}

    def create_tags(self, weights: Mapping[tuple[int, str], int]) -> None:
        tags = ensure_tags({name for _, name in weights})
        TitleTag.objects.bulk_create(
            [
                TitleTag(
                    title_id=pk,
                    tag_id=tags[name],
                    weight=weight,
                    provenance=TitleTag.Provenance.IMPORT,
                    source=self.source,
                )
                for (pk, name), weight in weights.items()
            ]
        )

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


def ensure_named(model: Any, names: set[str]) -> dict[str, int]:
    """Return the id of every genre or tag by name; make those that are missing."""
    if not names:
        return {}
    model.objects.bulk_create([model(name=name) for name in sorted(names)], ignore_conflicts=True)
    return dict(model.objects.filter(name__in=names).values_list("name", "pk"))


def ensure_tags(names: set[str]) -> dict[str, int]:
    """Return the id of every tag by name; make those that are missing, terms with their group."""
    terms = load_ontology().terms
    missing = []
    for name in sorted(names):
        term = terms.get(name)
        group = Tag.Group(term.group) if term else Tag.Group.KEYWORD
        missing.append(Tag(name=name, group=group, gloss=term.gloss if term else ""))
    Tag.objects.bulk_create(missing, ignore_conflicts=True)
    return dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
