"""The starter records as titles to write examples about: facts, terms, and a fixed split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from catalog.facts import TitleFacts
from catalog.starter.records import read_starter
from discovery.enrichment.heldout import default_catalogue, described_records
from discovery.language.record import is_held_out, number_of
from discovery.language.taste_prompt import shown_terms


@dataclass(frozen=True, slots=True)
class TitleShelf:
    """Titles on one side of the split, and who shares a name or a genre with whom.

    Examples of held-out seeds speak of titles that no trained example is about.
    """

    titles: tuple[TitleFacts, ...]
    by_director: Mapping[str, list[TitleFacts]] = field(default_factory=dict)
    by_player: Mapping[str, list[TitleFacts]] = field(default_factory=dict)
    by_genre: Mapping[str, list[TitleFacts]] = field(default_factory=dict)
    by_shown_term: Mapping[str, list[TitleFacts]] = field(default_factory=dict)

    @classmethod
    def of(cls, titles: Iterable[TitleFacts]) -> TitleShelf:
        kept = tuple(titles)
        return cls(
            kept,
            _grouped(kept, lambda title: title.directors),
            _grouped(kept, lambda title: title.cast),
            _grouped(kept, lambda title: title.genres),
            _grouped(kept, lambda title: tuple(shown_terms(title))),
        )

    def drawn(self, seed: str) -> Iterator[TitleFacts]:
        """Yield every title once, in an order that the seed alone decides."""
        yield from sorted(self.titles, key=lambda title: number_of(f"{seed} {title.title_id}"))


@cache
def starter_shelf(*, held_out: bool) -> TitleShelf:
    """Return the starter titles of one side. Reads files only, a few seconds the first time.

    Raises:
        StarterError, SourceUnavailable: a file is missing or can't be read.
    """
    return TitleShelf.of(title for key, title in _titles() if is_held_out(key) is held_out)


@cache
def _titles() -> tuple[tuple[str, TitleFacts], ...]:
    found = []
    for one in described_records(read_starter(), default_catalogue()):
        terms = sorted(one.description.terms.items(), key=lambda term: (-term[1], term[0]))
        facts = replace(one.facts, tags=tuple(name for name, _ in terms))
        if facts.genres:
            found.append((one.key, facts))
    return tuple(found)


def _grouped(
    titles: Iterable[TitleFacts], keys_of: Callable[[TitleFacts], tuple[str, ...]]
) -> dict[str, list[TitleFacts]]:
    groups: dict[str, list[TitleFacts]] = defaultdict(list)
    for title in titles:
        for key in keys_of(title):
            groups[key].append(title)
    return dict(groups)
