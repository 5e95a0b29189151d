"""Training examples: prompts as serving builds them, with the titles to predict.

Two kinds. A history example predicts every next title of a stretch of a history. A wish example
puts a wish before a (possibly empty) history and predicts only titles that satisfy the wish: the
history's next one, then later ones that satisfy it too. So a wish is never contradicted by what
it asks the model to rank high.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from genrec.contract import EventKind, HistoryEvent
from genrec.data import Rows, TitleFacts
from genrec.verbalization import Verbalizer
from genrec.wishes import Facet, choose_facets, facets_of, word_wish

IGNORE = -100
MAX_PROMPT = 512
ANNOTATED_SHARE = 0.3
"""How many examples carry kinds and times. The data has neither, so they are random: the words
must not disturb a ranking, and cannot inform it yet."""
EMPTY_PREFIX_SHARE = 0.35
MAX_CONTINUATION = 5


@dataclass(frozen=True)
class Example:
    """Token ids, and per position the row to predict next or IGNORE; both of length T.

    `facets` are what the wish names; none without a wish.
    """

    ids: list[int]
    labels: list[int]
    facets: tuple[Facet, ...] = ()


class ExampleMaker:
    """Draws examples from histories of rows. Deterministic for a seed."""

    def __init__(
        self,
        histories: Sequence[Rows],
        facts: Sequence[TitleFacts],
        verbalizer: Verbalizer,
        *,
        max_events: int,
        seed: int,
    ) -> None:
        self.histories = [history for history in histories if len(history) > 1]
        self.facets = [facets_of(title) for title in facts]
        self.verbalizer = verbalizer
        self.max_events = max_events
        self.rng = random.Random(seed)  # noqa: S311  (sampling, not secrecy)

    def history_example(self) -> Example:
        """Return a stretch of a history; every title in it is to be predicted."""
        history = self.rng.choice(self.histories)
        start = self.rng.randrange(max(1, len(history) - self.max_events))
        stretch = history[start : start + self.max_events + 1]
        return self.example("", stretch, first_label=0)

    def wish_example(self) -> Example:
        """Return a wish with a history before it; titles that satisfy the wish are predicted."""
        while True:
            history = self.rng.choice(self.histories)
            at = self.rng.randrange(len(history))
            facets = choose_facets(self.facets[history[at]], self.rng)
            if facets:
                break
        prefix = history[max(0, at - self.prefix_length()) : at]
        wanted = frozenset(facets)
        later = [row for row in history[at + 1 :] if wanted <= self.facets[row]]
        continuation = [history[at], *later[: MAX_CONTINUATION - 1]]
        made = self.example(
            word_wish(facets, self.rng), prefix + continuation, first_label=len(prefix)
        )
        return replace(made, facets=tuple(facets))

    def prefix_length(self) -> int:
        """Return how many events come before the first title to predict: none, some or many."""
        if self.rng.random() < EMPTY_PREFIX_SHARE:
            return 0
        return min(self.max_events // 2, 1 + int(self.rng.expovariate(1 / 12)))

    def example(self, wish: str, rows: Rows, *, first_label: int) -> Example:
        """Verbalize all rows but the last; label those from `first_label` on."""
        events = self.annotated(rows[:-1])
        ids = self.verbalizer.prompt(wish, events, max_tokens=MAX_PROMPT)
        labels = [IGNORE] * len(ids)
        marker = self.verbalizer.vocabulary.marker_id("history")
        slot_of = self.verbalizer.vocabulary.slot_of
        # A ranking is read off the marker or a slot, never off words in between.
        reading = [
            position
            for position, token_id in enumerate(ids)
            if token_id == marker or slot_of(token_id) is not None
        ]
        for index, (position, row) in enumerate(zip(reading, rows, strict=True)):
            if index >= first_label:
                labels[position] = row
        return Example(ids, labels)

    def annotated(self, rows: Rows) -> list[HistoryEvent]:
        """Return events, some examples with random kinds and times (newer events later)."""
        if self.rng.random() > ANNOTATED_SHARE:
            return [HistoryEvent(slot=row) for row in rows]
        ages = sorted((int(self.rng.expovariate(1 / 90)) for _ in rows), reverse=True)
        kinds: list[EventKind] = ["liked", "seen", "saved", "played"]
        kind = self.rng.choice(kinds)
        events = []
        for row, age in zip(rows, ages, strict=True):
            kind = self.rng.choice(kinds) if self.rng.random() < 0.1 else kind
            events.append(HistoryEvent(slot=row, kind=kind, days_ago=age))
        return events
