"""Sets of titles in SQL: long lists of them, and sums over those that are eligible.

A list of thousands in a statement, such as a viewer's whole history, is thousands of parameters,
bound, parsed and planned anew by each of the dozen statements of a turn. As one array behind a
subquery it is a single parameter, which PostgreSQL hashes once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Func, Q, TextField, Value

from catalog.models import TitleQuerySet

# Up to here the planner does better with the values themselves.
MAX_LISTED = 50


class _Unnested(Func):
    """The elements of an array, as a subquery."""

    template = "(SELECT unnest(%(expressions)s::bigint[]))"
    output_field = BigIntegerField()


def is_among(title_ids: Collection[int], field: str = "pk") -> Q:
    """Return the condition that a title, or the one that `field` refers to, is one of these."""
    ids = sorted(set(title_ids))
    if len(ids) <= MAX_LISTED:
        return Q(**{f"{field}__in": ids})
    # As PostgreSQL writes arrays: Django's own field would convert every element by itself.
    array = "{" + ",".join(map(str, ids)) + "}"
    return Q(**{f"{field}__in": _Unnested(Value(array, output_field=TextField()))})


def sums_of(titles: TitleQuerySet, query: str, params: Sequence[Any]) -> dict[int, float]:
    """Return the second column of a query by its first, which is the id of a title.

    Args:
        titles: what `{eligible}` stands for, after all other parameters.
    """
    try:
        eligible, more = titles.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return {}  # Django sees without asking the database that nothing can match.
    with connection.cursor() as cursor:
        cursor.execute(query.format(eligible=eligible), [*params, *more])
        return {title_id: float(total) for title_id, total in cursor.fetchall()}
