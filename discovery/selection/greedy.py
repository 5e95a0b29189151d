"""A slate without the solver, for when it gives up: the best first, as far as the wishes allow.

Quotas, count and minutes are kept as tops: never more than was asked for, though perhaps fewer
titles than there could be. That a shape can't be had is never concluded from it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import accumulate

from catalog.facts import TitleFacts
from discovery.selection.shape import Shape


def choose_greedily(
    scores: Sequence[float],
    titles: Sequence[TitleFacts],
    shape: Shape,
    varied: Sequence[tuple[Collection[int], int]] = (),
) -> tuple[int, ...]:
    """Return places of titles, in order.

    Args:
        scores: what each title is worth on its own.
        varied: groups of places with how many of each a varied slate has: kept while others are
            left.
    """
    best = sorted(range(len(titles)), key=lambda place: (-scores[place], place))
    wanted = min(shape.count, len(titles))
    # What the shortest titles take together, by their number.
    least = [0.0, *accumulate(sorted(map(shape.minutes_of, titles)))]
    chosen: list[int] = []
    # At first varied, and nothing so long that the others have no time; then what there is.
    for strict in (True, False):
        for place in best:
            if place in chosen or len(chosen) == wanted:
                continue
            if strict and _is_one_too_many(place, chosen, varied):
                continue
            with_it = [*chosen, place]
            minutes = sum(shape.minutes_of(titles[p]) for p in with_it)
            if strict:
                minutes += least[wanted - len(with_it)]
            if _fits(minutes, shape) and _have_places(with_it, titles, shape):
                chosen = with_it
    return tuple(sorted(chosen))


def _is_one_too_many(
    place: int, chosen: Sequence[int], varied: Sequence[tuple[Collection[int], int]]
) -> bool:
    return any(place in group and len(set(chosen) & set(group)) >= most for group, most in varied)


def _fits(minutes: float, shape: Shape) -> bool:
    return shape.runtime_total is None or minutes <= shape.runtime_total


def _have_places(chosen: Sequence[int], titles: Sequence[TitleFacts], shape: Shape) -> bool:
    """Say whether each title has a quota of its own, or a place among those that fit none."""
    if not shape.quotas:
        return True
    wanted = [shape.quotas_of(titles[place]) for place in chosen]
    others = sum(not quotas for quotas in wanted)
    held: dict[str, list[int]] = {quota: [] for quota in shape.quotas}
    seated = all(_seat(n, wanted, held, shape, set()) for n, quotas in enumerate(wanted) if quotas)
    return seated and others <= shape.count - shape.n_quotas


def _seat(
    title: int,
    wanted: Sequence[Sequence[str]],
    held: dict[str, list[int]],
    shape: Shape,
    tried: set[str],
) -> bool:
    """Give a title a place in one of its quotas, moving others to another of theirs (Kuhn 1955)."""
    for quota in wanted[title]:
        if quota in tried:
            continue
        tried.add(quota)
        if len(held[quota]) < shape.quotas[quota]:
            held[quota].append(title)
            return True
        for seat, other in enumerate(held[quota]):
            if _seat(other, wanted, held, shape, tried):
                held[quota][seat] = title
                return True
    return False
