"""One-tap wishes: the few additions that would narrow an answer most, made of what it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog.facts import TitleFacts
from chat.chips import KIND_LABELS
from discovery.types import Query

MAX_ADDITIONS = 4
MAX_GENRES = 3
SHORT_MIN = 100


@dataclass(frozen=True, slots=True)
class Addition:
    """A wish to add by one tap: the slot, and the fields of its form as the browser sends them."""

    label: str
    slot: str
    fields: tuple[tuple[str, str], ...]


OFF_THE_PATH = Addition("off the beaten path", "novelty", (("choice", "unusual"),))


def additions_for(query: Query, shown: Sequence[TitleFacts]) -> list[Addition]:
    """Return the wishes that tell the shown titles apart best and that the Query doesn't hold.

    A wish that all shown titles keep, or none, would change little or leave nothing: those that
    about half of them keep come first.
    """
    half = len(shown) / 2
    found = sorted(_splitting(query, shown), key=lambda each: abs(each[0] - half))
    genres = [each for _, each in found if each.slot == "genres_all"][:MAX_GENRES]
    parting = [each for _, each in found if each.slot != "genres_all" or each in genres]
    # Says nothing about what is shown, so it comes last.
    unusual = [OFF_THE_PATH] if parting and query.novelty is None else []
    return [*parting[: MAX_ADDITIONS - 1], *unusual, *parting[MAX_ADDITIONS - 1 :]][:MAX_ADDITIONS]


def _splitting(query: Query, shown: Sequence[TitleFacts]) -> Iterator[tuple[int, Addition]]:
    """Yield possible additions with the number of shown titles that keep them: some, not all."""
    for kept, addition in _possible(query, shown):
        if 0 < kept < len(shown):
            yield kept, addition


def _possible(query: Query, shown: Sequence[TitleFacts]) -> Iterator[tuple[int, Addition]]:
    held = {*query.genres_all, *query.genres_any, *query.genres_none}
    counted = Counter(genre for title in shown for genre in title.genres if genre not in held)
    for genre, n in counted.most_common():
        yield n, Addition(genre, "genres_all", (("choice", genre),))
    if not query.kinds:
        for kind, label in KIND_LABELS.items():
            n = sum(title.kind == kind for title in shown)
            yield n, Addition(f"{label} only", "kinds", (("choice", kind),))
    if query.runtime_max is None and query.runtime_min is None:
        n = sum(title.runtime_min is not None and title.runtime_min <= SHORT_MIN for title in shown)
        yield n, Addition(f"up to {SHORT_MIN} min", "runtime", (("high", str(SHORT_MIN)),))
    if query.year_min is None and query.year_max is None:
        yield from _decades(shown)


def _decades(shown: Sequence[TitleFacts]) -> Iterator[tuple[int, Addition]]:
    """Yield the beginning of the decade that parts the shown titles into older and newer."""
    years = sorted(title.year for title in shown if title.year is not None)
    if not years:
        return
    since = years[len(years) // 2] // 10 * 10
    n = sum(year >= since for year in years)
    yield n, Addition(f"{since} or later", "years", (("low", str(since)),))
