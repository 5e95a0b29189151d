"""What a slate promises, over random wishes and catalogues: hard wishes, shapes, conflicts."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations
from math import comb
from uuid import uuid4

import pytest

from catalog.facts import TitleFacts, load_facts
from catalog.models import Title
from discovery.answers.conflicts import notes_of_choice, offers_for
from discovery.picking import Picked, PickTitles, keep_eligible
from discovery.retrieval.eligibility import eligibility_of
from discovery.retrieval.searching import Found, search
from discovery.selection.proposals import keep_needed, titles_for_shape
from discovery.selection.shape import Shape
from discovery.types import Candidate, DiscoveryRequest, Query, Relaxation
from tests.discovery.hard_wishes import in_shape, keeps, shuffle, wish_at_random

pytestmark = pytest.mark.django_db

WISHES = 50
# Trying every slate to prove that there is none is for few titles only.
MOST_SLATES = 4000


@pytest.mark.parametrize("seed", range(4))
def test_every_slate_keeps_its_promises(catalogue: dict[str, Title], seed: int) -> None:
    shuffle(catalogue, seed)
    titles = list(Title.objects.prefetch_related("genres", "credits"))
    facts = load_facts(title.pk for title in titles)
    generator = random.Random(seed)
    shaped = named = 0
    for _ in range(WISHES):
        query = wish_at_random(generator)
        found, picked = answer(query)
        fitting = [facts[title.pk] for title in titles if keeps(title, query)]
        shown = [pick.title for pick in picked.picks]

        assert {t.title_id for t in shown} <= {t.title_id for t in fitting}, query
        assert len({t.title_id for t in shown}) == len(shown) <= picked.shape.count
        assert all(0 < pick.propensity <= 1 for pick in picked.picks)
        if picked.conflict is not None:
            named += 1
            judge_conflict(query, found, picked, fitting)
        elif shown and len(fitting) >= picked.shape.count:
            shaped += in_shape(shown, picked.shape)
            # Nobody said how many: an evening holds what fits.
            uncounted = not picked.shape.quotas and not picked.shape.count_said
            assert in_shape(shown, picked.shape) or uncounted, query
    assert shaped > 10
    assert named > 5


def answer(query: Query, *, explore: bool = True) -> tuple[Found, Picked]:
    request = DiscoveryRequest(uuid4(), "", query=query, explore=explore, use_genrec=False)
    found = search(query, request)
    return found, PickTitles(query, request)(found.retrieved.candidates, {})


def judge_conflict(query: Query, found: Found, picked: Picked, fitting: list[TitleFacts]) -> None:
    """The conflict is real, the slate is the most there is, and the offers bring more."""
    conflict, shape = picked.conflict, picked.shape
    assert conflict is not None
    assert set(conflict.wishes) <= set(shape.wishes)
    if comb(len(fitting), shape.count) < MOST_SLATES:
        assert not any(in_shape(slate, shape) for slate in combinations(fitting, shape.count))
    shown = [pick.title for pick in picked.picks]
    if conflict.possible:
        assert len(shown) == conflict.possible
        assert in_shape(shown, replace(shape, count=len(shown), quotas={}))
    (note,) = notes_of_choice(query, found.counted, picked)
    assert note.endswith(".")
    for offer in offers_for(query, found.counted, picked)[: len(conflict.remedies)]:
        judge_offer(offer, conflict.possible)


def judge_offer(offer: Relaxation, possible: int) -> None:
    _, again = answer(offer.query)
    reached = again.conflict.possible if again.conflict else len(again.picks)

    assert offer.gains > 0
    assert reached >= possible + offer.gains, offer.label


def test_a_title_that_breaks_a_wish_is_stopped_at_the_last_door(
    catalogue: dict[str, Title],
) -> None:
    query = Query(genres_all=("Comedy",), runtime_max=100)
    wrong = [catalogue[name].pk for name in ("Alien", "Groundhog Day", "Critters")]
    right = catalogue["Tremors"].pk
    candidates = [Candidate(pk, 9.0) for pk in (*wrong, right)]

    assert [c.title_id for c in keep_eligible(candidates, eligibility_of(query, ()))] == [right]
    request = DiscoveryRequest(uuid4(), "", query=query)
    picked = PickTitles(query, request, blocked=frozenset())(candidates, {})
    assert [pick.title.title_id for pick in picked.picks] == [right]
    assert picked.fallback == "selection: 3 candidates broke a hard wish and were dropped"


def test_the_last_card_explores_only_where_it_may(
    catalogue: dict[str, Title], settings: object
) -> None:
    plain = answer(Query())[1]
    assert [pick.explored for pick in plain.picks] == [False] * 5 + [True]
    assert plain.picks[5].propensity < 1
    assert plain.notes["exploration"]["shown"] == plain.picks[5].title.title_id
    assert sum(plain.notes["exploration"]["propensities"]) == pytest.approx(1, abs=1e-4)

    for query in (Query(count=3), Query(quotas={"Comedy": 4}), Query(runtime_total=500)):
        assert not any(pick.explored for pick in answer(query)[1].picks)
    assert not any(pick.explored for pick in answer(Query(), explore=False)[1].picks)
    settings.EXPLORE = False  # type: ignore[attr-defined]
    assert not any(pick.explored for pick in answer(Query())[1].picks)


def test_a_budget_counts_unknown_runtimes_among_what_is_left_out(
    catalogue: dict[str, Title],
) -> None:
    found, _ = answer(Query(runtime_total=150, count=1))

    assert found.counted.left_out["unknown.runtime_total"] == 1
    assert found.counted.left_out["runtime_total"] == 1  # Pulp Fiction is longer by itself


# --- what is said ---


def test_too_few_of_one_genre_are_counted(catalogue: dict[str, Title]) -> None:
    query = Query(quotas={"Drama": 4, "Horror": 1}, count=5, runtime_max=110)
    found, picked = answer(query)

    assert notes_of_choice(query, found.counted, picked) == [
        "You asked for four dramas, and there are only two that keep your other wishes. "
        "These three are as far as it goes."
    ]
    offer = offers_for(query, found.counted, picked)[0]
    assert offer.label == "Anything in place of the four dramas"
    assert offer.query.quotas == {"Horror": 1}
    assert offer.gains == 2


@pytest.mark.parametrize(
    ("quotas", "note"),
    [
        (
            {"War": 2},
            "You asked for two war films, and there are none that keep your other wishes. "
            "These keep everything else.",
        ),
        (
            {"Animation": 2},
            "You asked for two animated films, and there is only one that keeps your other "
            "wishes. This is as far as it goes.",
        ),
    ],
)
def test_one_or_none_of_a_genre_is_said_in_words(
    catalogue: dict[str, Title], quotas: dict[str, int], note: str
) -> None:
    query = Query(quotas=quotas)
    found, picked = answer(query)

    assert notes_of_choice(query, found.counted, picked) == [note]


def test_an_evening_too_short_says_how_long_it_takes(catalogue: dict[str, Title]) -> None:
    query = Query(quotas={"Animation": 1, "Drama": 1}, runtime_total=170, count=2)
    found, picked = answer(query)

    assert notes_of_choice(query, found.counted, picked) == [
        "You asked for one animated film and one drama within 2 h 50 min, and they don't fit. "
        "The shortest take 3 h 2 min. This is as far as it goes."
    ]
    offers = {offer.label: offer for offer in offers_for(query, found.counted, picked)}
    longer = offers["Take 3 h 5 min"]
    assert longer.query.runtime_total == 185
    assert longer.gains == 1
    assert len(answer(longer.query)[1].picks) == 2


def test_quotas_beyond_the_count_are_told_apart(catalogue: dict[str, Title]) -> None:
    query = Query(quotas={"Comedy": 3, "Horror": 2}, count=4)
    found, picked = answer(query)

    (note,) = notes_of_choice(query, found.counted, picked)
    assert note.startswith("Three comedies and two horror films can't be four in all.")
    labels = [offer.label for offer in offers_for(query, found.counted, picked)]
    assert "Five titles instead" in labels


def test_nothing_short_enough_shows_the_best_all_the_same(catalogue: dict[str, Title]) -> None:
    query = Query(runtime_total=90, count=1, genres_all=("Romance",), allow_unknown=True)
    found, picked = answer(query)

    assert found.counted.matching == 0
    assert picked.picks == ()
    assert picked.conflict is None  # a hard wish by itself: counted, and said as such


# --- what the shape needs among the candidates ---


def test_short_titles_and_those_of_quotas_are_proposed(catalogue: dict[str, Title]) -> None:
    shape = Shape(2, {"Animation": 1, "Crime": 1}, runtime_total=200)
    names = {
        title.name
        for title in Title.objects.filter(pk__in=titles_for_shape(Title.objects.all(), shape))
    }

    assert names >= {"Toy Story", "Fargo", "Seven"}
    assert titles_for_shape(Title.objects.all(), Shape(6)) == set()


def test_what_is_needed_stays_among_the_best() -> None:
    ranked = [Candidate(n, -n) for n in range(10)]
    kept = keep_needed(ranked, {7, 9}, 4)

    assert [c.title_id for c in kept] == [0, 1, 7, 9]
