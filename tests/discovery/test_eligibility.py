"""Hard constraints: what passes keeps every wish, and counts say why the rest does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Credit, Title
from discovery.answers import relaxations_for
from discovery.counting import count_matches
from discovery.eligibility import eligibility_of
from discovery.types import Event
from genrec.contract import PersonRef, Query, TitleRef

pytestmark = pytest.mark.django_db


def names(query: Query, history: tuple[Event, ...] = (), shown: tuple[int, ...] = ()) -> set[str]:
    titles = eligibility_of(query, history, shown).titles()
    return set(titles.values_list("name", flat=True))


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


@pytest.fixture
def varied(catalogue: dict[str, Title]) -> dict[str, Title]:
    """The small catalogue with places, ages and content on some titles, and gaps on others."""
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
_QUERIES = st.fixed_dictionaries(
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


@given(fields=_QUERIES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_sql_agrees_with_plain_python(varied: dict[str, Title], fields: dict[str, Any]) -> None:
    query = Query(**fields)
    expected = {name for name, title in varied.items() if keeps(title, query)}

    assert names(query) == expected
    counted = count_matches(eligibility_of(query, ()))
    assert counted.matching == len(expected)
    lenient = names(query.model_copy(update={"allow_unknown": True}))
    assert expected <= lenient
    assert counted.left_out.get("unknown", 0) == len(lenient - expected)


def test_unknown_values_fail_until_they_are_allowed(catalogue: dict[str, Title]) -> None:
    query = Query(runtime_max=90, genres_all=("Comedy",))

    assert "Critters" not in names(query)
    assert "Critters" in names(query.model_copy(update={"allow_unknown": True}))


def test_counts_name_the_unknown_fact(catalogue: dict[str, Title]) -> None:
    query = Query(content_max={"gore": 0})
    counted = count_matches(eligibility_of(query, ()))

    assert counted.matching == 0
    assert counted.left_out["unknown"] == len(catalogue)
    assert counted.left_out["unknown.content_max.gore"] == len(catalogue)


def test_a_required_person_must_have_the_role(catalogue: dict[str, Title]) -> None:
    brooks = Credit.objects.filter(person__name="Mel Brooks").first()
    assert brooks is not None
    person = PersonRef(mention="Mel Brooks", person_id=brooks.person_id, role="cast")
    assert names(Query(people_required=(person,))) == {"Spaceballs"}

    directs = person.model_copy(update={"role": "director"})
    assert names(Query(people_required=(directs,))) == {"Spaceballs", "Young Frankenstein"}


def test_an_unlinked_required_person_lets_nothing_pass(catalogue: dict[str, Title]) -> None:
    assert names(Query(people_required=(PersonRef(mention="Nobody Atall"),))) == set()


def test_seen_disliked_shown_and_mentioned_titles_are_out(catalogue: dict[str, Title]) -> None:
    ids = {name: title.pk for name, title in catalogue.items()}
    history = (
        Event(ids["Alien"], "seen"),
        Event(ids["Tremors"], "disliked"),
        Event(ids["Gremlins"], "liked"),
        Event(ids["Fargo"], "saved"),
    )
    query = Query(
        like=(TitleRef(mention="Aliens", title_id=ids["Aliens"]),),
        exclude_titles=(TitleRef(mention="Jurassic Park", title_id=ids["Jurassic Park"]),),
    )
    found = names(query, history, (ids["Evolution"],))

    gone = {"Alien", "Tremors", "Gremlins", "Aliens", "Jurassic Park", "Evolution"}
    assert found == set(ids) - gone
    counted = count_matches(eligibility_of(query, history, (ids["Evolution"],)))
    reasons = {name: counted.left_out[name] for name in ("seen", "disliked", "shown", "mentioned")}
    assert reasons == {"seen": 2, "disliked": 1, "shown": 1, "mentioned": 1}


def test_drafts_and_withdrawn_titles_never_appear(catalogue: dict[str, Title]) -> None:
    Title.objects.filter(name="Alien").update(status=Title.Status.DRAFT)
    Title.objects.filter(name="Aliens").update(status=Title.Status.WITHDRAWN)

    assert not {"Alien", "Aliens"} & names(Query(allow_unknown=True))


def test_relaxations_offer_what_brings_titles(catalogue: dict[str, Title]) -> None:
    query = Query(year_min=2010, content_max={"gore": 0}, evidence={"year_min": "after 2010"})
    # No single step helps: the years and the unknown gore both stand in the way.
    assert relaxations_for(query, count_matches(eligibility_of(query, ()))) == []

    query = Query(content_max={"gore": 0}, runtime_max=100)
    counted = count_matches(eligibility_of(query, ()))
    unknown, without_gore = relaxations_for(query, counted)
    assert unknown.query.allow_unknown
    assert unknown.gains == counted.left_out["unknown"]
    assert without_gore.query.content_max == {}
    assert len(names(without_gore.query)) == counted.matching + without_gore.gains
