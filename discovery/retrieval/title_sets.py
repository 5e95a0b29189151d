"""Conditions on long lists of titles, such as a viewer's whole history.

A list of thousands in a statement is thousands of parameters, bound, parsed and planned anew by
each of the dozen statements of a turn. As one array behind a subquery it is a single parameter,
which PostgreSQL hashes once.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import BigIntegerField, Func, Q, TextField, Value

# Up to here the planner does better with the values themselves.
MAX_LISTED = 50


class _Unnested(Func):
    """The elements of an array, as a subquery."""

    template = "(SELECT unnest(%(expressions)s::bigint[]))"
    output_field = BigIntegerField()


def is_among(title_ids: Collection[int]) -> Q:
    """Return the condition that a title is one of these."""
    ids = sorted(set(title_ids))
    if len(ids) <= MAX_LISTED:
        return Q(pk__in=ids)
    # As PostgreSQL writes arrays: Django's own field would convert every element by itself.
    array = "{" + ",".join(map(str, ids)) + "}"
    return Q(pk__in=_Unnested(Value(array, output_field=TextField())))
