"""The vocabulary of vibes: its rules, and that every reader of it agrees."""

from __future__ import annotations

import pytest

from catalog.models import Tag
from catalog.ontology import GROUPS, OntologyError, load_ontology, parse_ontology
from catalog.text import GENRE_ALIASES, fold
from discovery.understanding.lexicon import FILLERS, MOOD_OF, NEGATIONS, THEME_OF

GLOSS = {"gloss": "when to use it"}


def test_every_term_has_a_group_a_gloss_and_distinct_forms() -> None:
    ontology = load_ontology()
    assert {term.group for term in ontology.terms.values()} == set(GROUPS)
    assert set(GROUPS) < {group.value for group in Tag.Group}
    for term in ontology.terms.values():
        assert term.gloss
        assert len(set(map(fold, term.forms))) == len(term.forms), term.name
        assert all(0 < weight <= 1 for weight in term.leans.values()), term.name


def test_terms_lean_only_to_genres_of_the_catalogue() -> None:
    known = {name for names in GENRE_ALIASES.values() for name in names} | {
        "Action", "Adventure", "Comedy", "Crime", "Documentary", "Drama", "Horror", "Music",
        "Musical", "Mystery", "Sport", "Western", "Family",
    }  # fmt: skip
    leans = {genre for term in load_ontology().terms.values() for genre in term.leans}
    assert leans <= known


def test_folding_makes_no_two_forms_one() -> None:
    forms = [fold(form) for form in load_ontology().by_form]
    assert len(set(forms)) == len(forms)


def test_no_form_is_a_word_that_the_parser_reads_as_grammar() -> None:
    spoken = MOOD_OF.keys() | THEME_OF.keys()
    assert not spoken & NEGATIONS
    assert spoken & FILLERS <= {"epic"}


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        ({"version": 1, "colour": {"red": GLOSS}}, "Unknown group 'colour'"),
        ({"version": 1, "mood": {"sad": {}}}, "no gloss"),
        ({"version": 1, "mood": {"Sad": GLOSS}}, "not in lower case"),
        (
            {"version": 1, "mood": {"sad": GLOSS, "blue": GLOSS | {"synonyms": ["sad"]}}},
            "keep it in one",
        ),
    ],
)
def test_a_broken_file_is_refused(data: dict[str, object], advice: str) -> None:
    with pytest.raises(OntologyError, match=advice):
        parse_ontology(data)


def test_a_synonym_says_its_term() -> None:
    ontology = load_ontology()
    found = ontology.find("feelgood")
    assert found is not None
    assert found.name == "feel-good"
    assert ontology.find("nonsense words") is None
