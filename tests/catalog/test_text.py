"""Folding and the names that sources use."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.text import canonical_country, canonical_genres, canonical_language, fold


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Amélie", "amelie"),
        ("AME\u0301LIE", "amelie"),
        ("Ocean\u2019s Eleven", "oceans eleven"),
        ("Lilo & Stitch", "lilo and stitch"),
        ("Mission: Impossible \u2013 Fallout", "mission impossible fallout"),
        ("The Wall", "the wall"),
        ("8\u00bd", "8 1 2"),
        ("\u00de\u00f3r & \u00c6gir", "thor and aegir"),
        ("\u0141\u00f3d\u017a", "lodz"),
        ("\u6771\u4eac\u7269\u8a9e", "\u6771\u4eac\u7269\u8a9e"),
        ("\u30ac\u30fc\u30eb", "\u30ac\u30fc\u30eb"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("$", "$"),
        ("!!!", "!!!"),
        ("   ", ""),
    ],
)
def test_fold(text: str, key: str) -> None:
    assert fold(text) == key


@given(st.text(max_size=40))
def test_fold_is_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(max_codepoint=0x024F), max_size=40))
def test_fold_does_not_depend_on_the_form_of_accents(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("name", "genres"),
    [
        ("Sci-Fi", ("Science Fiction",)),
        ("Children's", ("Family",)),
        ("Sci-Fi & Fantasy", ("Science Fiction", "Fantasy")),
        ("Film-Noir", ("Film Noir",)),
        ("drama", ("Drama",)),
        ("(no genres listed)", ()),
    ],
)
def test_genres_of_all_sources_meet(name: str, genres: tuple[str, ...]) -> None:
    assert canonical_genres(name) == genres


def test_languages_and_countries() -> None:
    assert canonical_language("Kurdish language") == "Kurdish"
    assert canonical_language("Yue Chinese") == "Cantonese"
    assert canonical_language("multiple languages") == ""
    assert canonical_country("People's Republic of China") == "China"
    assert canonical_country("France") == "France"
