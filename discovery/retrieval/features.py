"""What scoring is told of the proposed titles: read in a few queries, whatever proposed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import FloatField, Value
from django.db.models.functions import Cast
from pgvector.django import CosineDistance

from catalog.models import CollectionItem, Credit, Title
from discovery.retrieval.crowding import load_crowding
from discovery.retrieval.exposure_weighing import shown_often
from discovery.retrieval.probes import Vector, liked_ids
from discovery.retrieval.regard import load_regards
from discovery.retrieval.scoring import Features
from discovery.retrieval.title_sets import is_among
from discovery.retrieval.vibes import asked_terms, kindred_of, load_vibes, weigh_by_rarity
from discovery.understanding.lexicon import PLACES
from discovery.wording import genre_leanings
from genrec.contract import Query


@dataclass(frozen=True, slots=True)
class Clues:
    """What is gathered for a Query before any title is looked at."""

    # Source -> the vector to compare with.
    probes: Mapping[str, Vector] = field(default_factory=dict)
    # Title -> how well its words and its tags match, how much its neighbours say for it; in
    # deviations.
    words: Mapping[int, float] = field(default_factory=dict)
    keywords: Mapping[int, float] = field(default_factory=dict)
    neighbours: Mapping[int, float] = field(default_factory=dict)
    # Whether it counts how crowded it is around a title.
    crowded: bool = False
    long_message: bool = False
    recollects: bool = False
    # What the viewer has liked of late, where it says what this answer should be like.
    taste: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class LoadFeatures:
    """Load every title's features for one Query."""

    query: Query
    clues: Clues
    boosts: Mapping[int, float] = field(default_factory=dict)
    without: frozenset[str] = frozenset()

    def __call__(self, title_ids: Iterable[int]) -> Features:
        ids, probes = list(title_ids), self.clues.probes
        similarities = {
            name: Value(1.0) - Cast(CosineDistance("embedding", vector.tolist()), FloatField())
            for name, vector in probes.items()
        }
        titles = Title.objects.filter(is_among(ids)).order_by()
        rows = titles.annotate(**similarities).values_list(
            "pk", "slot", "popularity", "year", *probes
        )
        people = [p.person_id for p in self.query.people if p.person_id]
        linked = Credit.objects.filter(is_among(ids, "title"), person_id__in=people).order_by()
        liked = liked_ids(self.query)
        return Features(
            rows=list(rows),
            probes=tuple(probes),
            genres=genres_of([*ids, *liked, *self.clues.taste]),
            liked=tuple(liked),
            liked_years=_years_of(liked),
            taste=tuple(self.clues.taste),
            taste_years=_years_of(self.clues.taste),
            in_tongue=self._in_tongue(ids),
            linked=frozenset(linked.values_list("title_id", flat=True)),
            leanings=genre_leanings(self.query),
            asked=weigh_by_rarity(asked_terms(self.query)),
            vibes=load_vibes([*ids, *liked]),
            kindred=kindred_of(liked),
            boosts=self.boosts,
            shelved=self._shelved(ids),
            regards=load_regards(ids),
            crowding=load_crowding(ids) if self.clues.crowded else None,
            without=self.without,
            shown_often=shown_often() if self._exposure_weight() else {},
            exposure_weight=self._exposure_weight(),
            long_message=self.clues.long_message,
            recollects=self.clues.recollects,
            words=self.clues.words,
            keywords=self.clues.keywords,
            neighbours=self.clues.neighbours,
        )

    def _exposure_weight(self) -> float:
        return 0.0 if "exposure" in self.without else settings.EXPOSURE_WEIGHT

    def _shelved(self, title_ids: Sequence[int]) -> dict[int, float]:
        """Return how near the front of the collections asked for titles stand: 1 is first."""
        if not self.query.collections:
            return {}
        items = CollectionItem.objects.filter(
            collection__slug__in=self.query.collections, collection__published=True
        )
        front: dict[int, float] = {}
        for rows in _by_collection(items.values_list("collection_id", "title_id")).values():
            for place, title_id in enumerate(rows):
                front[title_id] = max(front.get(title_id, 0.0), 1.0 - place / len(rows))
        wanted = set(title_ids)
        return {title_id: share for title_id, share in front.items() if title_id in wanted}

    def _in_tongue(self, title_ids: Sequence[int]) -> frozenset[int]:
        """Return the titles that are in a language of the countries asked for.

        "A French film" means France's own films before those that France helped to pay for.
        """
        wanted = set(self.query.countries)
        tongues = {
            language
            for language, places in PLACES.values()
            if language and wanted.intersection(places)
        }
        if not tongues:
            return frozenset()
        spoken = Title.objects.filter(is_among(title_ids), languages__overlap=sorted(tongues))
        return frozenset(spoken.values_list("pk", flat=True))


def _years_of(title_ids: Sequence[int]) -> tuple[int, ...]:
    """Return the years of the titles that have one."""
    found = Title.objects.filter(pk__in=title_ids, year__isnull=False).order_by()
    return tuple(year for year in found.values_list("year", flat=True) if year is not None)


def _by_collection(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Return the titles of each collection, in the order of its items."""
    found: dict[int, list[int]] = {}
    for collection_id, title_id in rows:
        found.setdefault(collection_id, []).append(title_id)
    return found


def genres_of(title_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return the genres of each title that has any."""
    found: dict[int, set[str]] = {}
    through = Title.genres.through.objects.filter(is_among(list(title_ids), "title"))
    for title_id, genre in through.values_list("title_id", "genre__name"):
        found.setdefault(title_id, set()).add(genre)
    return {title_id: frozenset(names) for title_id, names in found.items()}
