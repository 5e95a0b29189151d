"""Concepts that people find films by: said in plain words, read as a theme, on the right titles."""

from __future__ import annotations

import pytest

from catalog.starter.records import read_starter
from discovery.understanding.lexical import parse
from tests.discovery.names import FewNames

NAMES = FewNames(titles=())


@pytest.fixture(scope="module")
def described() -> dict[str, dict[str, int]]:
    """Theme or mood -> the titles described with it, with their weights."""
    found: dict[str, dict[str, int]] = {}
    for record in read_starter():
        for term, weight in record.vibes.items():
            found.setdefault(term, {})[record.title] = weight
    return found


@pytest.mark.parametrize(
    ("message", "theme", "titles"),
    [
        ("every morning is the same day again", "time loop", {"Groundhog Day", "Palm Springs"}),
        ("two people swap bodies", "body swap", {"Your Name."}),
        ("a heist gone wrong", "crime gone wrong", {"Reservoir Dogs", "Dog Day Afternoon"}),
        ("a courtroom drama", "courtroom", {"12 Angry Men", "A Few Good Men"}),
        ("the last human alive", "last survivors", {"I Am Legend", "Red Dwarf"}),
        ("somebody with memory loss", "memory", {"Memento", "The Bourne Identity"}),
        ("talking animals", "talking animals", {"Babe", "The Jungle Book"}),
        ("a fish out of water comedy", "fish out of water", {"Crocodile Dundee"}),
        ("computer hackers", "hacking", {"Hackers", "Sneakers"}),
        ("shrunk to three inches tall", "tiny people", {"Honey, I Shrunk the Kids"}),
    ],
)
def test_a_concept_finds_its_titles(
    described: dict[str, dict[str, int]], message: str, theme: str, titles: set[str]
) -> None:
    assert theme in parse(message, NAMES).query.themes
    strongest = {title for title, weight in described[theme].items() if weight == 3}
    assert titles <= strongest


def test_a_concept_is_not_everywhere(described: dict[str, dict[str, int]]) -> None:
    """What one title in ten has tells little, and what two have is no concept."""
    for term in ("time loop", "body swap", "hacking", "last survivors", "talking animals"):
        assert 5 <= len(described[term]) <= 100, term
