"""The titles of a slate: the best candidates that are not all alike.

Greedy maximal marginal relevance over facts: each next title is the best of what is left, less a
penalty for resembling those chosen. At most one title of a series of films (Alien, Aliens, ...),
counting the titles that the wish is to be like.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from catalog.facts import TitleFacts
from catalog.text import fold
from discovery.scoring import genre_weight
from discovery.types import Candidate

SHORTLIST = 24
SIMILARITY_PENALTY = 0.5
SERIES_PENALTY = 2.0
# Surprises are drawn with probability proportional to exp(score / TEMPERATURE).
TEMPERATURE = 0.5
_DRAWS = 400
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


@dataclass(frozen=True, slots=True)
class Selected:
    """A candidate for the slate, with the probability that this policy shows it."""

    candidate: Candidate
    propensity: float = 1.0


def select(
    candidates: Sequence[Candidate],
    facts: Mapping[int, TitleFacts],
    *,
    count: int,
    mentioned: Sequence[TitleFacts] = (),
) -> list[Selected]:
    """Return up to `count` candidates, in the order to show them.

    Args:
        candidates: best first; only the first `SHORTLIST` and those needed for `count` compete.
        facts: of the candidates; one without facts is passed over.
        mentioned: titles the wish is to be like: their sequels count as repeats.
    """
    left = [c for c in candidates if c.title_id in facts][: max(SHORTLIST, count)]
    chosen: list[Candidate] = []
    while left and len(chosen) < count:
        seen = [facts[c.title_id] for c in chosen]
        best = max(left, key=lambda c: _marginal(c, facts[c.title_id], seen, mentioned))
        chosen.append(best)
        left.remove(best)
    return [Selected(candidate) for candidate in chosen]


def select_surprise(
    candidates: Sequence[Candidate],
    facts: Mapping[int, TitleFacts],
    *,
    count: int,
    seed: str,
) -> list[Selected]:
    """Return a random draw that favours good candidates, and each one's probability.

    The draw repeats for the same seed. Probabilities are estimated by drawing again and again,
    so they are never zero for what was drawn.
    """
    left = [c for c in candidates if c.title_id in facts][: max(SHORTLIST, count)]
    # Not for secrets: a draw that the trace can repeat.
    generator = random.Random(seed)  # noqa: S311
    drawn = _draw(left, count, generator)
    hits = {c.title_id: 1 for c in drawn}
    for _ in range(_DRAWS - 1):
        for candidate in _draw(left, count, generator):
            if candidate.title_id in hits:
                hits[candidate.title_id] += 1
    return [Selected(c, round(hits[c.title_id] / _DRAWS, 4)) for c in drawn]


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


def _people_of(facts: TitleFacts) -> set[str]:
    return {*facts.directors, *facts.writers, *facts.cast}


def _series_words(name: str) -> list[str]:
    """Return the words that name the series: before a colon, without numbers at the end."""
    words = fold(name.split(":")[0]).removeprefix("the ").split()
    if words:
        # "Aliens" continues "Alien".
        words[-1] = words[-1].removesuffix("s") if len(words[-1]) > 4 else words[-1]
    while len(words) > 1 and (words[-1].isdecimal() or words[-1] in _NUMBERS):
        words.pop()
    return words


def similarity(one: TitleFacts, other: TitleFacts) -> float:
    """Return how alike two titles are on a slate, from 0 to 1."""
    genres = _overlap(one.genres, other.genres)
    maker = bool(set(one.directors) & set(other.directors))
    players = len(set(one.cast[:4]) & set(other.cast[:4])) > 0
    return min(1.0, 0.5 * genres + 0.4 * maker + 0.2 * players)


def _marginal(
    candidate: Candidate,
    facts: TitleFacts,
    chosen: Sequence[TitleFacts],
    mentioned: Sequence[TitleFacts],
) -> float:
    repeats = any(same_series(facts, other) for other in (*chosen, *mentioned))
    alike = max((similarity(facts, other) for other in chosen), default=0.0)
    return candidate.score - SIMILARITY_PENALTY * alike - SERIES_PENALTY * repeats


def _overlap(one: Sequence[str], other: Sequence[str]) -> float:
    shared = sum(genre_weight(genre) for genre in set(one) & set(other))
    either = sum(genre_weight(genre) for genre in set(one) | set(other))
    return shared / either if either else 0.0


def _draw(candidates: Sequence[Candidate], count: int, generator: random.Random) -> list[Candidate]:
    """Draw without replacement: the largest of score / TEMPERATURE plus Gumbel noise."""

    def noisy(candidate: Candidate) -> float:
        uniform = max(generator.random(), 1e-12)
        return candidate.score / TEMPERATURE - math.log(-math.log(uniform))

    keyed = [replace(candidate, score=noisy(candidate)) for candidate in candidates]
    by_id = {candidate.title_id: candidate for candidate in candidates}
    best = sorted(keyed, key=lambda c: (-c.score, c.title_id))[:count]
    return [by_id[candidate.title_id] for candidate in best]
