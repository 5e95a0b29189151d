"""How alike two titles are on a slate: parts of one series, the same makers, the same genres."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from catalog.facts import TitleFacts
from catalog.text import fold
from discovery.retrieval.genre_fit import genre_weight

Matrix = npt.NDArray[np.float64]

_MAKER_SHARE = 0.4
_PLAYERS_SHARE = 0.2
_GENRES_SHARE = 0.5
_LEADS = 4
_NUMBERS = frozenset(
    [
        "ii",
        "iii",
        "iv",
        "v",
        "vi",
        "vii",
        "viii",
        "ix",
        "x",
        "part",
        "chapter",
        "episode",
        "vol",
        "volume",
    ]
)


def same_series(one: TitleFacts, other: TitleFacts) -> bool:
    """Say whether two titles look like parts of one series: one name begins with the other.

    "Toy Story" and "Toy Story 3", "Alien" and "Aliens". A name of one word begins many others
    by chance ("Alien Nation"), so there somebody must have worked on both, or a number follow.
    """
    short, long = sorted((_series_words(one.name), _series_words(other.name)), key=len)
    if not short or short != long[: len(short)]:
        return False
    if len(short) > 1 or len(short) == len(long):
        return True
    return bool(_people_of(one) & _people_of(other))


def series_pairs(titles: Sequence[TitleFacts]) -> Iterator[tuple[int, int]]:
    """Yield the places of every two titles of one series.

    One name begins with the other, so only names with the same first word are compared.
    """
    first_words = [_series_words(title.name)[:1] for title in titles]
    for places in places_by_name(first_words).values():
        for one, other in combinations(places, 2):
            if same_series(titles[one], titles[other]):
                yield one, other


def connected(n: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the groups of places that pairs link, directly or through others, of two or more."""
    group = list(range(n))

    def root(place: int) -> int:
        while group[place] != place:
            group[place] = group[group[place]]
            place = group[place]
        return place

    for one, other in pairs:
        group[root(one)] = root(other)
    found: dict[int, list[int]] = {}
    for place in range(n):
        found.setdefault(root(place), []).append(place)
    return [places for places in found.values() if len(places) > 1]


def similarity(one: TitleFacts, other: TitleFacts) -> float:
    """Return how alike two titles are on a slate, from 0 to 1."""
    return float(similarities([one, other])[0, 1])


def similarities(titles: Sequence[TitleFacts]) -> Matrix:
    """Return how alike every two titles are, from 0 to 1: (n, n), symmetric, 0 on the diagonal.

    Shared genres, the rarer the more; a director in common; one of the first players in common.
    """
    weights = {genre: genre_weight(genre) for title in titles for genre in title.genres}
    genres, names = _memberships([title.genres for title in titles])
    shared = (genres * np.array([weights[name] for name in names])) @ genres.T
    own = np.diag(shared)
    either = own[:, None] + own[None, :] - shared
    overlap = np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)
    makers = _any_shared([title.directors for title in titles])
    players = _any_shared([title.cast[:_LEADS] for title in titles])
    alike = _GENRES_SHARE * overlap + _MAKER_SHARE * makers + _PLAYERS_SHARE * players
    alike = np.asarray(np.minimum(1.0, alike))
    np.fill_diagonal(alike, 0.0)
    return alike


def _memberships(rows: Sequence[Sequence[str]]) -> tuple[Matrix, list[str]]:
    """Return which row holds which name, as zeros and ones, and the names of the columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    column = {name: place for place, name in enumerate(names)}
    matrix = np.zeros((len(rows), len(names)))
    for place, row in enumerate(rows):
        matrix[place, [column[name] for name in row]] = 1.0
    return matrix, names


def _any_shared(rows: Sequence[Sequence[str]]) -> Matrix:
    """Return 1 where two rows have a name in common. Most names are in one row only."""
    shared = np.zeros((len(rows), len(rows)))
    for places in places_by_name(rows).values():
        if len(places) > 1:
            shared[np.ix_(places, places)] = 1.0
    return shared


def places_by_name(rows: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    """Return which rows hold each name."""
    found: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        for name in dict.fromkeys(row):
            found.setdefault(name, []).append(place)
    return found


def _people_of(facts: TitleFacts) -> set[str]:
    return {*facts.directors, *facts.writers, *facts.cast}


@lru_cache(maxsize=20_000)
def _series_words(name: str) -> tuple[str, ...]:
    """Return the words that name the series: before a colon, without numbers at the end."""
    words = fold(name.split(":")[0]).removeprefix("the ").split()
    if words:
        # "Aliens" continues "Alien".
        words[-1] = words[-1].removesuffix("s") if len(words[-1]) > 4 else words[-1]
    while len(words) > 1 and (words[-1].isdecimal() or words[-1] in _NUMBERS):
        words.pop()
    return tuple(words)
