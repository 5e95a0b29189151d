"""Facts of a title as plain data: for cards, artwork, prompts and the grounding check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Credit, Title


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
    """Return the facts of the titles that exist, by id, in a fixed number of queries.

    Args:
        published_only: leave out what viewers must not hear of: drafts and withdrawn titles.
    """
    wanted = Title.objects.published() if published_only else Title.objects.all()
    titles = (
        wanted.filter(pk__in=list(title_ids))
        .defer("embedding", "search")  # 384 numbers a title, and no fact
        .prefetch_related("genres", "credits__person", "title_tags__tag")
    )
    return {title.pk: facts_of(title) for title in titles}


def facts_of(title: Title) -> TitleFacts:
    """Return the facts of one title; prefetch genres, credits__person and title_tags__tag."""
    credits = sorted(title.credits.all(), key=lambda credit: (credit.billing, credit.pk))

    def people(*roles: str) -> tuple[str, ...]:
        return tuple(credit.person.name for credit in credits if credit.role in roles)

    tags = sorted(title.title_tags.all(), key=lambda link: (-link.weight, link.tag.name))
    return TitleFacts(
        title_id=title.pk,
        kind=title.kind,
        name=title.name,
        year=title.year,
        runtime_min=title.runtime_min,
        genres=tuple(genre.name for genre in title.genres.all()),
        directors=people(Credit.Role.DIRECTOR, Credit.Role.CREATOR),
        cast=people(Credit.Role.CAST),
        writers=people(Credit.Role.WRITER),
        tags=tuple(link.tag.name for link in tags),
        languages=tuple(title.languages),
        countries=tuple(title.countries),
        certificate=title.certificate,
        synopsis=title.synopsis,
    )
