"""Editors' search: a title with or without its year, a person or an id, also misspelt.

Names that have the words come first. Where there are none, slips are forgiven: names with enough
trigrams in common are candidates, and those whose words are an edit or two away stay, before names
that merely contain the letters ("alein" means Alien rather than a film of Mr Aleinikov). A swapped
letter leaves a short word few common trigrams ("alein" shares two of six with "Alien"), so the
threshold of the candidates falls with the length of the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, models, transaction
from django.db.models import Case, Q, QuerySet, Value, When

from catalog.models import Credit, Person, Title
from catalog.text import fold

Named = TypeVar("Named", bound=models.Model)

MAX_CANDIDATES = 1000
MAX_PEOPLE = 20
MAX_FOUND = 200
# Shorter ones are in too many names to say anything.
MIN_PERSON_CHARS = 3
# Longest key to candidate threshold.
THRESHOLDS = ((4, 0.19), (7, 0.3), (12, 0.4))
LONG_THRESHOLD = 0.5
IMDB_ID = re.compile(r"tt\d{7,9}")
# "Alien (1979)", as titles are written everywhere, or "alien 1979".
DATED = re.compile(r"\s*(\S.*?)[\s,]+\(?((?:18|19|20)\d\d)\)?\s*")


def search_titles(queryset: QuerySet[Title], words: str) -> QuerySet[Title]:
    """Return the titles of `queryset` that `words` mean, best first."""
    if IMDB_ID.fullmatch(words.strip()):
        return queryset.filter(external_ids__value=words.strip())
    key = fold(words)
    if not key:
        return queryset
    is_a_name = _is_a_name(key)
    # "Blade Runner 2049" is a name.
    if not is_a_name and (dated := DATED.fullmatch(words)):
        of_year = search_titles(queryset.filter(year=int(dated[2])), dated[1])
        if of_year.exists():
            return of_year
    meant = [] if is_a_name else _misspelt(key)
    if not meant:
        return _containing(queryset, key)
    place = Case(*(When(pk=pk, then=Value(n)) for n, pk in enumerate(meant)), default=len(meant))
    return (
        queryset.filter(Q(pk__in=meant) | Q(name_key__contains=key))
        .annotate(rank=place)
        .order_by("rank", "-popularity", "pk")
    )


def _is_a_name(key: str) -> bool:
    """Tell whether a title has words that begin with `key`, or a person just these words."""
    if Title.objects.filter(Q(name_key__startswith=key) | Q(name_key__contains=f" {key}")).exists():
        return True
    whole = Q(name_key=key) | Q(name_key__startswith=f"{key} ") | Q(name_key__endswith=f" {key}")
    return Person.objects.filter(whole, credits__isnull=False).exists()


def _containing(queryset: QuerySet[Title], key: str) -> QuerySet[Title]:
    named = Q(name_key__contains=key)
    if len(key) >= MIN_PERSON_CHARS:
        people = Person.objects.filter(name_key__contains=key)
        named |= Q(pk__in=Credit.objects.filter(person__in=people).values("title_id"))
    rank = Case(
        When(name_key=key, then=Value(0)),
        When(name_key__startswith=f"{key} ", then=Value(1)),
        When(name_key__startswith=key, then=Value(2)),
        When(name_key__contains=key, then=Value(3)),
        default=Value(4),
    )
    return queryset.filter(named).annotate(rank=rank).order_by("rank", "-popularity", "pk")


def _misspelt(key: str) -> list[int]:
    """Return the ids of the titles that `key` names with a slip or two, closest first."""
    title_ids = _closest(Title.objects.order_by("-popularity"), key)
    person_ids = _closest(Person.objects.order_by("pk"), key)[:MAX_PEOPLE]
    by_people = Credit.objects.filter(person_id__in=person_ids).order_by("-title__popularity")
    of_people = by_people.values_list("title_id", flat=True)[:MAX_FOUND]
    return list(dict.fromkeys([*title_ids, *of_people]))[:MAX_FOUND]


def _closest(rows: QuerySet[Named], key: str) -> list[int]:
    """Return the ids of the rows whose `name_key` is `key` with a slip or two, closest first."""
    words = key.split()
    measured = (
        (slips, len(name.split()), place, pk)
        for place, (pk, name) in enumerate(_candidates(rows, key))
        if (slips := count_slips(words, name.split())) is not None
    )
    return [pk for *_, pk in sorted(measured)[:MAX_FOUND]]


def _candidates(rows: QuerySet[Any], key: str) -> list[tuple[int, str]]:
    threshold = next((t for chars, t in THRESHOLDS if len(key) <= chars), LONG_THRESHOLD)
    similar = (
        rows.filter(name_key__trigram_word_similar=key)
        .annotate(similarity=TrigramWordSimilarity(key, "name_key"))
        .order_by("-similarity", *rows.query.order_by)
        .values_list("pk", "name_key")[:MAX_CANDIDATES]
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # Of this transaction only: the setting is what lets the index find the candidates.
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(threshold)]
        )
        return list(similar)


def count_slips(words: Sequence[str], name: Sequence[str]) -> int | None:
    """Return how many slips lie between words and a name that has them all; None if too many.

    Order does not count, nor do further words of the name: "weaver sigorney" has one slip. Nor do
    spaces: "starwars" has none.
    """
    joined, whole = "".join(words), "".join(name)
    if joined == whole:
        return 0
    total = 0
    for word in words:
        closest = min((_distance(word, other, _allowed(word)) for other in name), default=99)
        if closest > _allowed(word):
            within = _distance(joined, whole, _allowed(joined))
            return within if within <= _allowed(joined) else None
        total += closest
    return total


def _allowed(word: str) -> int:
    if len(word) <= 3:
        return 0
    return 1 if len(word) <= 7 else 2


def _distance(one: str, other: str, limit: int) -> int:
    """Return the edits between two words, a swap of neighbours being one; over `limit`, more."""
    # Most words are told apart without counting: an edit changes two letters of a word at most.
    if abs(len(one) - len(other)) > limit or len(set(one) ^ set(other)) > 2 * limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
