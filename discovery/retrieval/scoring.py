"""The retrieval score: one weighted sum of comparable features, so every order can be explained.

Similarities and popularity are standardised with fixed means and spreads, measured once on the
default catalogue's documents, not on the candidates at hand: the score of a title must not depend
on which other titles were retrieved beside it. A similarity plus half the standardised popularity
is a strong baseline for wishes in plain words. Weights are round values chosen on 137 development
requests (docs/experiments.md, "Finding titles"); those of vibes, kinship and kindred on the starter
catalogue (docs/starter-metadata.md), the rest by reading results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from discovery.retrieval.exposure_weighing import PROTECTED
from discovery.retrieval.genre_fit import focus, genre_profile, mood_fit, profile_overlap
from discovery.retrieval.vibes import Vibes, kinship, vibe_fit
from discovery.types import Candidate
from genrec.contract import Query

SCORING_VERSION = 5
# Of a title of which it is not known yet.
USUAL_CROWDING = 0.58

# Feature -> (mean, spread) over random pairs of a wish, or a title, and a title.
_SCALES: Mapping[str, tuple[float, float]] = {
    "dense": (0.09, 0.057),
    "more_like": (0.40, 0.074),
    "taste": (0.45, 0.074),
    "disliked": (0.45, 0.074),
    "popular": (0.56, 0.175),
    "regard": (0.0, 0.04),
    "crowding": (USUAL_CROWDING, 0.057),
}
WEIGHTS: Mapping[str, float] = {
    "dense": 0.7,
    "more_like": 0.35,
    "taste": 0.75,
    "disliked": -0.35,
    "popular": 0.8,
    "regard": 0.4,
    # Half of what a cosine to the words counts: see `crowding`.
    "crowding": -0.35,
    "text": 0.3,
    "keywords": 0.3,
    "neighbours": 0.5,
    "linked": 2.0,
    "genres_like": 3.3,
    "mood": 1.4,
    "genres_asked": 1.0,
    "tongue": 0.8,
    "era": 0.4,
    "taste_genres": 1.5,
    "taste_era": 1.5,
    "vibes": 3.0,
    "kinship": 2.0,
    "kindred": 2.5,
    "shelf": 0.6,
}
# A title whose every word matches is not ten times as good.
MAX_WORDS_FIT = 8.0
MAX_KEYWORDS_FIT = 6.0
USUAL_POPULARITY_WEIGHT = 1.1
# Nor is one that all its viewers praise.
MAX_REGARD = 3.0
# What a mood counts that is one word of a long message.
MOOD_AMONG_MANY = 0.5
# Somebody who looks for one film that they have forgotten may mean any: fame says next to nothing.
RECOLLECTED_FAME = 0.1
# What likeness to the history counts for "unlike my usual": it turns round.
UNUSUAL_TASTE = -0.6
MISSED_MOOD = -1.2
# What few know: best a little below the average of the catalogue.
_UNUSUAL_CENTRE = -0.3


@dataclass(frozen=True, slots=True)
class Features:
    """What scoring knows of the proposed titles.

    `rows` are (id, slot, popularity, year, one similarity a probe).
    """

    rows: list[tuple[Any, ...]]
    probes: tuple[str, ...]
    genres: Mapping[int, frozenset[str]]
    liked: tuple[int, ...] = ()
    liked_years: tuple[int, ...] = ()
    # What the viewer has liked of late, where the wish names no title to be like.
    taste: tuple[int, ...] = ()
    taste_years: tuple[int, ...] = ()
    linked: frozenset[int] = frozenset()
    # Titles in a language of the countries that were asked for.
    in_tongue: frozenset[int] = frozenset()
    leanings: Mapping[str, float] = field(default_factory=dict)
    # Ontology terms: of the wish, and of the titles that are described.
    asked: Mapping[str, float] = field(default_factory=dict)
    vibes: Mapping[int, Vibes] = field(default_factory=dict)
    # Titles that somebody called kindred to those to be like.
    kindred: frozenset[int] = frozenset()
    # Title -> what editors add to its score.
    boosts: Mapping[int, float] = field(default_factory=dict)
    # Title -> its place in the collections asked for, from 1 (first) to 0.
    shelved: Mapping[int, float] = field(default_factory=dict)
    # Title -> how much better than others its viewers find it.
    regards: Mapping[int, float] = field(default_factory=dict)
    # Title -> how near its document is to those nearest to it; None if that doesn't count.
    crowding: Mapping[int, float] | None = None
    # Title -> how well its words match, and how its neighbours speak for it, in deviations.
    words: Mapping[int, float] = field(default_factory=dict)
    keywords: Mapping[int, float] = field(default_factory=dict)
    neighbours: Mapping[int, float] = field(default_factory=dict)
    # Title -> from 0 to 1, how often it was shown of late, and the knob that plays it down.
    shown_often: Mapping[int, float] = field(default_factory=dict)
    exposure_weight: float = 0.0
    # A long message says more than its moods.
    long_message: bool = False
    # The message describes one film whose name was forgotten.
    recollects: bool = False
    # Summands that are left out.
    without: frozenset[str] = frozenset()


def score_features(
    features: Features, query: Query, *, protected: int = PROTECTED
) -> list[Candidate]:
    """Return the proposed titles as candidates, best first; ties by id.

    The first `protected` keep their places however often they were shown.
    """
    wanted = genre_profile(features.liked, features.genres)
    usual = genre_profile(features.taste, features.genres)
    wants_mood = any(weight > 0 for weight in features.leanings.values())
    # "Unlike my usual" needs a usual; without one it means what few know.
    away_from_taste = query.novelty == "unusual" and "taste" in features.probes
    mood_weight = WEIGHTS["mood"] * (MOOD_AMONG_MANY if features.long_message else 1.0)
    candidates = []
    for title_id, slot, popularity, year, *similarities in features.rows:
        genres = features.genres.get(title_id, frozenset())
        parts = {
            name: WEIGHTS[name] * _standard(name, similarity)
            for name, similarity in zip(features.probes, similarities, strict=True)
            if similarity is not None
        }
        # A title far from everything disliked gains nothing by it.
        if "disliked" in parts:
            parts["disliked"] = min(0.0, parts["disliked"])
        if away_from_taste and "taste" in parts:
            parts["taste"] *= UNUSUAL_TASTE / WEIGHTS["taste"]
        parts["popular"] = _popularity_part(popularity, query, features, away_from_taste)
        parts["regard"] = _regard_part(features.regards.get(title_id, 0.0), features)
        if features.crowding is not None:
            crowding = features.crowding.get(title_id, USUAL_CROWDING)
            parts["crowding"] = WEIGHTS["crowding"] * _standard("crowding", crowding)
        parts["text"] = WEIGHTS["text"] * min(MAX_WORDS_FIT, features.words.get(title_id, 0.0))
        keywords = min(MAX_KEYWORDS_FIT, features.keywords.get(title_id, 0.0))
        parts["keywords"] = WEIGHTS["keywords"] * keywords
        parts["neighbours"] = WEIGHTS["neighbours"] * features.neighbours.get(title_id, 0.0)
        parts["linked"] = WEIGHTS["linked"] * (title_id in features.linked)
        parts["genres_like"] = WEIGHTS["genres_like"] * profile_overlap(wanted, genres)
        parts["taste_genres"] = WEIGHTS["taste_genres"] * profile_overlap(usual, genres)
        parts["taste_era"] = WEIGHTS["taste_era"] * _around_era(year, features.taste_years)
        focused = focus(genres)
        fit = mood_fit(features.leanings, genres)
        # In "like Alien but funnier" the mood is the point: what is only like Alien misses it.
        missed = MISSED_MOOD if features.liked and wants_mood and fit <= 0 else 0.0
        parts["mood"] = mood_weight * (focused * fit + missed)
        asked = any(genre in genres for genre in (*query.genres_all, *query.genres_any))
        parts["genres_asked"] = WEIGHTS["genres_asked"] * focused * asked
        parts["tongue"] = WEIGHTS["tongue"] * (title_id in features.in_tongue)
        parts |= _vibe_parts(features, title_id)
        parts["era"] = WEIGHTS["era"] * _same_era(year, features.liked_years)
        parts["shelf"] = WEIGHTS["shelf"] * features.shelved.get(title_id, 0.0)
        parts["boost"] = features.boosts.get(title_id, 0.0)
        parts = {name: part for name, part in parts.items() if name not in features.without}
        kept = {name: round(part, 4) for name, part in parts.items() if part}
        candidates.append(Candidate(title_id, round(sum(parts.values()), 6), slot, sources=kept))
    in_order = sorted(candidates, key=lambda c: (-c.score, c.title_id))
    return _step_back(in_order, features, protected) if features.exposure_weight else in_order


def _step_back(
    in_order: Sequence[Candidate], features: Features, protected: int
) -> list[Candidate]:
    """Play down what was shown often of late, but for the first few."""
    others = []
    for candidate in in_order[protected:]:
        part = -features.exposure_weight * features.shown_often.get(candidate.title_id, 0.0)
        if part:
            sources = {**candidate.sources, "exposure": round(part, 4)}
            score = round(candidate.score + part, 6)
            candidate = replace(candidate, score=score, sources=sources)
        others.append(candidate)
    others.sort(key=lambda c: (-c.score, c.title_id))
    return [*in_order[:protected], *others]


def _vibe_parts(features: Features, title_id: int) -> dict[str, float]:
    """Return what a title's own description adds: nothing for one that nobody described."""
    vibes = features.vibes.get(title_id)
    parts = {"kindred": WEIGHTS["kindred"] * (title_id in features.kindred)}
    if vibes:
        liked = [features.vibes[pk] for pk in features.liked if pk in features.vibes]
        parts["vibes"] = WEIGHTS["vibes"] * vibe_fit(features.asked, vibes)
        parts["kinship"] = WEIGHTS["kinship"] * kinship(liked, vibes)
    return parts


def _popularity_part(
    popularity: float, query: Query, features: Features, away_from_taste: bool
) -> float:
    standard = _standard("popular", popularity)
    if features.recollects:
        return RECOLLECTED_FAME * WEIGHTS["popular"] * standard
    match query.novelty:
        case "unusual" if not away_from_taste:
            return -WEIGHTS["popular"] * abs(standard - _UNUSUAL_CENTRE)
        case "usual":
            return USUAL_POPULARITY_WEIGHT * standard
        case _:
            return WEIGHTS["popular"] * standard


def _regard_part(regard: float, features: Features) -> float:
    weight = RECOLLECTED_FAME if features.recollects else 1.0
    return weight * WEIGHTS["regard"] * min(MAX_REGARD, _standard("regard", regard))


def per_unit(name: str) -> float:
    """Return what one unit of a standardised feature (a cosine, a popularity) adds to a score."""
    return WEIGHTS[name] / _SCALES[name][1]


def _standard(name: str, value: float) -> float:
    mean, spread = _SCALES[name]
    return max(-3.0, (value - mean) / spread)


def _same_era(year: int | None, liked_years: Iterable[int]) -> float:
    """Return 1 for the year of a title to be like, falling to 0 over three decades."""
    years = list(liked_years)
    if year is None or not years:
        return 0.0
    return max(0.0, 1.0 - min(abs(year - liked) for liked in years) / 30)


def _around_era(year: int | None, years: Sequence[int]) -> float:
    """Return 1 for a year where all the years are, falling to 0 at three decades on average."""
    if year is None or not years:
        return 0.0
    return max(0.0, 1.0 - sum(abs(year - known) for known in years) / len(years) / 30)
