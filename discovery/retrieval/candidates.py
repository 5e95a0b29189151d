"""Query -> Candidates: what could fit, from several sources, scored on one scale.

Each source proposes titles that pass the hard constraints: nearest by meaning to the words
(`dense`), nearest to the titles to be like (`more_like`) or to the viewer's history (`taste`),
nearest by all of these and fame together (`together`), titles and people matched by words (`text`,
`linked`), titles with tags that mean what the wish means (`keywords`), titles that the same viewers
know (`neighbours`), titles described with the terms asked for (`vibes`) or called kindred to those
to be like (`kindred`), those that editors boost (`boost`), and the best known (`popular`). Every
proposed title then gets every source's feature, so that a title isn't punished for having been
proposed by only one. The score is their weighted sum; `Candidate.sources` holds the summands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import F, FloatField, Value
from django.db.models.functions import Cast, Coalesce
from pgvector.django import CosineDistance

from catalog.models import Credit, Title, TitleQuerySet
from discovery.history import taste_of
from discovery.recollection import is_recollection
from discovery.retrieval.eligibility import Eligibility
from discovery.retrieval.exposure_weighing import PROTECTED
from discovery.retrieval.features import Clues, LoadFeatures
from discovery.retrieval.keywords import match_keywords
from discovery.retrieval.neighbours import neighbour_scores
from discovery.retrieval.probes import MakeProbes, liked_ids
from discovery.retrieval.scoring import (
    UNUSUAL_TASTE,
    USUAL_CROWDING,
    WEIGHTS,
    per_unit,
    score_features,
)
from discovery.retrieval.title_sets import is_among
from discovery.retrieval.vector_search import nearest_titles
from discovery.retrieval.vibes import (
    asked_terms,
    kindred_of,
    titles_with_terms,
)
from discovery.retrieval.word_match import match_words
from discovery.selection.proposals import keep_needed, titles_for_shape
from discovery.selection.shape import USUAL_COUNT, shape_of
from discovery.types import Candidate, Event
from discovery.wording import Spoken, genre_leanings
from genrec.contract import Query

MAX_CANDIDATES = 200
PER_SOURCE = 100
# Proposed by all vectors and popularity together, and up to how many titles are compared for it.
TOGETHER = 400
MAX_TOGETHER = 20_000
# What a title of the history counts beside titles that the wish itself is to be like.
TASTE_BESIDE_LIKES = 0.3
# Well enough known to be good, not so well that everybody knows them.
LESSER_KNOWN = (0.3, 0.62)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Candidates, best first, and how the sources found them."""

    candidates: list[Candidate]
    # Source -> titles proposed; vector sources also say by which route.
    found: Mapping[str, int] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)
    # What the titles were scored by, so that others can be scored alike.
    clues: Clues = field(default_factory=Clues)


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
    # The viewer's own words, beside what the Query kept of them.
    spoken: Spoken = field(default_factory=Spoken)
    found: dict[str, int] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)

    def __call__(self) -> Retrieved:
        """Return up to `MAX_CANDIDATES` eligible titles.

        Raises:
            EmbedderUnavailable: the embedder's files are missing.
        """
        if not self.matching:
            return Retrieved([])
        clues = self._clues(titles := self.eligibility.titles())
        proposed = self._propose(titles, clues)
        needed = titles_for_shape(titles, shape_of(self.query, USUAL_COUNT))
        if needed:
            proposed.update(self._proposed("shape", needed))
        candidates = keep_needed(self.score(proposed, clues), needed, MAX_CANDIDATES)
        return Retrieved(candidates, self.found, self.routes, clues)

    def with_slots(self, before: Retrieved, slots: Sequence[int], source: str) -> Retrieved:
        """Return the candidates with those titles of `slots` that are eligible, scored alike."""
        known = {candidate.title_id for candidate in before.candidates}
        titles = self.eligibility.titles().filter(slot__in=list(slots))
        proposed = self._proposed(source, titles.values_list("pk", flat=True))
        new = self.score([pk for pk in proposed if pk not in known], before.clues, protected=0)
        ranked = sorted([*before.candidates, *new], key=lambda c: (-c.score, c.title_id))
        # Nothing is crowded out: the reranking hears of all.
        return replace(before, candidates=ranked, found=self.found)

    def score(
        self, title_ids: Iterable[int], clues: Clues, *, protected: int = PROTECTED
    ) -> list[Candidate]:
        """Return titles as candidates, best first, scored by what was gathered for this Query."""
        features = LoadFeatures(self.query, clues, self.boosts, self.without)(title_ids)
        return score_features(features, self.query, protected=protected)

    def _clues(self, titles: TitleQuerySet) -> Clues:
        """Gather what is known before any title is looked at."""
        make = MakeProbes(self.query, self.history, self.spoken, use_embedder=self.use_embedder)
        probes = {name: v for name, v in make().items() if name not in self.without}
        text = "" if "text" in self.without else self._words()
        known = {} if "neighbours" in self.without else self._known()
        recollects = is_recollection(self.spoken.message)
        # A film that was forgotten is described by what happens in it, not by what it is about; and
        # what was said before a message without a wish of its own is talk.
        unasked = recollects or self.spoken.before or "keywords" in self.without
        wish = None if unasked else probes.get("dense")
        # Beside a conversation that is searched with it, a wish has no place of its own.
        crowded = "dense" in probes and not self.spoken.before and "crowding" not in self.without
        return Clues(
            probes=probes,
            crowded=crowded,
            keywords={} if wish is None else match_keywords(titles, wish),
            words=match_words(titles, text) if text else {},
            neighbours=neighbour_scores(known),
            long_message=self.spoken.is_long,
            recollects=recollects,
            taste=self._taste(),
        )

    def _taste(self) -> Sequence[int]:
        """Return the titles of the history whose genres and years this answer should share.

        Titles to be like say more than the history; "unlike my usual" wants anything but it.
        """
        if liked_ids(self.query) or self.query.novelty == "unusual" or "taste" in self.without:
            return ()
        return taste_of(self.history)[0]

    def _words(self) -> str:
        """Return the words to match: the Query's, those of a long message, and of earlier ones.

        A theme's are among them: rules leave it in the text, and the model takes it out.
        """
        query = self.query
        themes = (theme for theme in query.themes if theme.lower() not in query.text.lower())
        message = self.spoken.message if self.spoken.is_long else ""
        return " ".join((query.text, *themes, message, self.spoken.before)).strip()

    def _known(self) -> dict[int, float]:
        """Return what each title that the viewer likes counts in the search for its neighbours."""
        liked = liked_ids(self.query)
        taste, _ = taste_of(self.history)
        if self.query.novelty == "unusual":
            # What others of the same taste know is the usual.
            taste = []
        share = TASTE_BESIDE_LIKES if liked else 1.0
        return dict.fromkeys(taste, share) | dict.fromkeys(liked, 1.0)

    # --- which titles ---

    def _propose(self, titles: TitleQuerySet, clues: Clues) -> set[int]:
        proposed = set(self._proposed("popular", self._popular(titles)))
        for source in ("dense", "more_like", "taste"):
            if source in clues.probes:
                neighbours = nearest_titles(
                    titles, clues.probes[source].tolist(), k=PER_SOURCE, matching=self.matching
                )
                self.routes[source] = neighbours.route
                proposed.update(self._proposed(source, neighbours.distances))
        if clues.probes and self.matching <= MAX_TOGETHER:
            proposed.update(self._proposed("together", self._together(titles, clues)))
        scored = {
            "text": clues.words,
            "keywords": clues.keywords,
            "neighbours": clues.neighbours,
        }
        for source, scores in scored.items():
            if scores:
                proposed.update(self._proposed(source, self._best(titles, scores)))
        if people := [p.person_id for p in self.query.people if p.person_id]:
            credited = Credit.objects.filter(person_id__in=people).values("title_id")
            found = titles.filter(pk__in=credited).values_list("pk", flat=True)[:PER_SOURCE]
            proposed.update(self._proposed("linked", found))
        if wanted := [term for term, strength in asked_terms(self.query).items() if strength > 0]:
            described = titles_with_terms(titles, wanted, PER_SOURCE)
            proposed.update(self._proposed("vibes", described))
        if kindred := kindred_of(liked_ids(self.query)):
            proposed.update(self._proposed("kindred", _among(titles, kindred)))
        if self.boosts:
            proposed.update(self._proposed("boost", _among(titles, self.boosts)))
        return proposed

    def _best(self, titles: TitleQuerySet, scores: Mapping[int, float]) -> Iterable[int]:
        """Return the eligible titles with the highest scores."""
        best = sorted(scores, key=lambda pk: (-scores[pk], pk))[: 2 * PER_SOURCE]
        return _among(titles, best)

    def _together(self, titles: TitleQuerySet, clues: Clues) -> Iterable[int]:
        """Return the best by all vectors, fame and regard in one sum, every title compared.

        What is fairly near and well known is near the top of no single list.
        """
        total: Any = Value(per_unit("popular")) * F("popularity")
        if "regard" not in self.without:
            total += Value(per_unit("regard")) * Coalesce(F("regard__value"), 0.0)
        if clues.crowded:
            total += Value(per_unit("crowding")) * Coalesce(F("crowding__value"), USUAL_CROWDING)
        for name, vector in clues.probes.items():
            if name != "disliked":
                away = name == "taste" and self.query.novelty == "unusual"
                weight = UNUSUAL_TASTE / WEIGHTS["taste"] if away else 1.0
                total -= Value(weight * per_unit(name)) * Cast(
                    CosineDistance("embedding", vector.tolist()), FloatField()
                )
        ranked = titles.filter(embedding__isnull=False).order_by((total * 1.0).desc(), "pk")
        return ranked.values_list("pk", flat=True)[:TOGETHER]

    def _proposed(self, source: str, title_ids: Iterable[int]) -> list[int]:
        ids = [] if source in self.without else list(title_ids)
        self.found[source] = len(ids)
        return ids

    def _popular(self, titles: TitleQuerySet) -> Iterable[int]:
        """The best known, and the best known of the genres that the moods lean to.

        For an unusual wish of somebody without a history, the best known of those that few know.
        """
        if self.query.novelty == "unusual" and not taste_of(self.history)[0]:
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

    def _genres_of_likes(self) -> list[str]:
        liked = liked_ids(self.query)
        through = Title.genres.through.objects.filter(title_id__in=liked)
        return sorted(set(through.values_list("genre__name", flat=True)))


def _among(titles: TitleQuerySet, title_ids: Iterable[int]) -> list[int]:
    return list(titles.filter(is_among(list(title_ids))).values_list("pk", flat=True))
