"""The form behind a chip: it shows what the chip holds, to its owner and to nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from catalog.models import Title
from chat import wish_views
from chat.chips import chips_of
from chat.models import Conversation, Turn
from chat.wish_slots import ADDABLE, GROUPS, LABELS
from discovery.types import Query
from genrec.contract import Query as ContractQuery
from tests.chat.conversations import answered_turn
from tests.chat.test_chips import FULL, SILENT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

# Fields that one chip or form shares.
SHARED = {"year_min", "year_max", "runtime_min", "runtime_max"}


@pytest.fixture
def turn(conversation: Conversation, catalogue: dict[str, Title]) -> Turn:
    Title.objects.filter(name="Amélie").update(languages=["French"], countries=["France"])
    Title.objects.filter(name="Tremors").update(languages=["English"])
    return answered_turn(
        conversation, list(catalogue.values())[:6], query=Query.model_validate(FULL)
    )


def editor(visitor: Client, turn: Turn, **query: str) -> str:
    answer = visitor.get(f"/wishes/{turn.pk}/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_field_of_the_query_has_a_form() -> None:
    fields = {*LABELS, *SHARED} - {"years", "runtime"}
    assert fields == set(ContractQuery.model_fields) - SILENT
    assert {slot for _, slots in GROUPS for slot in slots} == set(ADDABLE)


def test_every_chip_opens_with_what_it_holds(visitor: Client, turn: Turn) -> None:
    for chip in chips_of(Query.model_validate(FULL)):
        page = editor(visitor, turn, slot=chip.slot, value=chip.value)
        assert f'name="slot" value="{chip.slot}"' in page
        assert "Change" in page


@pytest.mark.parametrize(
    ("slot", "value", "holds"),
    [
        ("years", "", r'name="low" value="1980".*name="high" value="1989"'),
        ("genres_all", "Horror", r'<option value="Horror" selected>'),
        ("languages", "French", r'<option value="French" selected>'),
        ("moods", "tense", r'<option value="tense" selected>'),
        ("content_max", "gore", r'<option value="gore" selected>.*<option value="0" selected>'),
        ("like", "alien", r'name="words" value="Alien \(1979\)"'),
        ("people_required", "Ridley Scott", r'<option value="director" selected>'),
        ("genres_any", "", r'value="Action"[^>]*checked'),
        # No catalogue here knows it, and still it isn't lost by opening its form.
        ("availability", "Netflix", r'value="Netflix"'),
        ("quotas", "comedy", r'name="number" value="2".*<option value="comedy" selected>'),
    ],
)
def test_a_form_shows_the_wish(
    visitor: Client, turn: Turn, slot: str, value: str, holds: str
) -> None:
    assert re.search(holds, editor(visitor, turn, slot=slot, value=value), re.DOTALL)


def test_choices_are_what_the_catalogue_has(visitor: Client, turn: Turn) -> None:
    page = editor(visitor, turn, adds="1", slot="languages")
    assert re.findall(r'<option value="(\w+)"', page) == ["English", "French"]
    genres = editor(visitor, turn, adds="1", slot="genres_none")
    assert "Western" not in genres
    assert '<option value="Romance">' in genres


def test_another_databases_choices_are_not_ours(
    visitor: Client, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "French" in editor(visitor, turn, adds="1", slot="languages")
    Title.objects.filter(name="Amélie").update(languages=["Dutch"])
    assert "Dutch" not in editor(visitor, turn, adds="1", slot="languages")

    # The same cache, as an evaluation beside the live database has it.
    monkeypatch.setitem(connection.settings_dict, "NAME", "another")
    assert "Dutch" in editor(visitor, turn, adds="1", slot="languages")


def test_adding_begins_with_the_menu_and_one_tap_wishes(visitor: Client, turn: Turn) -> None:
    page = editor(visitor, turn, adds="1")
    assert page.count("<optgroup") >= 4 + 4
    assert 'id="wish-slot"' in page
    assert "By one tap" in page
    assert 'id="wish-slot"' not in editor(visitor, turn, adds="1", slot="count")


def test_adding_to_one_number_shows_what_is_there(visitor: Client, turn: Turn) -> None:
    assert 'name="number" value="3"' in editor(visitor, turn, adds="1", slot="count")


@pytest.mark.parametrize(
    "query",
    [
        {"slot": "moods", "value": "nothing of it"},
        {"slot": "nonsense", "value": ""},
        {"adds": "1", "slot": "__class__"},
        {"adds": "1", "slot": "availability"},
    ],
)
def test_what_is_not_there_has_no_form(visitor: Client, turn: Turn, query: dict[str, Any]) -> None:
    assert visitor.get(f"/wishes/{turn.pk}/", query).status_code == 404


def test_anothers_turn_has_no_form(visitor: Client, other_visitor: Client, turn: Turn) -> None:
    address = f"/wishes/{turn.pk}/?adds=1"
    assert other_visitor.get(address).status_code == 404
    other_visitor.get("/")
    assert other_visitor.get(address).status_code == 404
    assert visitor.post(address).status_code == 405


@pytest.mark.parametrize(
    ("what", "words", "first"),
    [
        ("titles", "termin", "The Terminator (1984)"),
        ("titles", "alein", "Alien (1979)"),
        ("people", "ridley", "Ridley Scott"),
        ("people", "spielburg", "Steven Spielberg"),
        ("people", "murray", "Bill Murray"),
    ],
)
def test_names_are_offered_as_somebody_types(
    visitor: Client, turn: Turn, what: str, words: str, first: str
) -> None:
    answer = visitor.get(f"/wishes/names/{what}/", {"words": words}).content.decode()
    assert re.findall(r'value="([^"]+)"', answer)[0] == first


@pytest.mark.parametrize("words", ["", "a", "\0", "'; DROP", "%%%%", "x" * 900])
def test_odd_words_offer_nothing_and_break_nothing(visitor: Client, turn: Turn, words: str) -> None:
    assert visitor.get("/wishes/names/people/", {"words": words}).status_code == 200
    assert "DROP" not in visitor.get("/wishes/names/titles/", {"words": words}).content.decode()


def test_opening_without_end_is_slowed_down(
    visitor: Client, turn: Turn, one_minute: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wish_views, "EDITORS_PER_MINUTE", 1)
    assert visitor.get(f"/wishes/{turn.pk}/?adds=1").status_code == 200
    for query, place in (("?adds=1", "notice"), ("?adds=1&slot=runtime", "wish-fault")):
        answer = visitor.get(f"/wishes/{turn.pk}/{query}")
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) <= 60
        # Said where it is seen, and in place of nothing that could be used again.
        assert (answer["HX-Retarget"], answer["HX-Reswap"]) == (f"#{place}", "outerHTML")
        html = answer.content.decode()
        assert f'id="{place}"' in html
        assert "Try again in" in html


def test_names_that_are_looked_up_too_often_are_missed_in_silence(
    visitor: Client, turn: Turn, one_minute: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wish_views, "NAMES_PER_MINUTE", 0)
    answer = visitor.get("/wishes/names/people/", {"words": "murray"})
    assert (answer.status_code, answer["HX-Reswap"]) == (429, "none")
