"""Random hard wishes, a catalogue with gaps to try them on, and a judge that isn't SQL."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from catalog.facts import TitleFacts
from catalog.models import Genre, Title
from discovery.selection.shape import USUAL_MINUTES, Shape, fits
from genrec.contract import Query


def keeps(title: Title, query: Query) -> bool:
    """Judge a title in plain Python: what the SQL is compared with.

    A wish of which the title's fact is unknown fails, unless the query allows unknowns.
    """
    return all(
        holds or (unknown and query.allow_unknown) for unknown, holds in _wishes_of(title, query)
    ) and title.pk not in {ref.title_id for ref in query.exclude_titles}


def _wishes_of(title: Title, query: Query) -> Iterator[tuple[bool, bool]]:
    """Yield whether the fact that each wish asks for is unknown, and whether the wish holds."""
    genres = {genre.name for genre in title.genres.all()}
    people = {credit.person_id for credit in title.credits.all()}
    minutes, year, age = title.runtime_min, title.year, title.age_min
    yield False, not query.kinds or title.kind in query.kinds
    yield year is None, query.year_min is None or (year or 0) >= query.year_min
    yield year is None, query.year_max is None or (year or 9999) <= query.year_max
    yield minutes is None, query.runtime_min is None or (minutes or 0) >= query.runtime_min
    for most in (query.runtime_max, query.runtime_total):
        yield minutes is None, most is None or (minutes or 9999) <= most
    yield not genres, set(query.genres_all) <= genres
    yield not genres, not query.genres_any or bool(genres & set(query.genres_any))
    free = bool(genres) and not genres & set(query.genres_none)
    yield not genres, not query.genres_none or free
    for wanted, known in ((query.languages, title.languages), (query.countries, title.countries)):
        yield not known, not wanted or bool(set(known) & set(wanted))
    yield not people, all(person.person_id in people for person in query.people_required)
    yield age is None, query.age_max is None or (age is not None and age <= query.age_max)
    for note, top in query.content_max.items():
        yield note not in title.content_notes, title.content_notes.get(note, 9) <= top
    # Where a title can be watched is known of none.
    yield True, not query.availability


def in_shape(titles: Sequence[TitleFacts], shape: Shape) -> bool:
    """Judge a slate by trying every way to share its titles out among the quotas."""
    minutes = [title.runtime_min for title in titles]
    if shape.runtime_total is not None and None in minutes and not shape.allow_unknown:
        return False
    total = sum(USUAL_MINUTES if m is None else m for m in minutes)
    too_long = shape.runtime_total is not None and total > shape.runtime_total
    return len(titles) == shape.count and not too_long and shared_out(titles, shape.quotas)


def shared_out(titles: Sequence[TitleFacts], quotas: Mapping[str, int]) -> bool:
    """Say whether every title that fits a quota has a place in one, and all places are taken."""
    if not titles:
        return not any(quotas.values())
    first, *rest = titles
    fitting = [key for key in quotas if fits(first, key)]
    if not fitting:
        return shared_out(rest, quotas)
    return any(
        quotas[key] and shared_out(rest, {**quotas, key: quotas[key] - 1}) for key in fitting
    )


def vary(catalogue: dict[str, Title]) -> dict[str, Title]:
    """Give some titles places, ages and content, and leave gaps on others."""
    for number, title in enumerate(catalogue.values()):
        title.languages = [["English"], ["French"], []][number % 3]
        title.countries = [["United States"], ["France", "Germany"], []][number % 3]
        title.age_min = [6, 12, 16, None][number % 4]
        title.content_notes = [{"gore": 0}, {"gore": 2, "violence": 1}, {}][number % 3]
        title.year = None if number % 11 == 10 else title.year
        title.kind = "series" if number % 7 == 6 else "film"
        title.save()
    catalogue["Critters"].genres.clear()
    return catalogue


def shuffle(catalogue: Mapping[str, Title], seed: int) -> None:
    """Make another catalogue of the same names: facts at random, each of them unknown at times."""
    generator = random.Random(seed)
    genres = list(Genre.objects.order_by("name"))
    for title in catalogue.values():
        title.kind = generator.choice(["film", "film", "film", "series"])
        title.year = _or_none(generator, generator.randrange(1970, 2010))
        title.runtime_min = _or_none(generator, generator.randrange(60, 180))
        title.age_min = _or_none(generator, generator.choice([0, 6, 12, 16, 18]))
        title.languages = generator.choice([["English"], ["French"], ["English", "French"], []])
        title.countries = generator.choice([["United States"], ["France", "Germany"], []])
        notes = {note: generator.randrange(4) for note in ("gore", "violence", "scary")}
        title.content_notes = {n: v for n, v in notes.items() if generator.random() < 0.7}
        title.save()
        title.genres.set(generator.sample(genres, generator.choice([0, 1, 1, 2, 2, 3])))


def _or_none(generator: random.Random, value: int) -> int | None:
    return None if generator.random() < 0.15 else value


def wish_at_random(generator: random.Random) -> Query:
    """Return a Query with a few hard wishes, and nearly always one of shape."""
    drawn: dict[str, Any] = {
        "kinds": ("film",),
        "year_min": generator.randrange(1970, 1995),
        "year_max": generator.randrange(1985, 2010),
        "runtime_max": generator.randrange(90, 180),
        "genres_any": ("Comedy", "Drama", "Crime", "Thriller"),
        "genres_none": (generator.choice(["Horror", "Romance"]),),
        "languages": ("English",),
        "age_max": generator.choice([6, 12, 16]),
        "content_max": {"gore": generator.randrange(3)},
        "allow_unknown": True,
    }
    hard = generator.sample(sorted(drawn), generator.choice([0, 0, 1, 1, 2, 3]))
    names = generator.sample(["Comedy", "Drama", "Horror", "Western", "series"], 2)
    quotas = {name: generator.randrange(1, 4) for name in names[: generator.choice([0, 1, 2])]}
    shape: dict[str, Any] = {"quotas": quotas}
    if generator.random() < 0.5:
        shape["count"] = generator.randrange(1, 6)
    if generator.random() < 0.6:
        shape["runtime_total"] = generator.randrange(60, 600)
    return Query(**{name: drawn[name] for name in hard}, **shape)


_GENRES = st.lists(
    st.sampled_from(["Comedy", "Horror", "Science Fiction", "Drama", "Thriller"]),
    max_size=2,
    unique=True,
).map(tuple)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "kinds": st.sampled_from([("film",), ("series",), ("film", "series")]),
        "year_min": st.integers(1970, 2005),
        "year_max": st.integers(1970, 2005),
        "runtime_min": st.integers(60, 130),
        "runtime_max": st.integers(60, 130),
        "genres_all": _GENRES,
        "genres_any": _GENRES,
        "genres_none": _GENRES,
        "languages": st.sampled_from([("English",), ("French", "Korean")]),
        "countries": st.sampled_from([("France",), ("United States", "Japan")]),
        "age_max": st.integers(0, 21),
        "content_max": st.sampled_from([{"gore": 0}, {"gore": 2, "violence": 1}]),
        "runtime_total": st.integers(60, 400),
        "availability": st.just(("Netflix",)),
    },
)
