"""How much of a wish's words a title's text has: rare words count, and long texts less.

What BM25 does, computed by Postgres from the search vectors: the rank of each word alone (it
saturates, and is divided by the text's length) times how rare the word is. `ts_rank` over all words
together knows no rarity, so "a wolf in the film" would be found by "film". How many titles have a
word is counted ahead (`WordCount`), because counting a common one takes as long as searching.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from catalog.models import Title, TitleQuerySet
from discovery.learned import WordCount
from discovery.retrieval.title_sets import sums_of
from discovery.understanding.lexicon import FILLERS
from discovery.wording import words_of

logger = logging.getLogger(__name__)

# The rarest words of a message; the others of a long post tell little and cost most.
MAX_WORDS = 30
# Titles visited for all words together: bounds the time in a large catalogue.
MAX_VISITED = 20_000
# What Postgres' rank of one word in a text of average length comes to.
_USUAL_RANK = 0.12
# How the parts of a search vector count: synopsis, (unused), people and terms, name. A name that
# happens to have a word of the wish says less than a description.
_PARTS = "{1.0, 1.0, 1.0, 0.5}"

_COUNT = """
INSERT INTO discovery_wordcount (word, titles)
SELECT left(word, 60), max(ndoc) FROM ts_stat(
    'SELECT search FROM catalog_title WHERE status = ''published'' AND search IS NOT NULL')
GROUP BY 1
"""
_MATCH = """
WITH wanted AS (SELECT * FROM unnest(%s::text[], %s::float8[]) AS w(word, weight))
SELECT title.id, sum(wanted.weight * ts_rank(%s::float4[], title.search,
    quote_literal(wanted.word)::tsquery, 1))
FROM wanted JOIN catalog_title title ON title.search @@ quote_literal(wanted.word)::tsquery
WHERE title.id IN ({eligible})
GROUP BY title.id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The telling words of a wish, stemmed, with their weights.

    `spread` is about the standard deviation of the sum over all titles: with it, sums of long
    and of short wishes are comparable.
    """

    weights: Mapping[str, float]
    spread: float


def refresh_word_counts() -> int:
    """Count anew in how many published titles each word occurs; return the number of words."""
    with transaction.atomic(), connection.cursor() as cursor:
        # The first turns over a new catalogue all come here at once.
        cursor.execute(f"LOCK TABLE {WordCount._meta.db_table} IN EXCLUSIVE MODE")
        WordCount.objects.all().delete()
        cursor.execute(_COUNT)
        return int(cursor.rowcount)


def telling_words(text: str) -> Wanted:
    """Return the words of a wish that are worth matching: the rarest that any title has."""
    words = " ".join(word for word in words_of(text) if word not in FILLERS)
    counts = _counts(words)
    if not counts:
        return Wanted({}, 1.0)
    n_titles = max(Title.objects.published().count(), max(counts.values()))
    chosen: dict[str, float] = {}
    visited, variance = 0, 0.0
    for word, count in sorted(counts.items(), key=lambda pair: (pair[1], pair[0])):
        visited += count
        if len(chosen) == MAX_WORDS or (chosen and visited > MAX_VISITED):
            break
        share = count / (n_titles + 1)
        rarity = math.log((n_titles + 1) / (count + 0.5))
        chosen[word] = rarity
        variance += rarity * rarity * share * (1 - share)
    return Wanted(chosen, _USUAL_RANK * math.sqrt(variance) or 1.0)


def _counts(words: str) -> dict[str, int]:
    """Return in how many titles each word of a text occurs, for those that any title has."""
    if not words:
        return {}
    if not WordCount.objects.exists():
        # A new catalogue, before the first night.
        logger.info("counted words: %d", refresh_word_counts())
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(to_tsvector('english', %s))", [words])
        (stems,) = cursor.fetchone()
    found = WordCount.objects.filter(word__in=stems, titles__gt=0)
    return dict(found.values_list("word", "titles"))


def match_words(titles: TitleQuerySet, text: str) -> dict[int, float]:
    """Return how well each of `titles` with any of the words matches them, in deviations."""
    wanted = telling_words(text)
    if not wanted.weights:
        return {}
    words, weights = list(wanted.weights), list(wanted.weights.values())
    sums = sums_of(titles, _MATCH, [words, weights, _PARTS])
    return {title_id: rank / wanted.spread for title_id, rank in sums.items()}
