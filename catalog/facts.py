"""Facts of a title as plain data: for cards, artwork, prompts and the grounding check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.models import Credit, Title, TitleTag

_COLUMNS = (
    "pk",
    "kind",
    "name",
    "year",
    "runtime_min",
    "languages",
    "countries",
    "certificate",
    "synopsis",
)
# Who made a series stands where a film's director does.
_PLACES: Mapping[str, str] = {Credit.Role.CREATOR: Credit.Role.DIRECTOR}


@dataclass(frozen=True, slots=True)
class TitleFacts:
    """What the catalogue knows of one title. Empty or None means unknown."""

    title_id: int
    kind: str
    name: str
    year: int | None
    runtime_min: int | None
    genres: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    certificate: str = ""
    synopsis: str = ""

    @property
    def label(self) -> str:
        return f"{self.name} ({self.year})" if self.year else self.name

    @property
    def runtime(self) -> str:
        """The runtime as people say it; empty if it isn't known."""
        return spoken_minutes(self.runtime_min or 0)


def spoken_minutes(minutes: int) -> str:
    """Return a length as people say it: "1 h 42 min"; nothing for none."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (hours and f"{hours} h", rest and f"{rest} min") if part)


def load_facts(title_ids: Iterable[int], *, published_only: bool = False) -> dict[int, TitleFacts]:
    """Return the facts of the titles that exist, by id, in four queries.

    As plain rows: forty titles have a thousand credits and tags, and a model instance of each
    would take several times as long as the queries do.

    Args:
        published_only: leave out what viewers must not hear of: drafts and withdrawn titles.
    """
    wanted = Title.objects.published() if published_only else Title.objects.all()
    titles = {row[0]: row for row in wanted.filter(pk__in=list(title_ids)).values_list(*_COLUMNS)}
    genres: dict[int, list[str]] = defaultdict(list)
    of_titles = Title.genres.through.objects.filter(title_id__in=titles).order_by("genre__name")
    for pk, name in of_titles.values_list("title_id", "genre__name"):
        genres[pk].append(name)
    people: dict[tuple[int, str], list[str]] = defaultdict(list)
    credits = Credit.objects.filter(title_id__in=titles).order_by("billing", "pk")
    for pk, role, name in credits.values_list("title_id", "role", "person__name"):
        people[pk, _PLACES.get(role, role)].append(name)
    tags: dict[int, list[tuple[int, str]]] = defaultdict(list)
    links = TitleTag.objects.filter(title_id__in=titles).order_by()
    for pk, weight, name in links.values_list("title_id", "weight", "tag__name"):
        tags[pk].append((-weight, name))
    return {
        pk: TitleFacts(
            title_id=pk,
            kind=kind,
            name=name,
            year=year,
            runtime_min=runtime_min,
            genres=tuple(genres[pk]),
            directors=tuple(people[pk, Credit.Role.DIRECTOR]),
            cast=tuple(people[pk, Credit.Role.CAST]),
            writers=tuple(people[pk, Credit.Role.WRITER]),
            tags=tuple(tag for _, tag in sorted(tags[pk])),
            languages=tuple(languages),
            countries=tuple(countries),
            certificate=certificate,
            synopsis=synopsis,
        )
        for pk, kind, name, year, runtime_min, languages, countries, certificate, synopsis in (
            titles.values()
        )
    }
