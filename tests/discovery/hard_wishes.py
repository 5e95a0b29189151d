"""Random hard wishes, a catalogue with gaps to try them on, and a judge that isn't SQL."""

from __future__ import annotations

from hypothesis import strategies as st

from catalog.models import Title
from genrec.contract import Query


def keeps(title: Title, query: Query) -> bool:
    """Judge a title in plain Python: what the SQL is compared with."""
    genres = {genre.name for genre in title.genres.all()}
    people = {credit.person_id for credit in title.credits.all()}
    content_known = all(note in title.content_notes for note in query.content_max)
    checks = [
        not query.kinds or title.kind in query.kinds,
        query.year_min is None or (title.year is not None and title.year >= query.year_min),
        query.year_max is None or (title.year is not None and title.year <= query.year_max),
        query.runtime_min is None
        or (title.runtime_min is not None and title.runtime_min >= query.runtime_min),
        query.runtime_max is None
        or (title.runtime_min is not None and title.runtime_min <= query.runtime_max),
        set(query.genres_all) <= genres,
        not query.genres_any or bool(genres & set(query.genres_any)),
        not query.genres_none or (bool(genres) and not genres & set(query.genres_none)),
        not query.languages or bool(set(title.languages) & set(query.languages)),
        not query.countries or bool(set(title.countries) & set(query.countries)),
        all(person.person_id in people for person in query.people_required),
        query.age_max is None or (title.age_min is not None and title.age_min <= query.age_max),
        content_known
        and all(title.content_notes[note] <= top for note, top in query.content_max.items()),
        title.pk not in {ref.title_id for ref in query.exclude_titles},
    ]
    return all(checks)


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
    },
)
