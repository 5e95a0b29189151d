"""Pairs of titles that are probably one: for editors to judge, never merged by themselves.

Same name when folded and same kind, and either years at most one apart with somebody in common,
or no people known on either side and years that don't contradict. A remake has other people, so
it is not offered. What is withdrawn or was judged to be two is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import connection

from catalog.models import DistinctPair, Title

YEARS_APART = 1

_PAIRS = """
SELECT first.id, second.id, first.n_people > 0
FROM (
    SELECT title.id, title.name_key, title.kind, title.year, title.popularity, title.status,
        (SELECT count(*) FROM catalog_credit WHERE title_id = title.id) AS n_people
    FROM catalog_title AS title
    WHERE title.status <> %(withdrawn)s AND title.name_key IN (
        SELECT name_key FROM catalog_title WHERE status <> %(withdrawn)s
        GROUP BY name_key HAVING count(*) > 1
    )
) AS first
JOIN catalog_title AS second
    ON second.name_key = first.name_key AND second.kind = first.kind AND second.id > first.id
WHERE second.status <> %(withdrawn)s
    AND (first.year IS NULL OR second.year IS NULL
        OR abs(first.year - second.year) <= %(years)s)
    AND CASE WHEN first.n_people = 0
        THEN NOT EXISTS (SELECT 1 FROM catalog_credit WHERE title_id = second.id)
        ELSE EXISTS (
            SELECT 1 FROM catalog_credit AS one JOIN catalog_credit AS other USING (person_id)
            WHERE one.title_id = first.id AND other.title_id = second.id
        )
    END
    AND NOT EXISTS (
        SELECT 1 FROM catalog_distinctpair
        WHERE first_id = first.id AND second_id = second.id
    )
ORDER BY greatest(first.popularity, second.popularity) DESC, first.id, second.id
"""


@dataclass(frozen=True, slots=True)
class ProbablePair:
    """Two titles, the lower id first, and whether people in common say so."""

    first_id: int
    second_id: int
    by_people: bool


def probable_duplicates() -> list[ProbablePair]:
    """Return the pairs, those of the best known titles first: one query."""
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"withdrawn": Title.Status.WITHDRAWN, "years": YEARS_APART})
        return [ProbablePair(*row) for row in cursor.fetchall()]


def keep_apart(one: int, other: int, user: AbstractBaseUser | AnonymousUser | None) -> None:
    """Note that two titles are two, so that they are not offered again."""
    first, second = sorted((one, other))
    DistinctPair.objects.get_or_create(
        first_id=first, second_id=second, defaults={"user_id": user.pk if user else None}
    )
