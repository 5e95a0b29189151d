"""Titles that a slate's shape needs among the candidates: some of each quota, and short ones.

Retrieval proposes by likeness, and two hundred likely titles may hold no western and nothing
short. With these among them, a shape that the programme can't have can't be had at all: whatever
title a slate would need, one of the same quota that is at least as short is here (k of each are
enough, for a slate uses at most k - 1 of them for something else).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from django.db.models import Q

from catalog.models import Title, TitleQuerySet
from catalog.text import fold
from discovery.selection.shape import Shape
from discovery.types import Candidate


def titles_for_shape(titles: TitleQuerySet, shape: Shape) -> set[int]:
    """Return the best known titles of each quota, and for a budget the shortest.

    Args:
        titles: those that keep every hard wish.
    """
    found: set[int] = set()
    for part in _parts(titles, shape) if shape.binds else ():
        found.update(_ids(part.order_by("-popularity", "pk"), shape.count))
        if shape.runtime_total is not None:
            known = part.filter(runtime_min__isnull=False)
            found.update(_ids(known.order_by("runtime_min", "pk"), shape.count))
            fair = known.filter(runtime_min__lte=shape.runtime_total // shape.count)
            found.update(_ids(fair.order_by("-popularity", "pk"), shape.count))
    return found


def keep_needed(
    candidates: Sequence[Candidate], needed: Collection[int], limit: int
) -> list[Candidate]:
    """Return the best `limit` candidates, in their order, with the needed ones among them."""
    wanted = set(needed)
    room = limit - sum(candidate.title_id in wanted for candidate in candidates)
    kept: list[Candidate] = []
    for candidate in candidates:
        if candidate.title_id in wanted:
            kept.append(candidate)
        elif room > 0:
            kept.append(candidate)
            room -= 1
    return kept


def _parts(titles: TitleQuerySet, shape: Shape) -> Iterator[TitleQuerySet]:
    """Yield the titles of each quota, and those of none if the slate has room for others."""
    of_any = Q(pk__in=[])
    for quota in shape.quotas:
        of_quota = _fits(quota)
        of_any |= of_quota
        yield titles.filter(of_quota)
    if shape.count > shape.n_quotas:
        yield titles.exclude(of_any)


def _fits(quota: str) -> Q:
    """Return the condition that `shape.fits` states of facts."""
    if fold(quota) in Title.Kind.values:
        return Q(kind=fold(quota))
    through = Title.genres.through.objects.filter(genre__name__iexact=quota)
    return Q(pk__in=through.values("title_id"))


def _ids(titles: TitleQuerySet, limit: int) -> list[int]:
    return list(titles.values_list("pk", flat=True)[:limit])
