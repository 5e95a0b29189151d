"""Matching words: rare ones count, orders of filler don't, and filters hold."""

from __future__ import annotations

import pytest

from catalog.embedding import refresh_stale
from catalog.models import Title
from discovery.learned import WordCount
from discovery.retrieval.word_match import match_words, refresh_word_counts, telling_words
from discovery.wording import clean_message

pytestmark = pytest.mark.django_db

SYNOPSES = {
    "Tremors": "A town is hunted by graboids.",
    "Gremlins": "A town keeps a creature.",
    "Critters": "A town, a farm, a creature.",
    "Airplane!": "A flight and a town below.",
}


@pytest.fixture
def described(catalogue: dict[str, Title]) -> dict[str, Title]:
    for name, synopsis in SYNOPSES.items():
        Title.objects.filter(name=name).update(synopsis=synopsis, embedded_at=None)
    refresh_stale()
    return catalogue


def best(text: str) -> list[str]:
    scores = match_words(Title.objects.published(), text)
    names = dict(Title.objects.values_list("pk", "name"))
    return [names[pk] for pk in sorted(scores, key=lambda pk: -scores[pk])]


def test_a_rare_word_beats_a_common_one(described: dict[str, Title]) -> None:
    assert best("a town with graboids")[0] == "Tremors"
    assert set(best("town creature")[:2]) == {"Gremlins", "Critters"}


def test_words_are_stemmed_and_fillers_left_out(described: dict[str, Title]) -> None:
    assert best("recommend me films please, a graboid")[0] == "Tremors"
    assert not telling_words("recommend me something good please").weights


def test_only_eligible_titles_are_matched(described: dict[str, Title]) -> None:
    scores = match_words(Title.objects.published().exclude(name="Gremlins"), "creature")
    assert set(scores) == {described["Critters"].pk}


def test_words_are_counted_when_nobody_has_yet(described: dict[str, Title]) -> None:
    assert not WordCount.objects.exists()
    assert best("graboids") == ["Tremors"]
    assert WordCount.objects.get(word="town").titles == len(SYNOPSES)


def test_counts_follow_the_catalogue(described: dict[str, Title]) -> None:
    refresh_word_counts()
    Title.objects.filter(name="Tremors").update(status=Title.Status.DRAFT)
    refresh_word_counts()
    assert not WordCount.objects.filter(word="graboid").exists()


def test_quotes_and_signs_in_a_word_are_only_words(described: dict[str, Title]) -> None:
    assert match_words(Title.objects.published(), "' | !graboids & '); --") != {}


def test_a_pasted_message_loses_addresses_and_markup() -> None:
    text = "Like this &amp;nbsp; https://example.org/watch?v=1 but\n\nsadder"
    assert clean_message(text) == "Like this but sadder"


def test_where_nothing_can_match_nothing_is_matched(described: dict[str, Title]) -> None:
    assert match_words(Title.objects.filter(pk__in=[]), "creature") == {}
