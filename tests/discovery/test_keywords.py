"""Keywords: titles are found by tags that mean what the wish means, in whatever words."""

from __future__ import annotations

import pytest

from catalog.embedding import EmbedderUnavailable
from catalog.models import Tag, Title, TitleTag
from discovery.answers.counting import count_matches
from discovery.learned import TagVector
from discovery.recollection import is_recollection
from discovery.retrieval import keywords
from discovery.retrieval.candidates import RetrieveCandidates
from discovery.retrieval.crowding import refresh_crowding
from discovery.retrieval.eligibility import eligibility_of
from discovery.retrieval.keywords import refresh_tag_vectors
from discovery.types import Candidate
from discovery.wording import Spoken
from genrec.contract import Query
from worker.tasks.neighbours import refresh_neighbours as nightly

pytestmark = pytest.mark.django_db

TAGGED = {
    "time loop": ("Groundhog Day", "Back to the Future"),
    "haunted house": ("Gremlins", "The Thing"),
    "dinner party": ("Seven", "Pulp Fiction"),
    # Two more titles, and it would tell of too many.
    "film": ("Alien", "Aliens", "Tremors", "Seven", "Fargo"),
    # Only one title has it.
    "weather forecast": ("Groundhog Day",),
}
WISH = "stuck, repeating one day"


@pytest.fixture
def tagged(embedded_catalogue: dict[str, Title], monkeypatch: pytest.MonkeyPatch) -> None:
    # A share of 36 films is less than one.
    monkeypatch.setattr(keywords, "MAX_SHARE", 4 / len(embedded_catalogue))
    for name, titles in TAGGED.items():
        tag = Tag.objects.create(name=name)
        for title in titles:
            TitleTag.objects.create(title=embedded_catalogue[title], tag=tag)


def candidates(
    query: Query, *without: str, said: str = "", before: str = ""
) -> dict[str, Candidate]:
    eligibility = eligibility_of(query, ())
    matching = count_matches(eligibility).matching
    retrieve = RetrieveCandidates(
        query, (), eligibility, matching, without=frozenset(without), spoken=Spoken(said, before)
    )
    found = retrieve().candidates
    names = Title.objects.in_bulk([candidate.title_id for candidate in found])
    return {names[candidate.title_id].name: candidate for candidate in found}


@pytest.mark.usefixtures("tagged")
def test_a_tag_of_the_same_meaning_finds_its_titles() -> None:
    refresh_crowding()
    before = candidates(Query(text=WISH))
    nightly()
    after = candidates(Query(text=WISH))

    # No word of the wish is in it.
    assert after["Back to the Future"].sources["keywords"] > 0.3
    assert after["Back to the Future"].score > before["Back to the Future"].score
    for other in ("Gremlins", "Seven", "Tremors"):
        assert "keywords" not in after[other].sources
    assert candidates(Query(text=WISH), "keywords") == before
    # What is asked for is kept, whatever the tags say.
    assert "Back to the Future" not in candidates(Query(text=WISH, year_min=1990))


@pytest.mark.usefixtures("tagged")
def test_a_forgotten_title_is_not_searched_by_keywords() -> None:
    refresh_tag_vectors()
    said = "What was that film where somebody is stuck, repeating one day?"

    assert is_recollection(said)
    found = candidates(Query(text=WISH), said=said).values()
    assert not any("keywords" in candidate.sources for candidate in found)


@pytest.mark.usefixtures("tagged")
def test_what_was_said_before_is_not_searched_by_keywords() -> None:
    refresh_tag_vectors()
    found = candidates(Query(text=WISH), said="yes", before="I was stuck, repeating one day")

    assert not any("keywords" in candidate.sources for candidate in found.values())


@pytest.mark.usefixtures("tagged")
def test_only_tags_that_tell_something_have_a_vector() -> None:
    assert refresh_tag_vectors() == 3
    assert dict(TagVector.objects.values_list("name", "titles")) == {
        "time loop": 2,
        "haunted house": 2,
        "dinner party": 2,
    }


@pytest.mark.usefixtures("tagged")
def test_vectors_follow_the_catalogue_and_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    refresh_tag_vectors()
    renamed = Tag.objects.get(name="dinner party")
    renamed.name = "supper"
    renamed.save()
    TitleTag.objects.filter(tag__name="haunted house").first().delete()  # type: ignore[union-attr]
    third = Title.objects.get(name="Fargo")
    TitleTag.objects.create(title=third, tag=Tag.objects.get(name="time loop"))

    assert refresh_tag_vectors() == 2
    assert dict(TagVector.objects.values_list("name", "titles")) == {"time loop": 3, "supper": 2}
    # Nothing is embedded again.
    monkeypatch.setattr(keywords, "get_embedder", None)
    assert refresh_tag_vectors() == 2


@pytest.mark.usefixtures("tagged")
def test_without_the_embedder_the_vectors_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    refresh_tag_vectors()

    def gone() -> str:
        raise EmbedderUnavailable("no files")

    monkeypatch.setattr(keywords, "embedding_version", gone)
    assert refresh_tag_vectors() == TagVector.objects.count() == 3


@pytest.mark.usefixtures("embedded_catalogue")
def test_the_words_of_a_theme_are_matched_where_the_text_lost_them() -> None:
    """GenRec's labels take a word out of the text and make a theme of it."""
    read = candidates(Query(text="gremlins"))
    labelled = candidates(Query(themes=("gremlins",)))

    assert read["Gremlins"].sources["text"] > 0
    assert labelled["Gremlins"].sources["text"] == read["Gremlins"].sources["text"]
