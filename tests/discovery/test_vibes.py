"""Vibes: a described title answers a wish by its own terms."""

from __future__ import annotations

import pytest

from catalog.importing.tags import ensure_tags
from catalog.models import Kindred, Tag, Title, TitleTag
from discovery.retrieval.candidates import RetrieveCandidates
from discovery.retrieval.eligibility import eligibility_of
from discovery.retrieval.scoring import Features, score_features
from discovery.retrieval.vibes import (
    asked_terms,
    kindred_of,
    kinship,
    load_vibes,
    titles_with_terms,
    vibe_fit,
    weigh_by_rarity,
)
from genrec.contract import Query, TitleRef


def test_moods_and_themes_are_asked_in_the_ontologys_words() -> None:
    query = Query(moods=("tense", "more funny", "less bleak", "more comedy"), themes=("heist",))
    assert asked_terms(query) == {"tense": 1.0, "funny": 0.8, "bleak": -1.0, "heist": 1.0}


def test_fit_counts_weights_and_what_is_missing() -> None:
    asked = {"tense": 1.0, "funny": 1.0}
    assert vibe_fit(asked, {"tense": 3, "funny": 3}) == 1.0
    both, one, none = (vibe_fit(asked, v) for v in ({"tense": 2, "funny": 2}, {"tense": 3}, {}))
    assert both > one > 0 > none
    assert both == pytest.approx(2 / 3)  # of weight 2 where 3 is the strongest
    assert vibe_fit({"bleak": -1.0}, {"bleak": 3}) == -1.0
    assert vibe_fit({"bleak": -1.0}, {"funny": 3}) == 0.0
    assert vibe_fit({}, {"funny": 3}) == 0.0


def test_kinship_is_a_cosine() -> None:
    alien = {"tense": 3, "claustrophobic": 3}
    assert kinship([alien], alien) == pytest.approx(1.0)
    assert kinship([alien], {"funny": 3}) == 0.0
    assert 0 < kinship([alien], {"tense": 1, "funny": 3}) < 0.5
    assert kinship([], alien) == kinship([alien], {}) == 0.0


def test_a_title_that_nobody_described_is_not_punished() -> None:
    row = (1, None, 0.5, 1990)
    features = Features(rows=[row], probes=(), genres={}, asked={"tense": 1.0})
    (undescribed,) = score_features(features, Query(moods=("tense",)))
    assert "vibes" not in undescribed.sources


def describe(title: Title, **vibes: int) -> None:
    tags = ensure_tags(set(vibes))
    TitleTag.objects.bulk_create(
        [TitleTag(title=title, tag_id=tags[term], weight=weight) for term, weight in vibes.items()]
    )


@pytest.mark.django_db
def test_terms_find_what_words_do_not(catalogue: dict[str, Title]) -> None:
    describe(catalogue["The Thing"], paranoid=3, snowbound=3)
    describe(catalogue["Alien"], paranoid=1)
    Tag.objects.create(name="snow globe")
    published = Title.objects.published()
    found = titles_with_terms(published, ["paranoid", "snowbound"], 10)
    assert found == [catalogue["The Thing"].pk, catalogue["Alien"].pk]
    assert load_vibes(found)[catalogue["Alien"].pk] == {"paranoid": 1}


@pytest.mark.django_db
def test_keywords_are_no_vibes(catalogue: dict[str, Title]) -> None:
    tag = Tag.objects.create(name="flamethrower")
    TitleTag.objects.create(title=catalogue["The Thing"], tag=tag)
    assert load_vibes([catalogue["The Thing"].pk]) == {}


@pytest.mark.django_db
def test_a_described_title_rises_for_its_vibe(catalogue: dict[str, Title]) -> None:
    def position(name: str) -> int:
        query = Query(moods=("paranoid",))
        eligibility = eligibility_of(query, ())
        retrieved = RetrieveCandidates(
            query, (), eligibility, matching=len(catalogue), use_embedder=False
        )()
        return [c.title_id for c in retrieved.candidates].index(catalogue[name].pk)

    before = position("Dark Star")
    describe(catalogue["Dark Star"], paranoid=3)
    assert position("Dark Star") < before


@pytest.mark.django_db
def test_kindred_count_in_both_directions_and_as_a_summand(catalogue: dict[str, Title]) -> None:
    alien, thing, shaun = (catalogue[n] for n in ("Alien", "The Thing", "Shaun of the Dead"))
    Kindred.objects.create(title=alien, other=thing)
    Kindred.objects.create(title=shaun, other=alien)
    assert kindred_of([alien.pk]) == {thing.pk, shaun.pk}
    query = Query(like=(TitleRef(mention="Alien", title_id=alien.pk),))
    eligibility = eligibility_of(query, ())
    retrieved = RetrieveCandidates(
        query, (), eligibility, matching=len(catalogue), use_embedder=False
    )()
    sources = {c.title_id: c.sources for c in retrieved.candidates}
    assert sources[thing.pk]["kindred"] > 0
    assert not sources[catalogue["Airplane!"].pk].get("kindred")


@pytest.mark.django_db
def test_a_rare_term_tells_more_than_a_common_one(catalogue: dict[str, Title]) -> None:
    for name in list(catalogue)[:10]:
        describe(catalogue[name], dark=2)
    describe(catalogue["The Thing"], snowbound=3)
    weights = weigh_by_rarity({"dark": 1.0, "snowbound": 1.0, "bleak": -1.0})
    assert weights["dark"] == 1.0
    assert weights["snowbound"] == pytest.approx(2.0, abs=0.01)
    assert weights["bleak"] < -1.0  # nobody has it yet: as rare as can be
    assert weigh_by_rarity({}) == {}
