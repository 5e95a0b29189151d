"""Query -> Candidates: what could fit, from several sources, scored on one scale.

Each source proposes titles that pass the hard constraints: nearest by meaning to the words
(`dense`), nearest to the titles to be like (`more_like`) or to the viewer's history (`taste`),
titles and people matched by words (`text`, `linked`), titles described with the terms asked for
(`vibes`) or called kindred to those to be like (`kindred`), those that editors boost (`boost`), and
the best known (`popular`). Every proposed title then gets every source's feature, so that a title
isn't punished for having been proposed by only one. The score is their weighted sum;
`Candidate.sources` holds the summands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, FloatField, Q, Value
from django.db.models.functions import Cast
from pgvector.django import CosineDistance

from catalog.embedding import get_embedder, title_document
from catalog.facts import load_facts
from catalog.models import CollectionItem, Credit, Title, TitleQuerySet
from catalog.text import fold
from discovery.eligibility import Eligibility
from discovery.history import taste_of
from discovery.scoring import Features, score_features
from discovery.types import Candidate, Event
from discovery.understanding.lexicon import PLACES
from discovery.vector_search import nearest_titles
from discovery.vibes import (
    asked_terms,
    kindred_of,
    load_vibes,
    titles_with_terms,
    weigh_by_rarity,
)
from discovery.wording import genre_leanings, search_text
from genrec.contract import Query

MAX_CANDIDATES = 200
PER_SOURCE = 100
# Each costs one pass of the embedder; nobody names more titles to be like.
MAX_PROBED_LIKES = 4
# Well enough known to be good, not so well that everybody knows them.
LESSER_KNOWN = (0.3, 0.62)

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Candidates, best first, and how the sources found them."""

    candidates: list[Candidate]
    # Source -> titles proposed; vector sources also say by which route.
    found: Mapping[str, int] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RetrieveCandidates:
    """Retrieve for one Query. Synchronous database work: call it in a thread."""

    query: Query
    history: Sequence[Event]
    eligibility: Eligibility
    matching: int
    # False searches without the words' meaning: everything else still works.
    use_embedder: bool = True
    # Title -> what its editors' boosts add to its score.
    boosts: Mapping[int, float] = field(default_factory=dict)
    # Sources that neither propose nor score, to tell what each of them is worth.
    without: frozenset[str] = frozenset()
    found: dict[str, int] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)

    def __call__(self) -> Retrieved:
        """Return up to `MAX_CANDIDATES` eligible titles.

        Raises:
            EmbedderUnavailable: the embedder's files are missing.
        """
        if not self.matching:
            return Retrieved([])
        titles = self.eligibility.titles()
        probes = self._probes()
        proposed = self._propose(titles, probes)
        features = self._features(proposed, probes)
        candidates = score_features(features, self.query)
        return Retrieved(candidates[:MAX_CANDIDATES], self.found, self.routes)

    # --- what to search with ---

    def _probes(self) -> dict[str, Vector]:
        """Return the vectors to search with: unit length, by source."""
        liked = self._liked_ids()
        unliked = [ref.title_id for ref in self.query.unlike if ref.title_id]
        taste, disliked = taste_of(self.history)
        disliked = [*disliked, *unliked]
        vectors = _vectors_of({*liked, *taste, *disliked})
        probes = {
            "more_like": self._like_probe(liked, vectors),
            "taste": _centroid(vectors, taste),
            "disliked": _centroid(vectors, disliked),
        }
        text = search_text(self.query) if self.use_embedder else ""
        if text:
            probes["dense"] = get_embedder().embed([text])[0]
        return {
            name: vector
            for name, vector in probes.items()
            if vector is not None and name not in self.without
        }

    def _like_probe(self, liked: Sequence[int], vectors: Mapping[int, Vector]) -> Vector | None:
        """Return what the titles to be like are about, without their names.

        With the name, the nearest to "Casino" would be "Casino Royale" and "Casino Jack".
        """
        facts = load_facts(liked[:MAX_PROBED_LIKES]) if self.use_embedder else {}
        if not facts:
            return _centroid(vectors, liked)
        documents = [title_document(replace(found, name="")) for found in facts.values()]
        nameless = dict(zip(facts, get_embedder().embed(documents), strict=True))
        return _centroid(nameless, facts)

    # --- which titles ---

    def _propose(self, titles: TitleQuerySet, probes: Mapping[str, Vector]) -> set[int]:
        proposed = set(self._proposed("popular", self._popular(titles)))
        for source in ("dense", "more_like", "taste"):
            if source in probes:
                neighbours = nearest_titles(
                    titles, probes[source].tolist(), k=PER_SOURCE, matching=self.matching
                )
                self.routes[source] = neighbours.route
                proposed.update(self._proposed(source, neighbours.distances))
        if people := [p.person_id for p in self.query.people if p.person_id]:
            credited = Credit.objects.filter(person_id__in=people).values("title_id")
            found = titles.filter(pk__in=credited).values_list("pk", flat=True)[:PER_SOURCE]
            proposed.update(self._proposed("linked", found))
        if wanted := [term for term, strength in asked_terms(self.query).items() if strength > 0]:
            described = titles_with_terms(titles, wanted, PER_SOURCE)
            proposed.update(self._proposed("vibes", described))
        if kindred := kindred_of(self._liked_ids()):
            found = titles.filter(pk__in=kindred).values_list("pk", flat=True)
            proposed.update(self._proposed("kindred", found))
        if self.boosts:
            found = titles.filter(pk__in=list(self.boosts)).values_list("pk", flat=True)
            proposed.update(self._proposed("boost", found))
        if words := self._search_words():
            proposed.update(self._proposed("text", self._by_words(titles, words)))
        return proposed

    def _proposed(self, source: str, title_ids: Iterable[int]) -> list[int]:
        ids = [] if source in self.without else list(title_ids)
        self.found[source] = len(ids)
        return ids

    def _popular(self, titles: TitleQuerySet) -> Iterable[int]:
        """The best known, and the best known of the genres that the moods lean to.

        For an unusual wish, the best known of those that few know.
        """
        if self.query.novelty == "unusual":
            titles = titles.filter(popularity__range=LESSER_KNOWN)
        by_fame = titles.order_by("-popularity", "pk").values_list("pk", flat=True)
        ids = set(by_fame[:PER_SOURCE])
        liked_genres = self._genres_of_likes()
        leanings = genre_leanings(self.query)
        wanted = [genre for genre, weight in leanings.items() if weight > 0.5]
        if wanted or liked_genres:
            shared = by_fame
            for names in (wanted, liked_genres):
                if names:
                    through = Title.genres.through.objects.filter(genre__name__in=names)
                    shared = shared.filter(pk__in=through.values("title_id"))
            ids.update(shared[:PER_SOURCE])
        return ids

    def _liked_ids(self) -> list[int]:
        return [ref.title_id for ref in self.query.like if ref.title_id]

    def _genres_of_likes(self) -> list[str]:
        liked = self._liked_ids()
        through = Title.genres.through.objects.filter(title_id__in=liked)
        return sorted(set(through.values_list("genre__name", flat=True)))

    def _search_words(self) -> list[str]:
        return [word for word in fold(self.query.text).split() if len(word) > 2][:12]

    def _by_words(self, titles: TitleQuerySet, words: Sequence[str]) -> Iterable[int]:
        search = SearchQuery(" or ".join(words), search_type="websearch", config="english")
        ranked = titles.filter(search=search).annotate(rank=SearchRank(F("search"), search))
        return ranked.order_by("-rank", "-popularity").values_list("pk", flat=True)[:PER_SOURCE]

    # --- what is known of them ---

    def _features(self, title_ids: Iterable[int], probes: Mapping[str, Vector]) -> Features:
        ids = list(title_ids)
        similarities = {
            name: Value(1.0) - Cast(CosineDistance("embedding", vector.tolist()), FloatField())
            for name, vector in probes.items()
        }
        titles = Title.objects.filter(pk__in=ids)
        rows = titles.annotate(**similarities, words=self._word_rank()).values_list(
            "pk", "slot", "popularity", "year", "words", *probes
        )
        people = [p.person_id for p in self.query.people if p.person_id]
        linked = Credit.objects.filter(title_id__in=ids, person_id__in=people)
        liked = self._liked_ids()
        return Features(
            rows=list(rows),
            probes=tuple(probes),
            genres=_genres_of([*ids, *liked]),
            liked=tuple(liked),
            liked_years=tuple(
                year
                for year in Title.objects.filter(pk__in=liked).values_list("year", flat=True)
                if year is not None
            ),
            in_tongue=self._in_tongue(ids),
            linked=frozenset(linked.values_list("title_id", flat=True)),
            leanings=genre_leanings(self.query),
            asked=weigh_by_rarity(asked_terms(self.query)),
            vibes=load_vibes([*ids, *liked]),
            kindred=kindred_of(liked),
            boosts=self.boosts,
            shelved=self._shelved(ids),
            without=self.without,
        )

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
        spoken = Title.objects.filter(pk__in=title_ids, languages__overlap=sorted(tongues))
        return frozenset(spoken.values_list("pk", flat=True))

    def _word_rank(self) -> Cast | SearchRank:
        words = self._search_words()
        if not words:
            return Cast(Value(0.0), FloatField())
        search = SearchQuery(" or ".join(words), search_type="websearch", config="english")
        # 32 scales the rank to [0, 1).
        return SearchRank(F("search"), search, normalization=Value(32))


def _by_collection(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Return the titles of each collection, in the order of its items."""
    found: dict[int, list[int]] = {}
    for collection_id, title_id in rows:
        found.setdefault(collection_id, []).append(title_id)
    return found


def _genres_of(title_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    through = Title.genres.through.objects.filter(title_id__in=list(title_ids))
    for title_id, genre in through.values_list("title_id", "genre__name"):
        found.setdefault(title_id, set()).add(genre)
    return {title_id: frozenset(names) for title_id, names in found.items()}


def _vectors_of(title_ids: Iterable[int]) -> dict[int, Vector]:
    titles = Title.objects.filter(Q(pk__in=list(title_ids)), embedding__isnull=False)
    return {
        pk: np.asarray(embedding, dtype=np.float32)
        for pk, embedding in titles.values_list("pk", "embedding")
    }


def _centroid(vectors: Mapping[int, Vector], title_ids: Iterable[int]) -> Vector | None:
    """Return the unit mean of the titles' vectors, or None if none has one."""
    chosen = [vectors[title_id] for title_id in title_ids if title_id in vectors]
    if not chosen:
        return None
    mean = np.mean(chosen, axis=0)
    length = float(np.linalg.norm(mean))
    # Opposite vectors cancel out: there is no direction to search in.
    return None if length < 1e-3 else np.asarray(mean / length, dtype=np.float32)
