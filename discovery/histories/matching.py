"""Which title of the catalogue each title of a history is, and how sure that is.

Three steps, each for what the last left open, in few statements whatever the number:

- ids that both sides know: certain. The id of a title that isn't published settles it as well:
  no other title of the same name is taken instead;
- the same name, folded; the year may be off by one, and the kind must agree where it is known;
- a name that shares most of its trigrams, with the same year or one beside it.

A name without a year is believed if only one title has it. Of several that could be meant the
best known is proposed, never used unasked. Names that differ in a number are different titles,
however alike: "Part II" is not "Part III".
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction

from catalog.text import fold
from discovery.histories.reading.base import Watched
from discovery.models import HistoryEntry

logger = logging.getLogger(__name__)

# Matched from here on; unsure from the second on: proposed, but not used until confirmed.
MATCHED_FROM = 0.85
UNSURE_FROM = 0.5

BY_ID = 1.0
SAME_NAME_AND_YEAR = 0.97
YEAR_OFF_BY_ONE = 0.92
ONLY_ONE_OF_THE_NAME = 0.9
YEAR_UNKNOWN_HERE = 0.75
ONE_OF_SEVERAL = 0.6
# Shares of the similarity of two names, by how well the years agree.
SIMILAR_SAME_YEAR = 0.95
SIMILAR_YEAR_OFF_BY_ONE = 0.9
SIMILAR_WITHOUT_YEAR = 0.8

MIN_SIMILARITY = 0.6
# A name takes half a millisecond to compare with 20,000, but names that are like hundreds of others
# can be made up: the latest come first, and when the time is over the rest is not compared.
COMPARED_AT_ONCE = 250
COMPARING_MAX_S = 10.0

_NUMERALS = {
    word: str(number)
    for words in (
        "one two three four five six seven eight nine ten",
        "i ii iii iv v vi vii viii ix x",
        "first second third fourth fifth sixth seventh eighth ninth tenth",
    )
    for number, word in enumerate(words.split(), start=1)
}

_BY_IDS = """
SELECT w.n, e.title_id, t.status = 'published'
FROM unnest(%s::int[], %s::text[], %s::text[]) AS w(n, source, value)
JOIN catalog_externalid e ON e.source = w.source AND e.value = w.value
JOIN catalog_title t ON t.id = e.title_id
"""
_BY_NAME = """
SELECT w.n, t.id, t.name_key, t.year, t.popularity, 1.0
FROM unnest(%s::int[], %s::text[], %s::int[], %s::text[]) AS w(n, key, year, kind)
JOIN catalog_title t ON t.name_key = w.key
WHERE t.status = 'published' AND (w.kind = '' OR t.kind = w.kind)
"""
_BY_SIMILARITY = """
SELECT w.n, t.id, t.name_key, t.year, t.popularity, similarity(t.name_key, w.key)
FROM unnest(%s::int[], %s::text[], %s::int[], %s::text[]) AS w(n, key, year, kind)
JOIN catalog_title t ON t.name_key %% w.key
WHERE t.status = 'published' AND (w.kind = '' OR t.kind = w.kind)
  AND (w.year IS NULL OR t.year BETWEEN w.year - 1 AND w.year + 1)
"""
_IDS_OF = "SELECT title_id, source, value FROM catalog_externalid WHERE title_id = ANY(%s)"


class Match(NamedTuple):
    """The title that is meant, if any, and how sure that is: 0 to 1."""

    title_id: int | None = None
    confidence: float = 0.0

    @property
    def status(self) -> HistoryEntry.Status:
        if self.title_id is None or self.confidence < UNSURE_FROM:
            return HistoryEntry.Status.UNMATCHED
        sure = self.confidence >= MATCHED_FROM
        return HistoryEntry.Status.MATCHED if sure else HistoryEntry.Status.UNSURE


NO_MATCH = Match()


class Matches(NamedTuple):
    """One match for each title, and how many names there was no time to compare."""

    matches: list[Match]
    uncompared: int


class _Candidate(NamedTuple):
    title_id: int
    key: str
    year: int | None
    popularity: float
    similarity: float


_Found = Mapping[int, Sequence[_Candidate]]


def match_titles(watched: Sequence[Watched]) -> Matches:
    """Match each, in the same order."""
    matches = _match_by_ids(watched)
    keys = [fold(one.name)[:300] for one in watched]
    left = [n for n in range(len(watched)) if n not in matches]
    for n, candidates in _candidates(_BY_NAME, watched, keys, left).items():
        if match := _same_name(watched[n], candidates):
            matches[n] = match
    left = [n for n in left if n not in matches and len(keys[n]) > 2]
    uncompared = _compare(watched, keys, left, matches)
    return Matches([matches.get(n, NO_MATCH) for n in range(len(watched))], uncompared)


def _compare(
    watched: Sequence[Watched],
    keys: Sequence[str],
    left: Sequence[int],
    matches: dict[int, Match],
) -> int:
    """Add the matches by similarity; return how many names are left when the time is over."""
    latest_first = sorted(left, key=lambda n: _age(watched[n]))
    deadline = time.monotonic() + COMPARING_MAX_S
    for start in range(0, len(latest_first), COMPARED_AT_ONCE):
        left_s = deadline - time.monotonic()
        try:
            found = _similar(watched, keys, latest_first[start : start + COMPARED_AT_ONCE], left_s)
        except OperationalError:
            uncompared = len(latest_first) - start
            logger.warning("names not compared for lack of time: %d", uncompared)
            return uncompared
        for n, candidates in found.items():
            if match := _similar_name(watched[n], keys[n], candidates):
                matches[n] = match
    return 0


def _match_by_ids(watched: Sequence[Watched]) -> dict[int, Match]:
    """Match what ids settle; where they disagree, the published title is meant."""
    asked = [(n, outside) for n, one in enumerate(watched) for outside in one.ids]
    if not asked:
        return {}
    columns: list[Any] = [
        [n for n, _ in asked],
        [str(outside.source) for _, outside in asked],
        [outside.value for _, outside in asked],
    ]
    matches: dict[int, Match] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_IDS, columns)
        for n, title_id, is_published in cursor.fetchall():
            found = Match(title_id, BY_ID) if is_published else NO_MATCH
            matches[n] = max(matches.get(n, found), found, key=lambda match: match.confidence)
    return matches


def _similar(
    watched: Sequence[Watched], keys: Sequence[str], numbers: Sequence[int], left_s: float
) -> _Found:
    """Return the titles of similar names.

    Raises:
        OperationalError: it took longer than `left_s`.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # LOCAL: the next user of this connection keeps the defaults.
            cursor.execute(f"SET LOCAL pg_trgm.similarity_threshold = {MIN_SIMILARITY}")
            cursor.execute(f"SET LOCAL statement_timeout = {max(1, round(left_s * 1000))}")
        found = _candidates(_BY_SIMILARITY, watched, keys, numbers)
        with connection.cursor() as cursor:
            # For callers with a transaction of their own: there LOCAL lasts until its end.
            cursor.execute("SET LOCAL statement_timeout = 0")
    return found


def _age(one: Watched) -> float:
    return -one.watched_at.timestamp() if one.watched_at else 0.0


def _candidates(
    statement: str, watched: Sequence[Watched], keys: Sequence[str], numbers: Sequence[int]
) -> _Found:
    """Return the titles that each could be, without those that other ids say they aren't."""
    if not numbers:
        return {}
    columns: list[Any] = [
        list(numbers),
        [keys[n] for n in numbers],
        [watched[n].year for n in numbers],
        [str(watched[n].title_kind or "") for n in numbers],
    ]
    found: dict[int, list[_Candidate]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)
        for n, *fields in cursor.fetchall():
            found[n].append(_Candidate(*fields))
    return _without_contradicted(watched, found)


def _without_contradicted(watched: Sequence[Watched], found: _Found) -> _Found:
    """Leave out titles that have another id than the file says, from the same source."""
    with_ids = [n for n in found if watched[n].ids]
    ids_of = _outside_ids({c.title_id for n in with_ids for c in found[n]})
    kept = dict(found)
    for n in with_ids:
        said = dict(watched[n].ids)
        kept[n] = [
            candidate
            for candidate in found[n]
            if all(said.get(s, v) == v for s, v in ids_of.get(candidate.title_id, {}).items())
        ]
    return kept


def _outside_ids(title_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    ids: dict[int, dict[str, str]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_IDS_OF, [list(title_ids)])
        for title_id, source, value in cursor.fetchall():
            ids[title_id][source] = value
    return ids


def _same_name(one: Watched, candidates: Sequence[_Candidate]) -> Match | None:
    if one.year is None:
        return _best_of(candidates, ONLY_ONE_OF_THE_NAME)
    by_distance: dict[int | None, list[_Candidate]] = defaultdict(list)
    for candidate in candidates:
        distance = None if candidate.year is None else abs(candidate.year - one.year)
        by_distance[distance].append(candidate)
    return (
        _best_of(by_distance[0], SAME_NAME_AND_YEAR)
        or _best_of(by_distance[1], YEAR_OFF_BY_ONE)
        or _best_of(by_distance[None], YEAR_UNKNOWN_HERE)
    )


def _best_of(candidates: Sequence[_Candidate], confidence: float) -> Match | None:
    """Return the best known; less sure if there are several."""
    if not candidates:
        return None
    best = max(candidates, key=lambda c: (c.popularity, -c.title_id))
    return Match(best.title_id, confidence if len(candidates) == 1 else ONE_OF_SEVERAL)


def _similar_name(one: Watched, key: str, candidates: Sequence[_Candidate]) -> Match | None:
    numbers = _numbers(key)
    alike = [c for c in candidates if _numbers(c.key) == numbers]
    if not alike:
        return None
    best = max(alike, key=lambda c: (_similar_confidence(one, c), c.popularity, -c.title_id))
    confidence = round(_similar_confidence(one, best), 3)
    return Match(best.title_id, confidence) if confidence >= UNSURE_FROM else None


def _similar_confidence(one: Watched, candidate: _Candidate) -> float:
    if one.year is None or candidate.year is None:
        share = SIMILAR_WITHOUT_YEAR
    else:
        share = SIMILAR_SAME_YEAR if one.year == candidate.year else SIMILAR_YEAR_OFF_BY_ONE
    return share * candidate.similarity


def _numbers(key: str) -> list[str]:
    """Return the numbers in a folded name, however they are written."""
    words = (_NUMERALS.get(word, word) for word in key.split())
    return sorted(word for word in words if word.isdecimal())
