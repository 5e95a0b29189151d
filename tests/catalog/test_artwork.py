"""Artwork: valid, escaped, never overflowing, readable."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.artwork import draw_poster
from catalog.artwork.looks import DEFAULT_LOOK, GENRE_LOOKS, listed_terms, look_of
from catalog.artwork.palette import SCHEMES, Palette, make_palette, stable_seed
from catalog.artwork.poster import (
    ALL_MOTIFS,
    LETTERS,
    MARGIN,
    TEXT_WIDTH,
    TITLE_HEIGHT,
    TITLE_LEADING,
    TITLE_SIZES,
)
from catalog.artwork.typesetting import ELLIPSIS, Setting, fit_text
from catalog.facts import TitleFacts
from catalog.ontology import load_ontology

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


def fit_title(text: str, tracking: float = 0.0) -> Setting:
    return fit_text(
        text, width=TEXT_WIDTH, sizes=TITLE_SIZES, max_lines=4, max_height=TITLE_HEIGHT,
        leading=TITLE_LEADING, tracking=tracking,
    )  # fmt: skip


def test_the_words_of_a_poster() -> None:
    svg = poster("Alien", "Horror", "Science Fiction")

    assert lines(svg) == ["Alien", "1979 · Ridley Scott", "Horror / Science Fiction"]
    assert svg.findtext(f"{SVG}title") == "Alien (1979)"


def test_markup_in_a_title_is_text() -> None:
    svg = poster('<script>alert("1")</script>')

    assert "".join(lines(svg)[:-2]) == '<script>alert("1")</script>'
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= {
        "svg", "title", "linearGradient", "stop", "rect", "circle", "ellipse", "polygon", "path",
        "line", "g", "text",
    }  # fmt: skip


def test_nothing_that_a_strict_policy_refuses() -> None:
    for term in [*sorted(listed_terms()), "unheard of"]:
        drawn = draw_poster(replace(ALIEN, tags=(term,)))

        assert not re.search(r"style=|<style|<script|href|url\((?!#)|\son\w+=", drawn)


@given(st.text(max_size=60))
def test_every_title_gives_valid_xml(name: str) -> None:
    assert poster(name).tag == f"{SVG}svg"


@given(
    st.one_of(
        st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=300),
        st.lists(st.text("Wm", min_size=1, max_size=40), min_size=1).map(" ".join),
    ),
    st.sampled_from([0.0, 0.1]),
)
def test_no_title_overflows(name: str, tracking: float) -> None:
    setting = fit_title(name, tracking)

    assert all(setting.width(line) <= TEXT_WIDTH + 0.01 for line in setting.lines)
    assert len(setting.lines) <= 4
    assert len(setting.lines) * setting.size * TITLE_LEADING <= TITLE_HEIGHT + 0.01


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


def test_the_mood_chooses_the_look_and_genres_stand_in() -> None:
    undescribed = look_of(["Comedy", "Horror"], [])
    assert undescribed == GENRE_LOOKS["Horror"]
    assert look_of([], []) is not None
    assert look_of([], ["unheard of"]) == DEFAULT_LOOK

    described = look_of(["Comedy"], ["bleak", "snowbound"])
    assert described.scheme == "fog"
    assert described.motif == "snow"
    assert described.letters == "wide"


@pytest.mark.parametrize(
    ("term", "scheme"),
    [("bleak", "fog"), ("joyful", "sun"), ("noir", "noir"), ("cosy", "cosy"), ("gory", "blood"),
     ("romantic", "blush"), ("black-and-white", "mono"), ("wild west", "desert")],
)  # fmt: skip
def test_a_mood_has_its_colours(term: str, scheme: str) -> None:
    assert look_of(["Drama"], [term, "classic"]).scheme == scheme


def test_the_strongest_terms_decide() -> None:
    terms = ["bleak", "funny", "talky", "classic", "joyful"]

    assert look_of([], terms).scheme == "fog"
    assert look_of([], terms[::-1]).scheme == "sun"


def test_every_look_can_be_drawn() -> None:
    """A term that the ontology drops, or a motif that is renamed, fails here."""
    looks = [look_of([], [term]) for term in listed_terms()] + [*GENRE_LOOKS.values(), DEFAULT_LOOK]

    assert listed_terms() <= load_ontology().terms.keys()
    assert {look.scheme for look in looks} == SCHEMES.keys()
    assert {look.motif for look in looks} == ALL_MOTIFS.keys()
    assert {look.letters for look in looks} == LETTERS.keys()


def test_shapes_stay_clear_of_nothing_but_numbers() -> None:
    """Every attribute of a shape that should be a number is one, for every motif and seed."""
    palette = make_palette("noir", 0)
    for motif in ALL_MOTIFS.values():
        for seed in range(25):
            for shape in motif(palette, Random(seed)):
                element = ElementTree.fromstring(shape)  # noqa: S314 - our own
                for name in {"x", "y", "width", "height", "cx", "cy", "r"} & element.attrib.keys():
                    float(element.attrib[name])
                assert "nan" not in shape


def test_a_series_is_told_from_a_film() -> None:
    series = replace(ALIEN, kind="series")

    assert "Series" in "".join(lines(ElementTree.fromstring(draw_poster(series))))  # noqa: S314
    assert draw_poster(series).count('rx="3"') == 3
    assert draw_poster(ALIEN).count('rx="3"') == 1


def test_words_stand_at_the_foot_or_at_the_head() -> None:
    heads = 0
    for number in range(60):
        facts = replace(ALIEN, name=f"Alien {number}")
        svg = ElementTree.fromstring(draw_poster(facts))  # noqa: S314
        heights = [float(text.get("y", 0)) for text in svg.iter(f"{SVG}text")]
        at_head = stable_seed(facts.name, facts.year) >> 24
        heads += at_head % 3 == 0
        # The ground is solid from there on, either way.
        assert max(heights) < 340 if at_head % 3 == 0 else min(heights) > 560
        assert 40 < min(heights) <= max(heights) < 880
    assert 5 < heads < 40


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_is_readable_in_every_nuance(scheme: str) -> None:
    for seed in range(0, 1_000_000, 7_919):
        assert weakest_contrast(make_palette(scheme, seed)) >= 4.5


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
