"""Vibes: how well a title's ontology terms answer the terms of a wish.

A title that somebody described carries terms with weights from 1 to 3. An asked term that it has
is a fact; one that it lacks counts against it a little, because the describer would have said
it. For a title that nobody described nothing is known, and the genres that a term leans to
(`discovery.wording.genre_leanings`) are all there is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, Sum

from catalog.models import Kindred, Tag, TitleQuerySet, TitleTag
from catalog.ontology import load_ontology
from discovery.retrieval.title_sets import is_among
from genrec.contract import Query

# Term -> weight, 1 to 3.
Vibes = Mapping[str, int]
STRONGEST = 3
# What an asked term counts that a described title does not have.
_LACKS = -0.25
# 10 ** 0.3 is 2.
RARITY = 0.3
# "More funny" than last time is a nudge, "less sad" is a refusal.
_PREFIXES = {"more ": 0.8, "less ": -1.0}


def asked_terms(query: Query) -> dict[str, float]:
    """Return the ontology's terms that a wish asks for (positive) or against (negative)."""
    asked: dict[str, float] = {}
    for mood in query.moods:
        name, strength = _split(mood)
        _ask(asked, name, strength)
    for theme in query.themes:
        _ask(asked, theme, 1.0)
    return asked


def _split(mood: str) -> tuple[str, float]:
    for prefix, strength in _PREFIXES.items():
        if mood.startswith(prefix):
            return mood.removeprefix(prefix), strength
    return mood, 1.0


def _ask(asked: dict[str, float], words: str, strength: float) -> None:
    term = load_ontology().find(words)
    if term is not None:
        asked[term.name] = strength


def weigh_by_rarity(asked: Mapping[str, float]) -> dict[str, float]:
    """Return the asked terms weighted by what they tell: "folk horror" narrows more than "dark".

    Against the commonest of them, a term that ten times fewer titles have counts twice.
    """
    found = TitleTag.objects.filter(tag__name__in=list(asked)).values_list("tag__name")
    counts = dict(found.annotate(count=Count("pk")))
    most = max(counts.values(), default=1)
    return {
        term: strength * (most / counts.get(term, 1)) ** RARITY for term, strength in asked.items()
    }


def vibe_fit(asked: Mapping[str, float], vibes: Vibes) -> float:
    """Return how well a described title answers the asked terms: from -1 to 1."""
    if not asked:
        return 0.0
    total = 0.0
    for term, strength in asked.items():
        weight = vibes.get(term, 0)
        share = weight / STRONGEST if weight else (_LACKS if strength > 0 else 0.0)
        total += strength * share
    return total / math.fsum(map(abs, asked.values()))


def kinship(liked: Iterable[Vibes], vibes: Vibes) -> float:
    """Return the cosine of a title's vibes with those of the titles to be like: 0 to 1."""
    profile: dict[str, int] = {}
    for other in liked:
        for term, weight in other.items():
            profile[term] = profile.get(term, 0) + weight
    if not profile or not vibes:
        return 0.0
    dot = sum(weight * profile.get(term, 0) for term, weight in vibes.items())
    return dot / (math.hypot(*profile.values()) * math.hypot(*vibes.values()))


def load_vibes(title_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return the ontology terms of the titles that have any; keywords are left out."""
    links = (
        TitleTag.objects.filter(is_among(list(title_ids), "title"))
        .exclude(tag__group=Tag.Group.KEYWORD)
        .order_by()
    )
    found: dict[int, dict[str, int]] = {}
    for title_id, name, weight in links.values_list("title_id", "tag__name", "weight"):
        found.setdefault(title_id, {})[name] = weight
    return found


def titles_with_terms(titles: TitleQuerySet, terms: Sequence[str], limit: int) -> list[int]:
    """Return the titles that have the terms most strongly, the best known first among equals."""
    if not terms:
        return []
    strengths = (
        TitleTag.objects.filter(tag__name__in=terms, title__in=titles.values("pk"))
        .values("title_id")
        .annotate(strength=Sum("weight"))
        .order_by("-strength", "-title__popularity", "title_id")
    )
    return [row["title_id"] for row in strengths[:limit]]


def kindred_of(title_ids: Sequence[int]) -> frozenset[int]:
    """Return the titles that somebody called kindred to these, in either direction."""
    ids = list(title_ids)
    if not ids:
        return frozenset()
    to = Kindred.objects.filter(title_id__in=ids).values_list("other_id", flat=True)
    of = Kindred.objects.filter(other_id__in=ids).values_list("title_id", flat=True)
    return frozenset((*to, *of))
