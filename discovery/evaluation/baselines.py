"""Simple systems that ours has to beat, in the same run, over the same catalogue.

Every system turns the cases of a set into ranked lists of up to `LIMIT` titles, without those that
were mentioned. None of them asks our pipeline for anything but which titles it links in the words,
so that all leave the same titles out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F

from catalog.embedding import get_embedder
from catalog.models import Title
from catalog.text import fold
from discovery.evaluation.cases import Case
from discovery.evaluation.ease import MentionModel
from discovery.evaluation.index import CatalogueIndex, Floats

LIMIT = 200
# Reciprocal-rank fusion's usual constant (Cormack et al. 2009).
RRF_K = 60
# What standardised log popularity counts beside the standardised cosine: the best NDCG@10 of 0,
# 0.25, 0.5, 0.75 and 1 on the 138 development vibe requests (.043, .057, .075, .081, .081).
POPULARITY_WEIGHT = 0.75
_FULL_TEXT_DEPTH = 1000
_CONSTANT = 1e-9

Lists = list[list[int]]


@dataclass(slots=True)
class Baselines:
    """The simple systems over one catalogue."""

    index: CatalogueIndex
    # Which titles each case leaves out.
    mentioned: Callable[[Case], frozenset[int]]
    ease: MentionModel | None = None

    def rank(self, cases: Sequence[Case]) -> dict[str, Lists]:
        """Return every system's lists, by its name."""
        popularity = standardised(self.index.popularity)
        cosines = self._cosines(cases)
        text = [self._full_text(case) for case in cases]
        fused = [self._fused(one, cosine) for one, cosine in zip(text, cosines, strict=True)]
        lists = {
            "popularity": self._lists(cases, (popularity for _ in cases)),
            "full_text": self._lists(cases, text),
            "minilm": self._lists(cases, cosines),
            "fusion": self._lists(cases, fused),
            "minilm_popularity": self._lists(
                cases, (standardised(c) + POPULARITY_WEIGHT * popularity for c in cosines)
            ),
            "frequent_targets": self._lists(cases, self._frequencies(cases)),
        }
        if self.ease is not None:
            scores = (self.ease.scores(case.mentioned) for case in cases)
            lists["ease_mentions"] = self._lists(cases, scores)
        return lists

    def _lists(self, cases: Sequence[Case], scores: Iterable[Floats]) -> Lists:
        return [
            self.index.ranked(score, without=self.mentioned(case), limit=LIMIT)
            for case, score in zip(cases, scores, strict=True)
        ]

    def _cosines(self, cases: Sequence[Case]) -> Floats:
        """Return (cases, titles): how near the raw words are to each title's document."""
        vectors = get_embedder().embed([case.text or " " for case in cases])
        cosines: Floats = vectors @ self.index.vectors.T
        return cosines

    def _full_text(self, case: Case) -> Floats:
        """Return Postgres' rank for any of the words, 0 for titles with none."""
        scores = np.zeros(len(self.index.ids), dtype=np.float32)
        words = dict.fromkeys(word for word in fold(case.text).split() if len(word) > 2)
        if words:
            query = SearchQuery(" or ".join(words), search_type="websearch", config="english")
            found = Title.objects.filter(search=query).annotate(rank=SearchRank(F("search"), query))
            ranked = found.order_by("-rank", "pk").values_list("pk", "rank")[:_FULL_TEXT_DEPTH]
            for title_id, rank in ranked:
                if title_id in self.index.positions:
                    scores[self.index.positions[title_id]] = rank
        return scores

    def _fused(self, text: Floats, cosine: Floats) -> Floats:
        """Return reciprocal-rank fusion: what the words didn't find has no rank by words."""
        by_text = np.where(text > 0, 1 / (RRF_K + _ranks(text)), 0)
        fused: Floats = (by_text + 1 / (RRF_K + _ranks(cosine))).astype(np.float32)
        return fused

    def _frequencies(self, cases: Sequence[Case]) -> Iterable[Floats]:
        """Yield how often each title is right in the other groups of this very file."""
        total: Counter[int] = Counter()
        by_group: dict[str, Counter[int]] = {}
        for case in cases:
            counted = by_group.setdefault(case.group, Counter())
            for title_id in case.gold:
                total[title_id] += 1
                counted[title_id] += 1
        # Popularity settles ties, and ranks what is never right.
        base: Floats = self.index.popularity * np.float32(0.5)
        for case in cases:
            scores = base.copy()
            for title_id, count in (total - by_group[case.group]).items():
                scores[self.index.positions[title_id]] += np.float32(count)
            yield scores


def standardised(values: Floats) -> Floats:
    """Return values with mean 0 and deviation 1; zeros if they are all alike."""
    spread = float(values.std())
    result: Floats = (values - values.mean()) / (spread if spread > _CONSTANT else 1.0)
    return result


def _ranks(scores: Floats) -> Floats:
    """Return each position's rank, 1 for the highest."""
    ranks = np.empty(len(scores), dtype=np.float32)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks


def without_mentions(linked: Mapping[str, frozenset[int]]) -> Callable[[Case], frozenset[int]]:
    """Return what to leave out of a case: mentions of the file, and those linked by case id."""

    def mentioned(case: Case) -> frozenset[int]:
        return frozenset(case.mentioned) | linked.get(case.case_id, frozenset())

    return mentioned
