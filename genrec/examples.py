"""Ranking examples: prompts as serving builds them, with the titles to predict.

Three tasks.
- next title: every next title of a stretch of a history.
- wish: a wish in words before a (possibly empty) history; only titles that satisfy the wish are
  predicted: the history's next one, then later ones that satisfy it too. So a wish is never
  contradicted by what it asks the model to rank high.
- positional: some titles are held out of the catalogue and listed in the prompt; where one of
  them is next, its position in the list is predicted. Source: the positional-prompt cold start of
  Netflix's GenRec.

A batch is a function of the run's seed and the step alone: a resumed run continues with the very
batches that it would have seen.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from genrec.contract import EventKind, HistoryEvent
from genrec.data import Rows, TitleFacts
from genrec.errors import GenRecError
from genrec.verbalization import Verbalizer
from genrec.vocabulary import N_POSITIONS
from genrec.wishes import Facet, Forms, choose_facets, facets_of, word_wish

IGNORE = -100
ANNOTATED_SHARE = 0.1
"""How many examples carry kinds and times where the data has neither: random ones, so that the
words do not disturb a ranking; they cannot inform it."""
EMPTY_PREFIX_SHARE = 0.35
MAX_CONTINUATION = 5
POSITIONAL_EVENTS = 80
OWN_SHARE = 0.5
"""Up to which share of a positional list comes from the history itself."""

Stretch = tuple[int, int, int]
"""A history's index, and the first and the last row of a stretch, the last one excluded."""


@dataclass(frozen=True)
class Example:
    """Token ids, and per position the row to predict next or IGNORE; both of length T.

    `rows` are the history's and, last, what came after it: the labels are the last of them.
    `facets` are what the wish names, `listed` the rows that the prompt lists; none without. A
    label of N + k, where N is the size of the catalogue, means position k (from 0) of the list.
    """

    ids: list[int]
    labels: list[int]
    rows: tuple[int, ...] = ()
    facets: tuple[Facet, ...] = ()
    listed: tuple[int, ...] = ()


def stretches(histories: Sequence[Rows], max_events: int, rng: random.Random) -> list[Stretch]:
    """Cut histories at random places into stretches of at most `max_events` predictions.

    Together they predict every event once: a stretch that is not a history's first begins with
    the last row of the one before, as context.
    """
    found: list[Stretch] = []
    for index, rows in enumerate(histories):
        first = rng.randrange(2, max_events + 1) if len(rows) > max_events else max_events
        cuts = [0, *range(first, len(rows), max_events), len(rows)]
        found += [(index, max(0, start - 1), end) for start, end in pairwise(cuts)]
    return found


def bucketed(
    items: Sequence[Stretch], max_events: int, rng: random.Random
) -> list[tuple[Stretch, ...]]:
    """Return batches of stretches of similar length, each of at most `max_events` when padded.

    A stretch that is longer makes a batch of its own.
    """
    shuffled = list(items)
    rng.shuffle(shuffled)  # stretches of one length then meet different ones every time
    shuffled.sort(key=lambda stretch: stretch[2] - stretch[1])
    batches: list[tuple[Stretch, ...]] = []
    batch: list[Stretch] = []
    for stretch in shuffled:
        width = stretch[2] - stretch[1] + 1
        if batch and (len(batch) + 1) * width > max_events:
            batches.append(tuple(batch))
            batch = []
        batch.append(stretch)
    if batch:
        batches.append(tuple(batch))
    rng.shuffle(batches)
    return batches


class ExampleMaker:
    """Makes the batches of all ranking tasks."""

    def __init__(
        self,
        histories: Sequence[Rows],
        facts: Sequence[TitleFacts],
        verbalizer: Verbalizer,
        *,
        forms: Forms,
        max_events: int,
        seed: int,
    ) -> None:
        self.histories = [history for history in histories if len(history) > 1]
        self.facets = [facets_of(title) for title in facts]
        self.can_wish = any(self.facets[row] for history in self.histories for row in history)
        self.verbalizer = verbalizer
        self.forms = forms
        self.max_events = max_events
        self.seed = seed
        self.n_titles = len(facts)
        self.epochs: dict[tuple[int, int], list[tuple[Stretch, ...]]] = {}
        self.sizes: dict[tuple[int, int], int] = {}

    def rng(self, task: str, step: int) -> random.Random:
        return random.Random(f"{self.seed}:{task}:{step}")  # noqa: S311  (sampling, not secrecy)

    def epoch(self, number: int, max_tokens: int) -> list[tuple[Stretch, ...]]:
        """Return the batches of one pass over all events."""
        key = (number, max_tokens)
        if key not in self.epochs:
            rng = self.rng("epoch", number)
            parts = stretches(self.histories, self.max_events, rng)
            events = max_tokens // self.verbalizer.event_tokens
            self.epochs = {key: bucketed(parts, events, rng)}
            self.sizes[key] = len(self.epochs[key])
        return self.epochs[key]

    def epoch_size(self, number: int, max_tokens: int) -> int:
        """Return how many batches a pass has; only the first time is it made for that."""
        known = self.sizes.get((number, max_tokens))
        return len(self.epoch(number, max_tokens)) if known is None else known

    def next_titles(self, step: int, max_tokens: int) -> list[Example]:
        """Return batch `step` of the next-title task; passes over the events follow each other."""
        number, place = 0, step
        while place >= (size := self.epoch_size(number, max_tokens)):
            # All passes have about as many batches, but not exactly.
            number, place = number + 1, place - size
        rng = self.rng("next", step)
        return [
            self.example("", self.histories[index][first:last], rng, first_label=int(first > 0))
            for index, first, last in self.epoch(number, max_tokens)[place]
        ]

    def wishes(self, step: int, n_examples: int) -> list[Example]:
        """Return batch `step` of the wish task.

        Raises:
            GenRecError: no title of any history has a fact that a wish could name.
        """
        if not self.can_wish:
            raise GenRecError(
                "No title of the histories has a genre, a year, a person, a keyword or a term, so "
                "no wish can be made: give --facts or --described of these titles, or leave the "
                "task out by --without wish."
            )
        rng = self.rng("wish", step)
        return [self.wish_example(rng) for _ in range(n_examples)]

    def positional(self, step: int, n_examples: int) -> list[Example]:
        """Return batch `step` of the positional task."""
        rng = self.rng("positional", step)
        return [self.positional_example(rng) for _ in range(n_examples)]

    def wish_example(self, rng: random.Random) -> Example:
        """Return a wish with a history before it; titles that satisfy the wish are predicted."""
        while True:
            history = rng.choice(self.histories)
            at = rng.randrange(len(history))
            facets = choose_facets(self.facets[history[at]], rng)
            if facets:
                break
        prefix = history[max(0, at - self.prefix_length(rng)) : at]
        wanted = frozenset(facets)
        later = [row for row in history[at + 1 :] if wanted <= self.facets[row]]
        continuation = [history[at], *later[: MAX_CONTINUATION - 1]]
        wish = word_wish(facets, rng, self.forms)
        made = self.example(wish, prefix + continuation, rng, first_label=len(prefix))
        return replace(made, facets=tuple(facets))

    def prefix_length(self, rng: random.Random) -> int:
        """Return how many events come before the first title to predict: none, some or many."""
        if rng.random() < EMPTY_PREFIX_SHARE:
            return 0
        return min(self.max_events // 2, 1 + int(rng.expovariate(1 / 12)))

    def positional_example(self, rng: random.Random) -> Example:
        """Return a stretch with some of its titles, and others, held out and listed."""
        history = rng.choice(self.histories)
        start = rng.randrange(max(1, len(history) - POSITIONAL_EVENTS))
        stretch = history[start : start + POSITIONAL_EVENTS]
        n_own = rng.randint(1, max(1, min(int(N_POSITIONS * OWN_SHARE), len(stretch) // 2)))
        own = rng.sample(stretch[1:], min(n_own, len(stretch) - 1))
        others = [rng.randrange(self.n_titles) for _ in range(N_POSITIONS - len(own))]
        listed = list(dict.fromkeys(own + others))
        rng.shuffle(listed)
        return self.example("", stretch, rng, listed=tuple(listed))

    def example(
        self,
        wish: str,
        rows: Rows,
        rng: random.Random,
        *,
        first_label: int = 0,
        listed: tuple[int, ...] = (),
    ) -> Example:
        """Verbalize all rows but the last; label those from `first_label` on."""
        events = self.annotated(rows[:-1], rng)
        ids, reading = self.verbalizer.with_readings(wish, events, new=listed)
        labels = [IGNORE] * len(ids)
        places = {row: self.n_titles + place for place, row in enumerate(listed)}
        for index, (position, row) in enumerate(zip(reading, rows, strict=True)):
            if index >= first_label:
                labels[position] = places.get(row, row)
        return Example(ids, labels, tuple(rows), listed=listed)

    def annotated(self, rows: Rows, rng: random.Random) -> list[HistoryEvent]:
        """Return events, some examples with random kinds and times (newer events later)."""
        if rng.random() > ANNOTATED_SHARE:
            return [HistoryEvent(slot=row) for row in rows]
        ages = sorted((int(rng.expovariate(1 / 90)) for _ in rows), reverse=True)
        kinds: list[EventKind] = ["liked", "seen", "saved", "played"]
        kind = rng.choice(kinds)
        events = []
        for row, age in zip(rows, ages, strict=True):
            kind = rng.choice(kinds) if rng.random() < 0.1 else kind
            events.append(HistoryEvent(slot=row, kind=kind, days_ago=age))
        return events
