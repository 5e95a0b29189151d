"""Follow-ups: what patches the conversation's Query, and what starts anew."""

from __future__ import annotations

import pytest

from discovery.understanding.cards import Shown, read_card_words
from discovery.understanding.lexical import parse
from discovery.understanding.refining import patch_or_anew
from genrec.contract import Query
from tests.discovery.names import FewNames

NAMES = FewNames()
FIRST = "something like Alien but funnier, under two hours, nothing before 1980"
CARDS = [
    Shown(2, "Aliens (1986)", 1986, 137),
    Shown(12, "Groundhog Day (1993)", 1993, 101),
    Shown(13, "Blade Runner (1982)", 1982, 117),
]


def turn(message: str, previous: Query | None, cards: list[Shown] = CARDS) -> Query:
    parsed = parse(message, NAMES).query
    return patch_or_anew(message, parsed, previous, read_card_words(message, cards, cards))


@pytest.fixture
def previous() -> Query:
    return turn(FIRST, None, [])


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        ("under 90 minutes", "runtime_max", 90),
        ("no comedies", "genres_none", ("Comedy",)),
        ("less violent", "content_max", {"violence": 1}),
        ("only from the 80s", "year_max", 1989),
        ("make it a western", "genres_all", ("Western",)),
        ("older ones", "year_max", 1985),
        ("newer", "year_min", 1987),
        ("shorter please", "runtime_max", 116),
        ("but darker", "moods", ("funny", "dark")),
        ("less funny", "moods", ("less funny",)),
        ("with Sigourney Weaver", "people_required", None),
    ],
)
def test_a_patch_changes_one_thing_and_keeps_the_rest(
    previous: Query, message: str, field: str, value: object
) -> None:
    query = turn(message, previous)

    assert query.intent == "refine"
    assert [ref.title_id for ref in query.like] == [1]
    assert getattr(query, field) if value is None else getattr(query, field) == value
    if field not in {"year_min", "year_max"}:
        assert query.year_min == 1980
    assert query.evidence[field]


def test_more_like_a_card_replaces_what_to_be_like(previous: Query) -> None:
    query = turn("more like the second", previous)

    assert query.intent == "more_like"
    assert [ref.title_id for ref in query.like] == [12]
    assert query.runtime_max == 120
    assert query.text == ""


@pytest.mark.parametrize(
    "message",
    [
        "something romantic",
        "I want a western",
        "like Heat",
        "a documentary about bees",
        "start over",
        "surprise me",
    ],
)
def test_a_new_wish_forgets_the_old_one(previous: Query, message: str) -> None:
    query = turn(message, previous)

    assert query.year_min is None
    assert 1 not in [ref.title_id for ref in query.like]


def test_a_card_word_without_cards_is_no_patch(previous: Query) -> None:
    assert turn("like the second", previous, []).like == ()


def test_a_new_bound_drops_the_old_opposite_one(previous: Query) -> None:
    query = turn("only before 1970", previous)

    assert query.year_max == 1969
    assert query.year_min is None
    assert "year_min" not in query.evidence


def test_refused_genres_are_no_longer_asked_for() -> None:
    horror = turn("a horror comedy", None, [])
    query = turn("no horror", horror)

    assert query.genres_all == ("Comedy",)
    assert query.genres_none == ("Horror",)
    assert turn("but horror", query).genres_none == ()


def test_refusing_a_title_stops_being_like_it(previous: Query) -> None:
    query = turn("but not Alien", previous)

    assert query.like == ()
    assert [ref.title_id for ref in query.exclude_titles] == [1]


def test_like_a_title_but_shorter_compares_with_that_title() -> None:
    parsed = parse("like Alien but shorter", NAMES).query
    fields = read_card_words("like Alien but shorter", [], [Shown(1, "Alien (1979)", 1979, 117)])
    query = patch_or_anew("like Alien but shorter", parsed, None, fields)

    assert query.runtime_max == 116
    assert query.evidence["runtime_max"] == "shorter"
    assert query.text == ""


@pytest.mark.parametrize(
    "message",
    [
        "I'm in the mood for snow, so can it be from the seventies",
        "we changed our minds, a western instead",
        "these all look too long to me",
        "two would be enough",
        "give me ten",
        "I'd rather have a western",
        "I'd like something a bit more romantic",
        "we loved Groundhog Day, have you got anything like it?",
    ],
)
def test_what_speaks_of_the_wish_goes_on_with_it(message: str, previous: Query) -> None:
    query = turn(message, previous)

    assert query.year_min == 1980 or query.year_max == 1979
    assert query.runtime_max is not None


@pytest.mark.parametrize(
    "message", ["I want a western", "Blade Runner", "films like Groundhog Day", "heist in Paris"]
)
def test_a_wish_of_its_own_starts_anew(message: str, previous: Query) -> None:
    assert turn(message, previous).runtime_max is None


@pytest.mark.parametrize(
    ("message", "added"),
    [
        ("actually make it a bit older please", ""),
        ("hmm, can we go a little darker", ""),
        ("ugh no more superheroes please, I'm sick of them", ""),
        ("could you leave out anything with subtitles, my eyes are tired", ""),
        ("can you make that less violent? my sister's joining us", ""),
        ("you know what, go for the nineties", ""),
        ("the kids are staying up after all so keep it family friendly", ""),
        ("now only the ones my husband hasn't seen", ""),
        ("erm, I meant more recent, thanks a million", ""),
        ("hmm these look a bit tame, I'd like something more exciting", ""),
        ("90s if possible, loved that as a kid", ""),
        ("just give me three films, otherwise we'll be here all night", ""),
        ("okay cool, but rainier", "rainier"),
        ("okay cool, but slower", ""),
        ("also make sure the dog doesn't die", "dog die"),
        ("but this time with robots", "robots"),
        ("I'd rather have something a bit more like a fever dream in a bank", ""),
        ("but about my sister the astronaut", "sister astronaut"),
    ],
)
def test_only_words_about_the_titles_join_the_text(message: str, added: str) -> None:
    heist = turn("a heist comedy about bank robbers", None, [])
    query = turn(message, heist)

    assert query.intent == "refine"
    assert query.text == f"{heist.text} {added}".strip()


def test_a_theme_of_what_somebody_tells_is_not_wished() -> None:
    comedy = turn("a comedy", None, [])
    assert turn("a bit shorter, my kids are zombies tonight", comedy).themes == ()
    assert turn("a bit shorter, with zombies tonight", comedy).themes == ("zombies",)


def test_talk_does_not_pile_up_over_turns() -> None:
    query = turn("lonely people in a lighthouse", None, [])
    for message in (
        "hmm okay, could you go a little darker though",
        "nah, make it a bit shorter please, we're up early tomorrow",
        "actually, add a ghost or two",
        "sorry, should have said: no musicals",
        "never mind the length, it's the weekend",
        "well, these look good but make sure nobody dies",
    ):
        query = turn(message, query)

    assert query.text == "people lighthouse ghost nobody dies"
    assert query.moods[-1:] == ("dark",)
    assert query.genres_none == ("Musical",)
    assert query.runtime_max is None


@pytest.mark.parametrize(
    ("message", "let_go", "kept"),
    [
        ("never mind the year", "year_min", "runtime_max"),
        ("the year doesn't matter", "year_min", "runtime_max"),
        ("I don't care how old they are", "year_min", "runtime_max"),
        ("oh and any length is fine", "runtime_max", "year_min"),
        ("forget about the running time", "runtime_max", "year_min"),
    ],
)
def test_a_condition_can_be_let_go(previous: Query, message: str, let_go: str, kept: str) -> None:
    query = turn(message, previous)

    assert getattr(query, let_go) is None
    assert let_go not in query.evidence
    assert getattr(query, kept) == getattr(previous, kept)
    assert query.like == previous.like
    assert query.text == previous.text


def test_no_before_a_comma_answers_and_refuses_nothing() -> None:
    dark = turn("something dark", None, [])

    assert "less funny" not in turn("no, something funny", dark).moods
    assert "funny" in turn("no, something funny", dark).moods
    assert "less funny" in turn("no funny ones", dark).moods
    assert "less stiff" not in turn("no, something stiff", dark).moods


def test_a_refused_theme_is_no_longer_searched() -> None:
    zombies = turn("zombies in a department store", None, [])
    query = turn("no zombies please", zombies)

    assert zombies.themes == ("zombies",)
    assert query.themes == ()
    assert query.moods == ("less zombies",)
    assert query.text == "department store"
    assert turn("but with zombies", query).moods == ()


@pytest.mark.parametrize("message", ["thrillers or mysteries instead", "make it four films"])
def test_a_new_wish_of_shape_ends_the_quotas(message: str) -> None:
    shaped = turn("three comedies and a drama", None, [])
    assert shaped.quotas

    assert turn(message, shaped).quotas == {}
    assert turn("but older", shaped).quotas == shaped.quotas
