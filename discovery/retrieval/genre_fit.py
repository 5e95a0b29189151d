"""How well genres fit: those of the titles to be like, of the history, and of the moods."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

# How much of a film's identity a genre is: "Science Fiction" tells more than "Drama" or than
# "Adventure", which sources add to many films.
_GENRE_WEIGHTS: Mapping[str, float] = {
    "Western": 1.5,
    "Documentary": 1.5,
    "Science Fiction": 1.6,
    "Horror": 1.3,
    "Musical": 1.3,
    "War": 1.2,
    "Animation": 1.2,
    "Comedy": 0.9,
    "Crime": 0.9,
    "Romance": 0.8,
    "Fantasy": 0.8,
    "Family": 0.6,
    "Biography": 0.7,
    "History": 0.6,
    "Mystery": 0.7,
    "Adventure": 0.6,
    "Action": 0.6,
    "Thriller": 0.6,
    "Drama": 0.4,
}


def mood_fit(leanings: Mapping[str, float], genres: Iterable[str]) -> float:
    """Return how well genres answer the moods, from -2 to 2.

    The best answering genre counts whole and the others a little: a comedy answers "funny"
    without being a farce in three genres.
    """
    weights = sorted((leanings[g] for g in genres if g in leanings), reverse=True)
    good = [weight for weight in weights if weight > 0]
    bad = [weight for weight in weights if weight < 0]
    fit = (good[0] + 0.3 * sum(good[1:]) if good else 0.0) + sum(bad)
    return max(-2.0, min(2.0, fit))


def focus(genres: Iterable[str]) -> float:
    """Return how much one genre of a title can mean: less, the more genres it is given.

    Sources give some films nine genres; a comedy by one genre of nine is hardly one.
    """
    return min(1.0, 3.0 / max(1, len(list(genres))))


def genre_weight(genre: str) -> float:
    return _GENRE_WEIGHTS.get(genre, 1.0)


def genre_profile(
    title_ids: Iterable[int], genres: Mapping[int, frozenset[str]]
) -> dict[str, float]:
    """Return the weights of the genres that the titles have."""
    profile: dict[str, float] = {}
    for title_id in title_ids:
        for genre in genres.get(title_id, ()):
            profile[genre] = profile.get(genre, 0.0) + genre_weight(genre)
    return profile


def profile_overlap(wanted: Mapping[str, float], genres: frozenset[str]) -> float:
    """Return the weighted cosine of two sets of genres, from 0 to 1."""
    if not wanted or not genres:
        return 0.0
    own = {genre: genre_weight(genre) for genre in genres}
    dot = sum(weight * wanted.get(genre, 0.0) for genre, weight in own.items())
    lengths = math.hypot(*wanted.values()) * math.hypot(*own.values())
    return dot / lengths * (0.6 + 0.4 * focus(genres))
