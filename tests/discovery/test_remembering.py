"""Head queries are read once: until the catalogue changes, and never past a withdrawal."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Collection, Title
from catalog.ontology import PATH
from discovery.understanding import remembering
from discovery.understanding.conversation import understand_turn
from discovery.understanding.remembering import parse_remembered
from genrec.contract import Query

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue", "empty_cache")]


@pytest.fixture(autouse=True)
def remembers(nothing_remembered: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "LONGEST", 120)


def forget_the_stamp() -> None:
    """What `STAMP_KEPT_S` seconds do."""
    key = f"discovery:names_stamp:{connection.settings_dict['NAME']}"
    assert cache.delete(key)


def test_the_second_time_costs_a_look_at_what_is_published(
    django_assert_max_num_queries: CaptureQueriesContext,
) -> None:
    first, again = parse_remembered("like Alien but funnier")
    with django_assert_max_num_queries(1):  # type: ignore[operator]
        second, remembered = parse_remembered("like  Alien but funnier ")

    assert (again, remembered) == (False, True)
    assert second == first
    assert [ref.label for ref in second.query.like] == ["Alien (1979)"]


def test_a_withdrawn_title_is_not_named_from_memory() -> None:
    parse_remembered("like Alien")
    Title.objects.filter(name="Alien").update(status=Title.Status.WITHDRAWN)
    parsed, remembered = parse_remembered("like Alien")

    assert not remembered
    assert "Alien (1979)" not in [ref.label for ref in parsed.query.like]


def test_an_edit_of_the_catalogue_ends_it() -> None:
    assert parse_remembered("like Zanzibar Nights")[0].query.like[0].title_id is None
    title = Title.objects.create(name="Zanzibar Nights", year=1999, popularity=0.5)
    forget_the_stamp()
    parsed, remembered = parse_remembered("like Zanzibar Nights")

    assert not remembered
    assert parsed.query.like[0].title_id == title.pk


def test_literal_readings_are_kept_apart() -> None:
    corrected, _ = parse_remembered("a thriler")
    literal, remembered = parse_remembered("a thriler", literal=True)

    assert not remembered
    assert corrected.query.genres_all == ("Thriller",)
    assert literal.query.genres_all == ()


def test_only_what_stands_alone_is_remembered() -> None:
    assert not understand_turn("no gore", None, ()).remembered
    assert understand_turn("no gore", None, ()).remembered
    patched = understand_turn("no gore", Query(runtime_max=90), ())

    assert not patched.remembered
    assert patched.query.runtime_max == 90


def test_long_messages_are_not_kept() -> None:
    message = "a comedy " * 40
    parse_remembered(message)

    assert not parse_remembered(message)[1]


def test_other_rules_read_it_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parse_remembered("a heist comedy")
    changed = tmp_path / "ontology.toml"
    changed.write_bytes(PATH.read_bytes() + b"\n")
    monkeypatch.setattr(remembering, "ONTOLOGY", changed)
    remembering.rules_version.cache_clear()

    try:
        assert not parse_remembered("a heist comedy")[1]
        assert parse_remembered("a heist comedy")[1]
    finally:
        remembering.rules_version.cache_clear()


def test_another_database_has_readings_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_remembered("a heist comedy")
    monkeypatch.setitem(connection.settings_dict, "NAME", "another")

    assert not parse_remembered("a heist comedy")[1]


def test_a_new_shelf_ends_it() -> None:
    parse_remembered("a heist comedy")
    Collection.objects.create(name="Heists", slug="heists", published=True)
    forget_the_stamp()

    assert not parse_remembered("a heist comedy")[1]
