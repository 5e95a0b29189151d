"""Fragments name what they replace, and nothing that anybody wrote becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from uuid import uuid4

import pytest

from catalog.facts import TitleFacts
from chat import fragments
from chat.additions import Addition
from chat.answers import Answer, Card, Reason, Taps
from chat.chips import Chip
from chat.offers import Offer, Offers, Question
from discovery.types import Correction

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"' {{ 7 }} ![x](http://evil/?q=1)"


def answer(text: str) -> Answer:
    facts = TitleFacts(title_id=1, kind="film", name=text, year=1999, runtime_min=102,
                       genres=(text,))  # fmt: skip
    return Answer(
        turn_id=5,
        request_id=uuid4(),
        text=text,
        state="answering",
        note=text,
        chips=[Chip("moods", text, text, "soft", evidence=text)],
        cards=[Card(9, facts, Reason(9, text, "generated"), frozenset({"liked"}))],
        is_wish=True,
        can_undo=True,
        offers=Offers(
            relaxations=[Offer(0, text, 3)],
            suggestions=[text],
            corrections=[Correction(text, text)],
            question=Question(text, [Offer(0, text)]),
            angles=[Offer(0, text)],
        ),
        additions=[Addition(text, "genres_all", (("choice", text),))],
        slate_id=3,
    )


class Parsed(HTMLParser):
    """The tags of a fragment, outermost first."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


ALL = {
    "turn": fragments.turn(answer(EVIL)),
    "turn_appended": fragments.turn_appended(answer(EVIL)),
    "chips": fragments.chips(answer(EVIL)),
    "slate": fragments.slate(answer(EVIL)),
    "turn_note": fragments.turn_note(answer(EVIL)),
    "reason": fragments.reason(Reason(9, EVIL, "writing")),
    "feedback_elsewhere": fragments.feedback_elsewhere(answer(EVIL).cards[0]),
    "composer": fragments.composer("writing"),
    "notice": fragments.notice(EVIL),
    "wish_fault": fragments.wish_fault(EVIL),
    "home_taps": fragments.home_taps(Taps(2)),
    "announcement": fragments.announcement(answer(EVIL)),
}


@pytest.mark.parametrize("name", ALL)
def test_the_outermost_element_names_by_id_what_it_replaces(name: str) -> None:
    tag, attributes = Parsed(ALL[name]).tags[0]
    assert tag
    assert attributes["id"]
    assert attributes["hx-swap-oob"] in {"true", "beforeend:#turns", "innerHTML:#announcer"}


@pytest.mark.parametrize("name", ALL)
def test_text_stays_text(name: str) -> None:
    tags = Parsed(ALL[name]).tags
    assert not {tag for tag, _ in tags} & {"script", "iframe", "object", "style", "link"}
    assert not [key for _, attributes in tags for key in attributes if key.startswith("on")]
    assert all(a.get("src", "").startswith("/") for tag, a in tags if tag == "img")  # type: ignore[union-attr]
    assert "style" not in {key for _, attributes in tags for key in attributes}


def test_a_reason_that_is_still_being_written_says_so() -> None:
    assert 'data-state="writing"' in ALL["reason"]
    assert "(being written)" in ALL["reason"]
    assert "(being written)" not in fragments.reason(Reason(9, "Done.", "generated"))


def test_what_an_offer_adds_is_written_as_in_the_notes() -> None:
    assert [Offer(0, "Also longer", n).gain for n in (0, 3, 15_158)] == ["", "+3", "+15,158"]
    settled = fragments.turn_note(replace(answer(EVIL), state="settled"))
    assert '<span class="offer-gain">+3</span>' in settled


@pytest.mark.parametrize(
    ("state", "buttons"),
    [("idle", ["Send"]), ("answering", ["Stop"]), ("writing", ["Stop", "Send"])],
)
def test_send_becomes_stop_while_an_answer_is_under_way(
    state: fragments.ComposerState, buttons: list[str]
) -> None:
    assert re.findall(r"button-label\">(\w+)<", fragments.composer(state)) == buttons


def test_a_card_holds_its_place_before_the_artwork_is_there() -> None:
    image = next(attributes for tag, attributes in Parsed(ALL["slate"]).tags if tag == "img")
    assert image["width"]
    assert image["height"]
    assert image["alt"]


def test_pressed_feedback_is_announced_as_pressed() -> None:
    html = fragments.feedback(answer("Alien").cards[0])
    pressed = [a["aria-pressed"] for tag, a in Parsed(html).tags if tag == "button"]
    assert pressed == ["true", "false", "false"]


def test_the_announcement_is_one_sentence_with_every_title() -> None:
    text = re.sub(r"<[^>]+>", "", fragments.announcement(answer("Alien")))
    assert " ".join(text.split()) == (
        "Showing results for Alien. 1 title: Alien (1999). Alien Alien"
    )


@pytest.mark.parametrize(
    ("facts", "spoken"),
    [
        ({"year": 1999, "runtime_min": 102, "genres": ("Comedy", "Horror")},
         "1999 · 1 h 42 min · Comedy, Horror"),
        ({"year": None, "runtime_min": None, "genres": ()}, ""),
        ({"year": 2001, "runtime_min": 60, "genres": ("Drama",), "kind": "series"},
         "2001 · 1 h · Series · Drama"),
        ({"year": 2001, "runtime_min": 45, "genres": ()}, "2001 · 45 min"),
    ],
)  # fmt: skip
def test_a_card_says_only_what_is_known(facts: dict[str, object], spoken: str) -> None:
    known = {"title_id": 1, "kind": "film", "name": "X", **facts}
    card = Card(1, TitleFacts(**known), Reason(1, "", "template"))  # type: ignore[arg-type]
    assert card.facts == spoken
