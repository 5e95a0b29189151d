"""Artwork: valid, escaped, never overflowing, readable."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.artwork import draw_poster
from catalog.artwork.motifs import MOTIFS
from catalog.artwork.palette import DEFAULT_MOOD, MOODS, Mood, Palette, make_palette, mood_of
from catalog.artwork.poster import MARGIN, TEXT_WIDTH, TITLE_HEIGHT, TITLE_SIZES
from catalog.artwork.typesetting import ELLIPSIS, Setting, fit_text
from catalog.facts import TitleFacts

SVG = "{http://www.w3.org/2000/svg}"
ALIEN = TitleFacts(
    title_id=1,
    kind="film",
    name="Alien",
    year=1979,
    runtime_min=117,
    genres=("Horror", "Science Fiction"),
    directors=("Ridley Scott",),
)


def poster(name: str, *genres: str) -> ElementTree.Element:
    facts = replace(ALIEN, name=name, genres=genres or ALIEN.genres)
    return ElementTree.fromstring(draw_poster(facts))  # noqa: S314 - our own document


def lines(svg: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


def fit_title(text: str) -> Setting:
    return fit_text(text, width=TEXT_WIDTH, sizes=TITLE_SIZES, max_lines=4, max_height=TITLE_HEIGHT)


def test_the_words_of_a_poster() -> None:
    svg = poster("Alien")

    assert lines(svg) == ["Alien", "1979 · Ridley Scott", "Horror / Science Fiction"]
    assert svg.findtext(f"{SVG}title") == "Alien (1979)"


def test_markup_in_a_title_is_text() -> None:
    svg = poster('<script>alert("1")</script>')

    assert "".join(lines(svg)[:-2]) == '<script>alert("1")</script>'
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= {
        "svg", "title", "linearGradient", "stop", "rect", "circle", "polygon", "path", "g", "text",
    }  # fmt: skip


def test_nothing_that_a_strict_policy_refuses() -> None:
    for genre in [*MOODS, "Unheard of"]:
        drawn = draw_poster(replace(ALIEN, genres=(genre,)))

        assert not re.search(r"style=|<style|<script|href|url\((?!#)|\son\w+=", drawn)


@given(st.text(max_size=60))
def test_every_title_gives_valid_xml(name: str) -> None:
    assert poster(name).tag == f"{SVG}svg"


@given(
    st.one_of(
        st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=300),
        st.lists(st.text("Wm", min_size=1, max_size=40), min_size=1).map(" ".join),
    )
)
def test_no_title_overflows(name: str) -> None:
    setting = fit_title(name)

    assert all(setting.width(line) <= TEXT_WIDTH + 0.01 for line in setting.lines)
    assert len(setting.lines) <= 4
    assert len(setting.lines) * setting.size * 1.08 <= TITLE_HEIGHT + 0.01


def test_short_titles_are_large_and_whole() -> None:
    assert fit_title("It") == Setting(("It",), TITLE_SIZES[0])
    assert " ".join(fit_title("The Good, the Bad and the Ugly").lines) == (
        "The Good, the Bad and the Ugly"
    )


def test_very_long_titles_end_with_an_ellipsis() -> None:
    setting = fit_title("The Return of the Revenge of the Terror of the Attack of " * 5)

    assert setting.size == TITLE_SIZES[-1]
    assert setting.lines[-1].endswith(ELLIPSIS)


def test_scripts_without_spaces_break_between_letters() -> None:
    name = "千と千尋の神隠しと長い題名"

    setting = fit_title(name)

    assert len(setting.lines) > 1
    assert "".join(setting.lines) == name


def test_a_word_wider_than_the_poster_is_broken() -> None:
    setting = fit_title("W" * 30)

    assert "".join(setting.lines) == "W" * 30
    assert len(setting.lines) > 1


def test_lines_near_the_edge_are_held_to_their_width() -> None:
    texts = list(poster("M" * 22).iter(f"{SVG}text"))

    widths = [float(text.get("textLength", 0)) for text in texts]
    assert max(widths) > 0
    assert all(MARGIN + width <= 600 - MARGIN + 1 for width in widths)


def test_the_same_title_always_looks_the_same_and_others_differ() -> None:
    other = replace(ALIEN, name="Aliens")

    assert draw_poster(ALIEN) == draw_poster(replace(ALIEN, title_id=99))
    assert draw_poster(ALIEN).replace("Alien", "Aliens") != draw_poster(other)


def test_genres_choose_the_motif() -> None:
    assert mood_of(["Comedy", "Horror"]).motif == "moon"
    assert mood_of([]) is DEFAULT_MOOD
    assert {mood.motif for mood in [*MOODS.values(), DEFAULT_MOOD]} <= MOTIFS.keys()


@pytest.mark.parametrize("mood", [*MOODS.values(), DEFAULT_MOOD])
def test_text_is_readable_in_every_nuance(mood: Mood) -> None:
    for seed in range(0, 1_000_000, 7_919):
        palette = make_palette(mood, seed)

        assert weakest_contrast(palette) >= 4.5


def weakest_contrast(palette: Palette) -> float:
    """WCAG 2.2 contrast of text on the plate under it."""
    ground = luminance(palette.paper_edge)
    return min(
        (max(ground, text) + 0.05) / (min(ground, text) + 0.05)
        for text in (luminance(palette.ink), luminance(palette.ink_soft))
    )


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
