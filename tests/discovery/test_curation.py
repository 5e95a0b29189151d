"""Boosts move the order, blocks take out, and neither ever breaks a hard wish."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.embedding import refresh_stale
from catalog.models import CurationRule, Title
from discovery.answers.counting import count_matches
from discovery.curation import MAX_BOOST, Curation, Rule, load_curation
from discovery.pipeline import discover
from discovery.policy import policy_version
from discovery.reranking import blend
from discovery.retrieval.candidates import RetrieveCandidates
from discovery.retrieval.eligibility import eligibility_of
from discovery.threads import in_database
from discovery.tracing import Trace
from discovery.types import Candidate, DiscoveryRequest, Event, Query, Slate, SlateReady
from genrec.contract import RankResponse, TitleRef
from tests.catalogue import make_catalogue
from tests.discovery.genrec_http import ScriptedGenRec
from tests.discovery.hard_wishes import QUERIES, keeps, vary

pytestmark = pytest.mark.django_db
BLOCK, BOOST = CurationRule.Kind.BLOCK, CurationRule.Kind.BOOST


def rule(title: Title, kind: str = BLOCK, **fields: Any) -> CurationRule:
    return CurationRule.objects.create(title=title, kind=kind, **{"reason": "why", **fields})


def retrieve(query: Query, curation: Curation, history: tuple[Event, ...] = ()) -> list[Candidate]:
    eligibility = eligibility_of(query, history, (), curation.blocked)
    matching = count_matches(eligibility).matching
    found = RetrieveCandidates(query, history, eligibility, matching, boosts=curation.boosts)()
    return found.candidates


# --- which rules hold ---


def test_only_rules_that_hold_now_count(
    catalogue: dict[str, Title], django_assert_num_queries: Any
) -> None:
    now = timezone.now()
    hour = timedelta(hours=1)
    rule(catalogue["Alien"])
    rule(catalogue["Aliens"], starts_at=now - hour, expires_at=now + hour)
    rule(catalogue["Tremors"], expires_at=now - hour)
    rule(catalogue["Gremlins"], starts_at=now + hour)

    with django_assert_num_queries(1):
        curation = load_curation()

    assert curation.blocked == {catalogue["Alien"].pk, catalogue["Aliens"].pk}


def test_boosts_of_one_title_add_up_to_a_limit_and_a_block_beats_them() -> None:
    def made(number: int, title_id: int, kind: str, weight: float) -> Rule:
        return Rule(number, title_id, "", kind, weight, "")

    curation = Curation(
        (
            made(1, 7, BOOST, 2.0),
            made(2, 7, BOOST, 2.0),
            made(3, 8, BOOST, 0.5),
            made(4, 9, BOOST, 1.0),
            made(5, 9, BLOCK, 0.0),
        )
    )

    assert curation.boosts == {7: MAX_BOOST, 8: 0.5}
    assert curation.blocked == {9}


def test_the_policy_version_says_that_rules_exist_and_which(catalogue: dict[str, Title]) -> None:
    plain = policy_version(load_curation().version)
    made = rule(catalogue["Alien"], BOOST, weight=1.0)
    boosted = policy_version(load_curation().version)
    made.reason = "Said better."
    made.save()
    reworded = policy_version(load_curation().version)
    made.weight = 2.0
    made.save()
    stronger = policy_version(load_curation().version)

    assert plain == policy_version()
    assert boosted.startswith(f"{plain}-c")
    assert reworded == boosted
    assert len({plain, boosted, stronger}) == 3
    assert len(boosted) <= 40


# --- what they do ---


def test_a_block_is_counted_and_no_relaxation_brings_it_back(catalogue: dict[str, Title]) -> None:
    rule(catalogue["Airplane!"])
    query = Query(runtime_max=90, genres_all=("Comedy",))
    counted = count_matches(eligibility_of(query, (), (), load_curation().blocked))

    assert counted.left_out["blocked"] == 1
    without_rule = count_matches(eligibility_of(query, ()))
    assert counted.matching == without_rule.matching - 1
    everything = {"runtime_max", "genres_all"}
    assert counted.matching_without(everything, allow_unknown=True) == len(catalogue) - 1


def test_a_boost_is_a_summand_and_moves_a_title_up(embedded_catalogue: dict[str, Title]) -> None:
    query = Query(moods=("funny",))
    title = embedded_catalogue["Dark Star"]
    before = [c.title_id for c in retrieve(query, Curation())]
    rule(title, BOOST, weight=3.0)
    after = retrieve(query, load_curation())

    boosted = next(c for c in after if c.title_id == title.pk)
    assert boosted.sources["boost"] == 3.0
    assert boosted.score == pytest.approx(sum(boosted.sources.values()), abs=1e-3)
    assert [c.title_id for c in after].index(title.pk) < before.index(title.pk)
    assert all("boost" not in c.sources for c in after if c.title_id != title.pk)


@given(data=st.data())
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_boosted_titles_keep_every_hard_wish(
    embedded_catalogue: dict[str, Title], data: st.DataObject
) -> None:
    varied = vary(embedded_catalogue)
    query = Query(**data.draw(QUERIES))
    titles = sorted(varied)
    boosted = data.draw(st.lists(st.sampled_from(titles), max_size=8, unique=True))
    blocked = data.draw(st.lists(st.sampled_from(titles), max_size=4, unique=True))
    CurationRule.objects.all().delete()
    for name in boosted:
        rule(varied[name], BOOST, weight=data.draw(st.sampled_from([0.1, 1.0, 3.0])))
    for name in blocked:
        rule(varied[name])

    found = {c.title_id for c in retrieve(query, load_curation())}

    expected = {t.pk for n, t in varied.items() if keeps(t, query) and n not in blocked}
    # The catalogue is small enough that every eligible title is proposed.
    assert found == expected


@pytest.mark.parametrize("share", [0.12, 0.35])
def test_a_boost_is_neither_diluted_nor_clipped_by_the_catalog_head(share: float) -> None:
    plain = [Candidate(n, 10.0 - n, slot=n) for n in range(10)]
    lifted = replace(plain[9], score=plain[9].score + 3.0, sources={"boost": 3.0})
    reply = RankResponse(
        slots=list(range(10)),
        logprobs=[-float(n) for n in range(10)],
        prompt_tokens=1,
        cached_tokens=0,
        engine_ms=1.0,
        rows_version=1,
    )

    def score(candidates: list[Candidate]) -> float:
        return next(c.score for c in blend(candidates, reply, share=share) if c.title_id == 9)

    spread = (sum((n - 4.5) ** 2 for n in range(10)) / 10) ** 0.5
    gained = score([*plain[:9], lifted]) - score(plain)
    assert gained == pytest.approx(3.0 / spread, abs=1e-4)
    others = {c.title_id: c.score for c in blend(plain, reply, share=share) if c.title_id != 9}
    with_boost = blend([*plain[:9], lifted], reply, share=share)
    assert {c.title_id: c.score for c in with_boost if c.title_id != 9} == others
    assert next(c for c in with_boost if c.title_id == 9).sources["boost"] == 3.0


def test_neighbours_on_a_title_page_leave_out_the_blocked(
    embedded_catalogue: dict[str, Title], visitor: Client
) -> None:
    address = embedded_catalogue["Alien"].get_absolute_url()
    assert b"Aliens" in visitor.get(address).content
    rule(embedded_catalogue["Aliens"])

    page = visitor.get(address)

    assert b"Aliens" not in page.content
    assert len(page.context["neighbours"]) == 8


# --- through the whole pipeline ---


@pytest.fixture
def titles(transactional_db: None, empty_cache: None) -> dict[str, Title]:
    made = make_catalogue()
    refresh_stale()
    return made


async def answer(text: str = "", query: Query | None = None) -> tuple[Slate, Trace]:
    server = ScriptedGenRec()
    request = DiscoveryRequest(uuid4(), text, query=query, count=20)
    async with server.client() as client, aclosing(discover(request, genrec=client)) as events:
        found = [event async for event in events if isinstance(event, SlateReady)]
    return found[-1].slate, found[-1].trace


def shown(slate: Slate) -> list[str]:
    return [pick.title.name for pick in slate.picks]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "wish",
    [Query(moods=("funny",)), Query(), Query(text="ghosts in a library"), Query(intent="surprise")],
    ids=["wish", "popular", "words", "surprise"],
)
async def test_a_block_holds_in_every_answer(titles: dict[str, Title], wish: Query) -> None:
    (name, *_) = shown((await answer(query=wish))[0])
    await in_database(rule, titles[name], reason="rights")

    slate, trace = await answer(query=wish)

    assert name not in shown(slate)
    assert slate.left_out["blocked"] == 1
    assert [(r["title"], r["kind"], r["reason"]) for r in trace.curation] == [
        (str(titles[name]), "block", "rights")
    ]
    assert slate.policy_version == trace.versions["policy"] != policy_version()


@pytest.mark.django_db(transaction=True)
async def test_a_block_holds_in_more_like(titles: dict[str, Title]) -> None:
    like = TitleRef(mention="Alien", title_id=titles["Alien"].pk, label="Alien (1979)")
    wish = Query(intent="more_like", like=(like,))
    (best, *_) = shown((await answer(query=wish))[0])
    await in_database(rule, titles[best])

    assert best not in shown((await answer(query=wish))[0])


@pytest.mark.django_db(transaction=True)
async def test_the_trace_lists_the_rules_that_were_felt_and_no_others(
    titles: dict[str, Title],
) -> None:
    for name, kind, reason in (
        ("Tremors", BOOST, "anniversary"),
        ("Toy Story", BOOST, "not from the seventies"),
        ("Seven", BLOCK, "no comedy"),
        ("Gremlins", BLOCK, "rights"),
    ):
        await in_database(rule, titles[name], kind, reason=reason, weight=2)

    slate, trace = await answer(query=Query(genres_all=("Comedy", "Horror")))

    assert {(r["title"], r["kind"], r["weight"], r["reason"]) for r in trace.curation} == {
        ("Tremors (1990)", "boost", 2.0, "anniversary"),
        ("Gremlins (1984)", "block", 0.0, "rights"),
    }
    assert shown(slate)[0] == "Tremors"
    assert slate.picks[0].sources["boost"] == 2.0


@pytest.mark.django_db(transaction=True)
def test_the_batch_door_keeps_to_the_rules(titles: dict[str, Title], tmp_path: Path) -> None:
    rule(titles["Airplane!"])
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"id": 1, "text": "a comedy under 90 minutes"}), "utf-8")

    call_command("discover", "--in", str(source), "--out", str(target), "--no-llm", "--top", "20")

    answer = json.loads(target.read_text("utf-8"))
    assert "Airplane!" not in [pick["title"] for pick in answer["picks"]]
    assert "Toy Story" in [pick["title"] for pick in answer["picks"]]
    assert answer["left_out"]["blocked"] == 1
