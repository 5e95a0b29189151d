"""A click changes one wish or adds one: what it says holds, and the rest stays."""

from __future__ import annotations

from typing import Any

import pytest

from chat.chip_edits import BadWish, labels_of_change, spoken_change, with_changed, with_wish
from chat.chips import UnknownChip, chips_of
from discovery.types import Query
from genrec.contract import PersonRef, TitleRef

ALIEN = TitleRef(mention="Alien (1979)", title_id=1, label="Alien (1979)")
ALIENS = TitleRef(mention="Aliens (1986)", title_id=2, label="Aliens (1986)")
HELD: dict[str, Any] = {
    "moods": ("funny", "tense"),
    "like": (ALIEN.model_dump(),),
    "genres_all": ("Comedy", "Horror"),
    "genres_any": ("Action", "Adventure"),
    "genres_none": ("War",),
    "year_min": 1980,
    "year_max": 1989,
    "runtime_max": 120,
    "content_max": {"gore": 0, "scary": 1},
    "quotas": {"Comedy": 2, "Drama": 1},
    "count": 3,
    "evidence": {"year_min": "the eighties", "year_max": "the eighties", "genres_all": "funny"},
}
QUERY = Query.model_validate(HELD)


@pytest.mark.parametrize(
    ("slot", "value", "given", "gone", "came"),
    [
        ("years", "", {"year_min": 1990, "year_max": None}, "1980\N{EN DASH}1989", "1990 or later"),
        (
            "runtime",
            "",
            {"runtime_min": 80, "runtime_max": 95},
            "up to 120 min",
            "80\N{EN DASH}95 min",
        ),
        ("genres_all", "Horror", {"genres_all": "Crime"}, "Horror", "Crime"),
        ("genres_any", "", {"genres_any": ("Crime",)}, "Action or Adventure", "Crime"),
        ("moods", "tense", {"moods": "less sad"}, "tense", "less sad"),
        ("content_max", "gore", {"content_max": ("gore", 1)}, "no gore", "little gore"),
        ("content_max", "gore", {"content_max": ("sex", 0)}, "no gore", "no sex"),
        ("quotas", "Drama", {"quotas": ("Drama", 3)}, "1 of Drama", "3 of Drama"),
        ("count", "", {"count": 5}, "3 titles", "5 titles"),
        ("like", "Alien (1979)", {"like": ALIENS}, "like Alien (1979)", "like Aliens (1986)"),
    ],
)
def test_a_changed_chip_changes_only_itself(
    slot: str, value: str, given: dict[str, Any], gone: str, came: str
) -> None:
    changed = with_changed(QUERY, slot, value, given)

    assert labels_of_change(QUERY, changed) == ([gone], [came])
    Query.model_validate(changed.model_dump())


def test_a_changed_chip_keeps_its_place() -> None:
    changed = with_changed(QUERY, "genres_all", "Comedy", {"genres_all": "Crime"})
    assert changed.genres_all == ("Crime", "Horror")
    limits = with_changed(QUERY, "content_max", "gore", {"content_max": ("sex", 0)}).content_max
    assert list(limits.items()) == [("sex", 0), ("scary", 1)]


def test_changing_a_chip_into_one_that_is_there_leaves_one() -> None:
    assert with_changed(QUERY, "moods", "tense", {"moods": "funny"}).moods == ("funny",)
    assert with_changed(QUERY, "quotas", "Drama", {"quotas": ("Comedy", 1)}).quotas == {"Comedy": 1}


def test_what_a_click_says_is_enforced() -> None:
    """A hard field without evidence is dropped by the parser's merging."""
    changed = with_changed(QUERY, "years", "", {"year_min": 1990, "year_max": None})
    assert changed.evidence["year_min"] == "chip"
    assert "year_max" not in changed.evidence
    assert with_wish(Query(), "languages", {"languages": "French"}).evidence == {
        "languages": "chip"
    }


def test_words_stay_behind_the_wishes_that_stay() -> None:
    assert with_wish(QUERY, "genres_all", {"genres_all": "Crime"}).evidence["genres_all"] == "funny"


@pytest.mark.parametrize(
    ("slot", "given", "label"),
    [
        ("moods", {"moods": "cosy"}, "cosy"),
        ("themes", {"themes": "heist"}, "heist"),
        ("languages", {"languages": "French"}, "in French"),
        ("age_max", {"age_max": 7}, "fit for age 7"),
        ("kinds", {"kinds": "series"}, "series only"),
        ("novelty", {"novelty": "unusual"}, "off the beaten path"),
        ("runtime_total", {"runtime_total": 245}, "4 h 5 min in all"),
        ("quotas", {"quotas": ("film", 2)}, "2 of film"),
        ("collections", {"collections": "staff-picks"}, "from staff picks"),
        ("allow_unknown", {"allow_unknown": True}, "unknown facts allowed"),
        ("exclude_titles", {"exclude_titles": ALIENS}, "not Aliens (1986)"),
        (
            "people_required",
            {"people_required": PersonRef(mention="Ridley Scott", person_id=4, role="director")},
            "directed by Ridley Scott",
        ),
    ],
)
def test_a_wish_is_added_to_what_is_there(slot: str, given: dict[str, Any], label: str) -> None:
    more = with_wish(QUERY, slot, given)

    assert labels_of_change(QUERY, more) == ([], [label])
    assert {chip.label for chip in chips_of(more)} == {c.label for c in chips_of(QUERY)} | {label}


def test_the_last_word_holds() -> None:
    assert with_wish(QUERY, "genres_none", {"genres_none": "Comedy"}).genres_all == ("Horror",)
    assert with_wish(QUERY, "genres_all", {"genres_all": "War"}).genres_none == ()
    assert with_wish(QUERY, "exclude_titles", {"exclude_titles": ALIEN}).like == ()
    spielberg = PersonRef(mention="Steven Spielberg", person_id=3)
    held = QUERY.model_copy(update={"people_required": (spielberg,)})
    assert with_wish(held, "people_none", {"people_none": spielberg}).people_required == ()
    assert with_wish(QUERY, "moods", {"moods": "less funny"}).moods == ("tense", "less funny")


@pytest.mark.parametrize("intent", ["chitchat", "out_of_scope", "malicious"])
def test_a_wish_after_no_wish_begins_one(intent: str) -> None:
    held = Query.model_validate({"intent": intent, "text": "hello"})
    assert with_wish(held, "moods", {"moods": "cosy"}).said() == {
        "moods": ["cosy"],
        "evidence": {"moods": "chip"},
    }


@pytest.mark.parametrize(
    ("slot", "given", "advice"),
    [
        ("years", {"year_min": 2000, "year_max": 1990}, "first year is after the last"),
        ("runtime", {"runtime_min": 90, "runtime_max": 80}, "least is more than the most"),
        ("years", {"year_min": None, "year_max": None}, "at least one"),
        ("years", {"year_min": 3000, "year_max": None}, "Choose 2100 or less"),
        ("count", {"count": 0}, "Choose 1 or more"),
        ("novelty", {"novelty": "odd"}, "one of the values offered"),
        ("moods", {"moods": "funny"}, "already"),
        ("runtime", {"runtime_max": 120}, "already"),
        ("content_max", {"content_max": ("boredom", 1)}, "one of the values offered"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    slot: str, given: dict[str, Any], advice: str
) -> None:
    with pytest.raises(BadWish, match=advice):
        with_wish(QUERY, slot, given)


def test_there_is_an_end_to_adding() -> None:
    many = Query(moods=tuple(f"mood {n}" for n in range(20)))
    with pytest.raises(BadWish, match="Remove a wish first"):
        with_wish(many, "moods", {"moods": "one more"})


@pytest.mark.parametrize(
    ("slot", "value", "given"),
    [
        ("moods", "sad", {"moods": "funny"}),
        ("years", "x", {"year_min": 1990}),
        ("evidence", "", {"evidence": {}}),
        ("version", "", {"version": 9}),
        ("moods", "funny", {"text": "anything"}),
        ("__class__", "", {"__class__": "x"}),
    ],
)
def test_a_forged_chip_changes_nothing(slot: str, value: str, given: dict[str, Any]) -> None:
    with pytest.raises(UnknownChip):
        with_changed(QUERY, slot, value, given)


def test_an_undo_is_spoken() -> None:
    shorter = with_changed(QUERY, "runtime", "", {"runtime_min": None, "runtime_max": 90})
    assert spoken_change(shorter, QUERY) == "without “at most 90 min”, again “at most 120 min”"
    assert spoken_change(Query(text="a b"), Query(text="a")) == "without “a b”, again “a”"
    shelved = QUERY.model_copy(update={"collections": ("staff",)})
    assert spoken_change(shelved, QUERY, {"staff": "Our own"}) == "without “from Our own”"
    assert spoken_change(QUERY, QUERY) == "the same as before"
