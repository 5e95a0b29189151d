"""A catalogue of names for the parser, without a database: what `linking.Names` asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from catalog.text import fold
from discovery.understanding.linking import (
    About,
    NamedCollection,
    NamedPerson,
    NamedTitle,
    is_shortened,
    misspelt_person,
    misspelt_title,
    of_surname,
)

TITLES = (
    ("Alien", 1979, 0.95),
    ("Aliens", 1986, 0.93),
    ("Jaws", 1975, 0.9),
    ("The Jaws", 2011, 0.95),
    ("Heat", 1995, 0.9),
    ("Heat", 1972, 0.3),
    ("It", 1990, 0.6),
    ("Her", 2013, 0.9),
    ("Up", 2009, 0.9),
    ("2001: A Space Odyssey", 1968, 0.95),
    ("The Good, the Bad and the Ugly", 1966, 0.95),
    ("The Matrix", 1999, 0.97),
    ("Groundhog Day", 1993, 0.9),
    ("Blade Runner", 1982, 0.9),
    ("Star Wars: Episode IV - A New Hope", 1977, 0.97),
    ("Scary Movie", 2000, 0.7),
    ("Paprika", 1991, 0.4),
    ("Paprika", 2006, 0.8),
    ("Se7en", 1995, 0.9),
    ("Titanic", 1997, 0.95),
    ("10", 1979, 0.7),
    ("10 Years", 2011, 0.7),
)
PEOPLE = (
    ("Stanley Kubrick", 13, 5, 0),
    ("Sigourney Weaver", 0, 0, 40),
    ("Tom Hanks", 2, 2, 50),
    ("Steven Spielberg", 30, 5, 1),
    ("Ridley Scott", 20, 0, 0),
)
SHELVES = ("Christmas", "The American South", "Staff picks", "Christmas Horror")


class FewNames:
    """A handful of titles and people, found as the database finds them."""

    def __init__(
        self,
        titles: Sequence[tuple[str, int, float]] = TITLES,
        people: Sequence[tuple[str, int, int, int]] = PEOPLE,
    ) -> None:
        self.all_titles = [
            NamedTitle(number, fold(name), name, year, popularity)
            for number, (name, year, popularity) in enumerate(titles, 1)
        ]
        self.all_people = [
            NamedPerson(number, fold(person[0]), *person) for number, person in enumerate(people, 1)
        ]
        # What homonyms are told apart by; a test may set them.
        self.facts: dict[int, About] = {}
        self.nearness: dict[int, float] = {}

    def titles(self, keys: Collection[str]) -> dict[str, list[NamedTitle]]:
        found: dict[str, list[NamedTitle]] = {}
        for title in sorted(self.all_titles, key=lambda title: -title.popularity):
            if title.key in keys:
                found.setdefault(title.key, []).append(title)
        return found

    def people(self, keys: Collection[str]) -> dict[str, NamedPerson]:
        return {person.key: person for person in self.all_people if person.key in keys}

    def similar_title(self, key: str, *, literal: bool = False) -> NamedTitle | None:
        shortened = next((t for t in self.all_titles if is_shortened(key, t)), None)
        if shortened or literal:
            return shortened
        return misspelt_title(key, self.all_titles)

    def similar_person(self, key: str) -> NamedPerson | None:
        if " " in key:
            return misspelt_person(key, self.all_people)
        return of_surname(key, self.all_people)

    def about(self, title_ids: Collection[int]) -> dict[int, About]:
        return {pk: self.facts.get(pk, About("film", frozenset(), frozenset())) for pk in title_ids}

    def similarities(self, title_ids: Collection[int], words: str) -> dict[int, float]:
        return {pk: self.nearness.get(pk, 0.0) for pk in title_ids}

    def newest_year(self) -> int:
        return 2014

    def collections(self) -> list[NamedCollection]:
        return [NamedCollection(fold(name).replace(" ", "-"), fold(name), name) for name in SHELVES]
