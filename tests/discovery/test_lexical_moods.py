"""Moods and themes in the forms that people use: inflected, reworded, negated, inside idioms."""

from __future__ import annotations

import pytest

from discovery.understanding.inflecting import comparisons, plural, with_inflections
from discovery.understanding.lexical import parse
from discovery.understanding.lexicon import MOOD_OF, THEME_OF
from genrec.contract import Query
from tests.discovery.names import FewNames

NAMES = FewNames()


def read(message: str) -> Query:
    return parse(message, NAMES).query


@pytest.mark.parametrize(
    ("message", "moods"),
    [
        ("something calmer and sillier", ("relaxing", "silly")),
        ("the grimmest film there is", ("bleak",)),
        ("a dark comedy or two", ("black comedy",)),
        ("dark comedies", ("black comedy",)),
        ("weepies", ("sad",)),
        ("it had us on the edge of our seats", ("tense",)),
        ("a film that makes us think", ("thoughtful",)),
        ("an ending nobody, least of all you, didn't see coming", ("twisty",)),
        ("mess with your head", ("mind-bending",)),
        ("old-fashioned", ("nostalgic",)),
        # What is compared is no wish for it.
        ("not as dark", ("less dark",)),
        ("I don't feel like crying", ("less sad",)),
        ("without a sad ending", ("less sad",)),
        # "No" belongs to what is asked for.
        ("no CGI", ("practical effects",)),
        ("no horror, no CGI", ("practical effects",)),
    ],
)
def test_moods(message: str, moods: tuple[str, ...]) -> None:
    assert read(message).moods == moods


@pytest.mark.parametrize(
    ("message", "themes"),
    [
        ("time loops", ("time loop",)),
        ("politicians and journalists", ("politics", "journalism")),
        ("he lives the same day over and over", ("time loop",)),
        ("every morning it is the same day again", ("time loop",)),
        ("a day that repeats", ("time loop",)),
        ("they swap bodies", ("body swap",)),
        ("a mother in somebody else's body", ("body swap",)),
        ("a robbery goes wrong", ("crime gone wrong",)),
        ("the last people alive", ("last survivors",)),
        ("she wakes up with no memory", ("memory",)),
        ("about actors", ("show business",)),
        # The longest form says it.
        ("con artists", ("con artists",)),
        ("mistaken identity", ("double lives",)),
        ("memory loss", ("memory",)),
    ],
)
def test_themes(message: str, themes: tuple[str, ...]) -> None:
    assert read(message).themes == themes


@pytest.mark.parametrize(
    "message",
    [
        "a box office record",
        "the bond between two neighbours",
        "a stranger arrives",
        "great acting",
        "state of the art",
        "I scare easy",
        "a summer camp",
    ],
)
def test_idioms_say_something_else(message: str) -> None:
    query = read(message)
    assert not query.moods
    assert not query.themes


def test_an_idiom_hides_only_its_own_words() -> None:
    assert read("a stranger, darker heist at the box office").moods == ("dark",)
    assert read("a stranger, darker heist at the box office").themes == ("heist",)


def test_what_somebody_owns_may_begin_a_title() -> None:
    titles = FewNames(titles=(("Ocean's Eleven", 2001, 0.9),))
    (like,) = parse("along the lines of Ocean's Eleven", titles).query.like
    assert like.label == "Ocean's Eleven (2001)"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("time loop", "time loops"),
        ("black comedy", "black comedies"),
        ("toy", "toys"),
        ("witch", "witches"),
        ("con man", "con men"),
    ],
)
def test_plurals(form: str, expected: str) -> None:
    assert plural(form) == expected


@pytest.mark.parametrize(
    ("adjective", "expected"),
    [
        ("sad", ("sadder", "saddest")),
        ("grim", ("grimmer", "grimmest")),
        ("spooky", ("spookier", "spookiest")),
        ("tense", ("tenser", "tensest")),
        ("slow", ("slower", "slowest")),
        ("cool", ("cooler", "coolest")),
        ("clever", ("cleverer", "cleverest")),
        ("raw", ("rawer", "rawest")),
    ],
)
def test_comparisons(adjective: str, expected: tuple[str, str]) -> None:
    assert comparisons(adjective) == expected


def test_a_form_that_says_something_else_stays_that() -> None:
    said = {"make me cry": "sad", "dark": "dark", "camp": "campy"}
    forms = with_inflections(
        said, plurals=["camp"], compared=["dark", "light"], taken={"camps", "dark", "make us cry"}
    )
    assert forms == {**said, "make you cry": "sad", "darker": "dark", "darkest": "dark"}


def test_the_vocabularies_share_no_form() -> None:
    assert MOOD_OF.keys().isdisjoint(THEME_OF.keys())
