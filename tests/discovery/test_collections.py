"""Collections: named in words, a hard wish like any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from catalog.embedding import refresh_stale
from catalog.models import Collection, Title
from discovery.answers.counting import count_matches
from discovery.answers.notes import relaxations_for
from discovery.retrieval.candidates import RetrieveCandidates
from discovery.retrieval.eligibility import eligibility_of
from discovery.types import Query
from discovery.understanding.lexical import parse
from discovery.understanding.linking import CatalogueNames
from discovery.understanding.refining import patch_or_anew
from tests.catalogue import make_catalogue
from tests.discovery.names import FewNames
from tests.discovery.shelves import CHRISTMAS, shelf

pytestmark = pytest.mark.django_db


def names_of(query: Query) -> set[str]:
    return set(eligibility_of(query, ()).titles().values_list("name", flat=True))


# --- a hard wish ---


def test_only_titles_of_the_collection_are_eligible(catalogue: dict[str, Title]) -> None:
    shelf(catalogue, *CHRISTMAS)
    shelf(catalogue, "Alien", name="Space")

    assert names_of(Query(collections=("christmas",))) == set(CHRISTMAS)
    assert names_of(Query(collections=("christmas", "space"))) == {*CHRISTMAS, "Alien"}
    assert names_of(Query(collections=("christmas",), genres_all=("Horror",))) == {"Gremlins"}


@pytest.mark.parametrize("allow_unknown", [False, True])
def test_what_is_not_published_holds_nothing(
    catalogue: dict[str, Title], allow_unknown: bool
) -> None:
    shelf(catalogue, *CHRISTMAS, published=False)

    for slug in ("christmas", "never-was"):
        assert names_of(Query(collections=(slug,), allow_unknown=allow_unknown)) == set()


def test_the_others_are_counted_and_offered(catalogue: dict[str, Title]) -> None:
    shelf(catalogue, *CHRISTMAS)
    query = Query(collections=("christmas",), year_max=1980, evidence={"collections": "chip"})
    counted = count_matches(eligibility_of(query, ()))

    assert counted.matching == 0
    assert counted.left_out["collections"] == len(catalogue) - 2
    offers = {offer.label: offer for offer in relaxations_for(query, counted)}
    wider = offers["Also outside this collection"]
    assert wider.gains == len(names_of(wider.query)) > 0
    assert wider.query.collections == ()
    assert "collections" not in wider.query.evidence


def test_the_editors_order_is_a_summand(embedded_catalogue: dict[str, Title]) -> None:
    shelf(embedded_catalogue, "Gremlins", "Home Alone")
    query = Query(collections=("christmas",))
    eligibility = eligibility_of(query, ())
    found = RetrieveCandidates(query, (), eligibility, 2)().candidates
    shares = {c.title_id: c.sources["shelf"] for c in found}

    first, second = (embedded_catalogue[name].pk for name in ("Gremlins", "Home Alone"))
    assert shares[first] > shares[second] > 0


# --- said in words ---


@pytest.mark.parametrize(
    ("message", "slugs", "evidence"),
    [
        ("something funny from the Christmas shelf", ("christmas",), "from the Christmas shelf"),
        ("from your christmas collection", ("christmas",), "from your christmas collection"),
        ("the Christmas shelf, under two hours", ("christmas",), "the Christmas shelf"),
        ("a comedy from the American South", ("the-american-south",), "from the American South"),
        ("horror from staff picks", ("staff-picks",), "from staff picks"),
        ("staff picks", ("staff-picks",), "staff picks"),
        ("Christmas horror list", ("christmas-horror",), "Christmas horror list"),
    ],
)
def test_an_exact_name_is_read(message: str, slugs: tuple[str, ...], evidence: str) -> None:
    query = parse(message, FewNames()).query

    assert query.collections == slugs
    assert query.evidence["collections"] == evidence
    assert "shelf" not in query.text


@pytest.mark.parametrize(
    "message",
    [
        "a Christmas film",
        "Christmas",
        "something set in the American South",
        "from the Halloween shelf",
        "a film about a book collection at Christmas",
    ],
)
def test_other_words_are_no_collection(message: str) -> None:
    assert parse(message, FewNames()).query.collections == ()


def test_a_collection_can_not_be_refused_yet_and_that_is_said() -> None:
    parsed = parse("funny, but nothing from the Christmas shelf", FewNames())

    assert parsed.query.collections == ()
    assert parsed.notes == ("I can't leave out a collection yet: Christmas.",)
    assert parse("no horror from the Christmas shelf", FewNames()).query.collections


def test_only_published_collections_can_be_named(catalogue: dict[str, Title]) -> None:
    shelf(catalogue, *CHRISTMAS)
    shelf(catalogue, "Alien", name="Secret plans", published=False)

    assert parse("from the Christmas shelf", CatalogueNames()).query.collections == ("christmas",)
    assert parse("from the secret plans shelf", CatalogueNames()).query.collections == ()


def test_a_follow_up_keeps_the_collection_and_another_replaces_it() -> None:
    held = parse("something funny from the Christmas shelf", FewNames()).query

    def after(message: str) -> Query:
        return patch_or_anew(message, parse(message, FewNames()).query, held, {})

    assert after("but shorter than 100 minutes").collections == ("christmas",)
    assert after("from the staff picks shelf").collections == ("staff-picks",)


def test_an_old_query_still_loads() -> None:
    stored = {"version": 1, "intent": "discover", "moods": ["funny"], "evidence": {"moods": "x"}}

    query = Query.model_validate(stored)

    assert query.collections == ()
    assert Query.model_validate(query.said()).moods == ("funny",)


# --- elsewhere ---


@pytest.mark.django_db(transaction=True)
def test_the_batch_door_shows_it(transactional_db: None, empty_cache: None, tmp_path: Path) -> None:
    titles = make_catalogue()
    refresh_stale()
    shelf(titles, *CHRISTMAS)
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"id": 1, "text": "funny, from the Christmas shelf"}), "utf-8")

    call_command("discover", "--in", str(source), "--out", str(target), "--no-llm")

    answer = json.loads(target.read_text("utf-8"))
    assert answer["query"]["collections"] == ["christmas"]
    assert {pick["title"] for pick in answer["picks"]} == set(CHRISTMAS)
    assert answer["left_out"]["collections"] == len(titles) - 2


def test_an_editor_makes_a_collection_in_order(
    client: Client, editor: User, catalogue: dict[str, Title]
) -> None:
    client.force_login(editor)
    rows = [("10", "Gremlins"), ("0", "Home Alone"), ("5", "Alien")]
    data: dict[str, Any] = {
        "name": "Winter", "slug": "winter", "description": "", "published": "on",
        "items-TOTAL_FORMS": "3", "items-INITIAL_FORMS": "0",
        "items-MIN_NUM_FORMS": "0", "items-MAX_NUM_FORMS": "1000",
    }  # fmt: skip
    for number, (position, name) in enumerate(rows):
        data[f"items-{number}-position"] = position
        data[f"items-{number}-title"] = str(catalogue[name].pk)

    response = client.post(reverse("admin:catalog_collection_add"), data)

    assert response.status_code == 302
    made = Collection.objects.get(slug="winter")
    items = made.items.values_list("title__name", "position")
    assert list(items) == [("Alien", 10), ("Gremlins", 20), ("Home Alone", 30)]
    page = client.get(reverse("admin:catalog_collection_change", args=[made.pk]))
    assert page.status_code == 200
    listed = client.get(reverse("admin:catalog_collection_changelist")).content.decode()
    assert "Winter" in listed
