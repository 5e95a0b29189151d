"""Our systems over a small catalogue: what they leave out, carry over, and take up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from catalog.embedding import refresh_stale
from catalog.models import Title
from discovery.evaluation.cases import Case, CaseSet
from discovery.evaluation.ours import (
    OURS,
    WITHOUT_HISTORY,
    WITHOUT_LLM,
    WITHOUT_OFFERS,
    OurSystems,
    Read,
    Understood,
    count_ruled_out,
)
from discovery.genrec_client import GenRecClient
from discovery.types import DiscoveryRequest
from discovery.understanding.lexical import Parsed
from genrec.contract import Query, TitleRef
from tests.catalogue import make_catalogue
from tests.discovery.genrec_http import ScriptedGenRec


@pytest.fixture
def titles(transactional_db: None, empty_cache: None) -> dict[str, Title]:
    made = make_catalogue()
    refresh_stale()
    return made


def understand(case_set: CaseSet) -> dict[str, Understood]:
    return asyncio.run(_systems().understand(case_set, _silent))


def rank(system: str, case_set: CaseSet, known: dict[str, Understood]) -> list[list[int]]:
    return asyncio.run(_systems().rank(system, case_set, known, _silent))


def _systems() -> OurSystems:
    return OurSystems(GenRecClient("http://127.0.0.1:1"), use_genrec=False)


def _silent(done: int, total: int) -> None:
    pass


def dialogue(turns: Sequence[str], *mentioned: Title, target: Title | None = None) -> CaseSet:
    known = tuple(title.pk for title in mentioned)
    one = Case("d/1", tuple(turns), "", (target.pk if target else None,), known)
    return CaseSet("redial", [one], ("MRR",), per_target=True, with_history=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("system", [OURS, WITHOUT_HISTORY, WITHOUT_OFFERS])
def test_what_was_mentioned_is_listed_by_no_system(titles: dict[str, Title], system: str) -> None:
    case_set = dialogue(["Something like Alien, but not Aliens"], titles["Tremors"])
    known = understand(case_set)
    (ranked,) = rank(system, case_set, known)

    linked = {titles["Alien"].pk, titles["Aliens"].pk}
    assert known["d/1"].linked == linked
    assert len(ranked) == len(set(ranked)) > 5
    assert not {*linked, titles["Tremors"].pk} & set(ranked)


@pytest.mark.django_db(transaction=True)
def test_a_conversation_accumulates_and_a_greeting_leaves_it(titles: dict[str, Title]) -> None:
    case_set = dialogue(["Hello", "a comedy", "but nothing before 1980", "thank you!"])
    query = understand(case_set)["d/1"].refined.parsed.query

    assert query.genres_all == ("Comedy",)
    assert query.year_min == 1980
    assert query.intent not in ("chitchat", "ask_title")


@pytest.mark.django_db(transaction=True)
def test_what_was_mentioned_is_the_history_but_of_the_one_without(
    titles: dict[str, Title],
) -> None:
    liked = [titles[name] for name in ("Toy Story", "Groundhog Day")]
    case_set = dialogue(["a film"], *liked)
    known = understand(case_set)
    plain = CaseSet("vibe_requests", case_set.cases, ("MRR",))
    unknown = understand(plain)

    assert [event.kind for event in known["d/1"].refined.request.history] == ["liked", "liked"]
    assert unknown["d/1"].refined.request.history == ()
    without = rank(WITHOUT_HISTORY, case_set, known)
    assert without == rank(OURS, plain, unknown)
    assert without != rank(OURS, case_set, known)


@pytest.mark.django_db(transaction=True)
def test_offers_of_a_short_slate_come_behind(titles: dict[str, Title]) -> None:
    case_set = dialogue(["an animated comedy under 100 minutes"])
    known = understand(case_set)
    (ours,), (short,) = (rank(system, case_set, known) for system in (OURS, WITHOUT_OFFERS))

    assert 0 < len(short) < 10 < len(ours)
    assert ours[: len(short)] == short


@pytest.mark.django_db(transaction=True)
def test_a_list_goes_on_with_offers_where_no_title_is_left(titles: dict[str, Title]) -> None:
    case_set = dialogue(["a comedy"])
    known = understand(case_set)
    (ours,), (strict,) = (rank(system, case_set, known) for system in (OURS, WITHOUT_OFFERS))
    comedies = set(Title.objects.filter(genres__name="Comedy").values_list("pk", flat=True))

    assert len(strict) > 10
    assert set(strict) == comedies
    assert ours[: len(strict)] == strict
    assert len(ours) == Title.objects.count()


@pytest.mark.django_db(transaction=True)
def test_right_answers_that_our_reading_rules_out_are_counted(titles: dict[str, Title]) -> None:
    ruled_out = dialogue(["a comedy"], target=titles["Alien"])
    listed = dialogue(["a comedy"], target=titles["Groundhog Day"])
    nowhere = dialogue(["a comedy"])

    for case_set, expected in ((ruled_out, 1), (listed, 0), (nowhere, 0)):
        assert count_ruled_out(case_set.cases, understand(case_set)) == expected


@pytest.mark.django_db(transaction=True)
def test_what_genrec_links_is_listed_by_no_system(titles: dict[str, Title]) -> None:
    case_set, tremors = dialogue(["a comedy"]), titles["Tremors"].pk
    known = understand(case_set)["d/1"]
    like = (TitleRef(mention="tremors", title_id=tremors),)
    query = known.refined.parsed.query.model_copy(update={"like": like})
    linked = replace(known, refined=Read(known.refined.request, Parsed(query)))

    assert tremors in rank(WITHOUT_LLM, case_set, {"d/1": known})[0]
    assert tremors not in rank(WITHOUT_LLM, case_set, {"d/1": linked})[0]


def test_what_genrec_links_is_left_out_too() -> None:
    request = DiscoveryRequest(request_id=uuid4(), text="x")
    by_rules = Parsed(Query(unlike=(TitleRef(mention="Heat", title_id=1), TitleRef(mention="?"))))
    refined = Parsed(Query(like=(TitleRef(mention="Jam", title_id=2),)))

    assert Understood(Read(request, refined), Read(request, by_rules)).linked == {1, 2}


@pytest.mark.django_db(transaction=True)
def test_without_the_model_no_turn_was_ever_refined_by_it(titles: dict[str, Title]) -> None:
    case_set = dialogue(["melodic robots", "but nothing after 1990"])
    server = ScriptedGenRec(text='{"melodic": "mood", "robots": "other"}')
    known = asyncio.run(OurSystems(server.client(), use_genrec=True).understand(case_set, _silent))[
        "d/1"
    ]
    never_asked = understand(case_set)["d/1"]

    # What the model read in the first turn is in the conversation's Query for good.
    assert "melodic" in known.refined.parsed.query.moods
    assert known.refined.request.previous != never_asked.refined.request.previous
    assert known.by_rules == never_asked.refined
    assert not known.by_rules.request.use_genrec
