"""Directions that a broad wish could take: "something good" could be funny, old, or a heist.

Three choices that split the candidates best: each is one genre, one term of the ontology or one
decade that at least `MIN_TITLES` of the eligible candidates have, and they overlap as little as
can be. Computed from the candidates, in two small queries; no model is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.models import Title
from catalog.ontology import load_ontology
from discovery.retrieval.features import genres_of
from discovery.retrieval.vibes import load_vibes
from discovery.types import Candidate, Choice
from genrec.contract import HARD_FIELDS, Query

N_ANGLES = 3
MIN_TITLES = 5
# With fewer matches, the cards themselves are the overview.
MIN_MATCHING = 60
# A wish of more words has a direction already.
MAX_WORDS = 3
MAX_FIELDS = 2
LOOKED_AT = 120
# What nearly all of the candidates have is no direction.
MAX_SHARE = 0.6
# Said by nobody as a wish of its own.
_DULL_GENRES = frozenset({"Drama", "Adventure", "Biography", "History"})
_DIRECTING = ("like", "unlike", "people", "people_required", "collections")


@dataclass(frozen=True, slots=True)
class Direction:
    """One way to narrow a wish: what it is called, what it adds, and the candidates that fit."""

    label: str
    kind: str
    adds: Mapping[str, Any]
    titles: frozenset[int]


def angles_of(query: Query, candidates: Sequence[Candidate], matching: int) -> tuple[Choice, ...]:
    """Return three choices for a broad wish; none for one that has a direction."""
    if matching < MIN_MATCHING or not is_broad(query):
        return ()
    chosen = choose(directions_of(query, [c.title_id for c in candidates[:LOOKED_AT]]))
    if len(chosen) < N_ANGLES:
        return ()
    return tuple(Choice(one.label, narrowed(query, one)) for one in chosen)


def is_broad(query: Query) -> bool:
    """Say whether a wish leaves the direction open."""
    if any(getattr(query, field) for field in _DIRECTING):
        return False
    if query.intent not in ("discover", "refine", "surprise") or query.quotas:
        return False
    narrowing = [field for field in HARD_FIELDS if getattr(query, field) not in (None, (), {})]
    said = len(narrowing) + len(query.moods) + len(query.themes)
    return len(query.text.split()) <= MAX_WORDS and said <= MAX_FIELDS


def directions_of(query: Query, title_ids: Sequence[int]) -> list[Direction]:
    """Return the directions that enough of the titles have, and that the wish hasn't taken."""
    most = int(MAX_SHARE * len(title_ids))
    found = [
        *_by_genre(query, title_ids),
        *_by_term(query, title_ids),
        *_by_decade(query, title_ids),
    ]
    return [one for one in found if MIN_TITLES <= len(one.titles) <= most]


def choose(directions: Sequence[Direction]) -> list[Direction]:
    """Return up to three: each covers many titles that the ones before it don't.

    Of two alike, the other kind is taken: two genres and a decade say more than three genres.
    """
    chosen: list[Direction] = []
    covered: frozenset[int] = frozenset()
    left = list(directions)
    while left and len(chosen) < N_ANGLES:
        best = max(left, key=lambda one: (_worth(one, chosen, covered), one.label))
        chosen.append(best)
        covered |= best.titles
        left = [one for one in left if one != best and _overlap(one, best) < 0.5]
    return chosen


def _worth(one: Direction, chosen: Sequence[Direction], covered: frozenset[int]) -> float:
    same_kind = sum(other.kind == one.kind for other in chosen)
    return len(one.titles - covered) / (1 + 0.5 * same_kind)


def _overlap(one: Direction, other: Direction) -> float:
    return len(one.titles & other.titles) / min(len(one.titles), len(other.titles))


def narrowed(query: Query, direction: Direction) -> Query:
    """Return the wish with a direction taken, as if a chip had been tapped."""
    evidence = {**query.evidence, **dict.fromkeys(direction.adds, "chip")}
    return query.model_copy(update={**direction.adds, "intent": "discover", "evidence": evidence})


def _by_genre(query: Query, title_ids: Sequence[int]) -> list[Direction]:
    taken = {*query.genres_all, *query.genres_any, *query.genres_none} | _DULL_GENRES
    return [
        Direction(genre, "genre", {"genres_all": (*query.genres_all, genre)}, frozenset(titles))
        for genre, titles in _inverted(genres_of(title_ids)).items()
        if genre not in taken
    ]


def _by_term(query: Query, title_ids: Sequence[int]) -> list[Direction]:
    terms = load_ontology().terms
    directions = []
    for name, titles in _inverted(load_vibes(title_ids)).items():
        field = "moods" if name in terms and terms[name].is_mood else "themes"
        said = getattr(query, field)
        if name in terms and name not in said:
            label = name[:1].upper() + name[1:]
            directions.append(Direction(label, field, {field: (*said, name)}, frozenset(titles)))
    return directions


def _by_decade(query: Query, title_ids: Sequence[int]) -> list[Direction]:
    if query.year_min is not None or query.year_max is not None:
        return []
    years = Title.objects.filter(pk__in=title_ids, year__isnull=False)
    decades: dict[int, set[int]] = {}
    for title_id, year in years.values_list("pk", "year"):
        decades.setdefault((year or 0) // 10 * 10, set()).add(title_id)
    return [
        Direction(
            f"From the {decade}s",
            "decade",
            {"year_min": decade, "year_max": decade + 9},
            frozenset(titles),
        )
        for decade, titles in decades.items()
    ]


def _inverted(of_title: Mapping[int, Any]) -> dict[str, set[int]]:
    """Return the titles of each genre or term."""
    found: dict[str, set[int]] = {}
    for title_id, names in of_title.items():
        for name in names:
            found.setdefault(name, set()).add(title_id)
    return found
