"""Hard constraints: what passes keeps every wish, and counts say why the rest does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from catalog.models import Credit, Person, Title
from discovery.answers.counting import count_matches
from discovery.answers.notes import relaxations_for
from discovery.retrieval.eligibility import eligibility_of
from discovery.types import Event
from genrec.contract import PersonRef, Query, TitleRef
from tests.discovery.hard_wishes import QUERIES, keeps, vary

pytestmark = pytest.mark.django_db


def names(query: Query, history: tuple[Event, ...] = (), shown: tuple[int, ...] = ()) -> set[str]:
    titles = eligibility_of(query, history, shown).titles()
    return set(titles.values_list("name", flat=True))


@pytest.fixture
def varied(catalogue: dict[str, Title]) -> dict[str, Title]:
    return vary(catalogue)


@given(fields=QUERIES)
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_sql_agrees_with_plain_python(varied: dict[str, Title], fields: dict[str, Any]) -> None:
    query = Query(**fields)
    expected = {name for name, title in varied.items() if keeps(title, query)}

    assert names(query) == expected
    counted = count_matches(eligibility_of(query, ()))
    assert counted.matching == len(expected)
    lenient = query.model_copy(update={"allow_unknown": True})
    may_fit = {name for name, title in varied.items() if keeps(title, lenient)}
    assert names(lenient) == may_fit
    assert count_matches(eligibility_of(lenient, ())).matching == len(may_fit)
    assert counted.left_out.get("unknown", 0) == len(may_fit - expected)


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


def test_the_offer_for_a_service_brings_what_it_says(catalogue: dict[str, Title]) -> None:
    query = Query(availability=("Netflix",), kinds=("film",))
    counted = count_matches(eligibility_of(query, ()))
    assert (counted.matching, counted.left_out["unknown.availability"]) == (0, len(catalogue))

    offer = relaxations_for(query, counted)[0]
    assert offer.query.allow_unknown
    assert len(names(offer.query)) == offer.gains == len(catalogue)


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


def test_people_are_left_out_and_unknown_credits_fail(catalogue: dict[str, Title]) -> None:
    stranger = Title.objects.create(name="Nobody Knows Who", year=1990)
    hanks = Person.objects.get(name="Tom Hanks")
    query = Query(people_none=(PersonRef(mention="Tom Hanks", person_id=hanks.pk),))
    titles = eligibility_of(query, ()).titles()
    allowing = query.model_copy(update={"allow_unknown": True})

    assert not titles.filter(name__in=["Toy Story", stranger.name]).exists()
    assert titles.filter(name="Alien").exists()
    allowed = eligibility_of(allowing, ()).titles()
    assert allowed.filter(name=stranger.name).exists()
    assert not allowed.filter(name="Toy Story").exists()
