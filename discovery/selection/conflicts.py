"""Wishes of shape that can't hold together: which, in words, and what would settle it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from discovery.selection.programme import Programme
from discovery.selection.shape import COUNT, RUNTIME, Shape

# An offer of more time is rounded up to this many minutes.
_MINUTES_STEP = 5


@dataclass(frozen=True, slots=True)
class Remedy:
    """Another shape, with one wish of the conflict given up or widened, that has more titles."""

    wish: str
    shape: Shape
    # Titles that a slate of that shape would have.
    titles: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """The fewest wishes found that can't hold together: without any of them, the rest can.

    One wish alone conflicts with the titles there are: "three westerns" where there are two.
    """

    wishes: tuple[str, ...]
    shape: Shape
    # Titles that keep every wish, quotas and count taken as tops.
    possible: int
    # The minutes that everything but the budget would take, if the budget is in the way.
    least_minutes: int | None = None
    # How many titles of a quota there is room for, where that quota alone is the trouble.
    available: int | None = None
    remedies: tuple[Remedy, ...] = ()


def find_conflict(programme: Programme, shape: Shape) -> Conflict:
    """Return the conflict of a shape that `programme` can't solve.

    The programme has to hold every candidate: without one of its wishes, a shape may want others.
    Drops one wish after the other and keeps it dropped if the others still can't hold together:
    what remains is a conflict of which every wish is needed.
    """
    possible = programme.most(shape)
    kept = list(shape.wishes)
    for wish in shape.wishes:
        fewer = [other for other in kept if other != wish]
        if not programme.can(_only(shape, fewer)):
            kept = fewer
    alone = kept[0] if len(kept) == 1 else ""
    available = programme.most(_only(shape, [alone])) if alone in shape.quotas else None
    return Conflict(
        wishes=tuple(kept),
        shape=shape,
        possible=possible,
        least_minutes=programme.least_minutes(shape) if RUNTIME in kept else None,
        available=available,
        remedies=tuple(_remedies(programme, shape, kept, possible)),
    )


def _remedies(
    programme: Programme, shape: Shape, wishes: list[str], possible: int
) -> Iterator[Remedy]:
    for wish in wishes:
        changed = _settled(programme, shape, wish)
        titles = programme.most(changed)
        if titles > possible:
            yield Remedy(wish, changed, min(titles, changed.count))


def _settled(programme: Programme, shape: Shape, wish: str) -> Shape:
    """Return the shape with one wish widened as far as it must be, or given up."""
    if wish == RUNTIME:
        least = programme.least_minutes(shape)
        minutes = least and ceil(least / _MINUTES_STEP) * _MINUTES_STEP
        return replace(shape, runtime_total=minutes)
    if wish == COUNT:
        return replace(shape, count=max(1, shape.n_quotas), count_said=False)
    # As many titles as before: the place of the quota is free for anything.
    return replace(shape, quotas={k: n for k, n in shape.quotas.items() if k != wish})


def _only(shape: Shape, wishes: Sequence[str]) -> Shape:
    """Return a shape that asks for some of the wishes and nothing else."""
    quotas = {key: n for key, n in shape.quotas.items() if key in wishes}
    return Shape(
        count=shape.count if COUNT in wishes else max(1, sum(quotas.values())),
        quotas=quotas,
        runtime_total=shape.runtime_total if RUNTIME in wishes else None,
        allow_unknown=shape.allow_unknown,
    )
