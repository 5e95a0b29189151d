"""Histories whose events know how they were rated and when, from a table of ratings.

For the ablation of times and kinds of events: MovieLens-1M as it is used here has neither, the
small MovieLens of 2018 has both. A rating of four stars or more is "liked", any other "seen": every
variant sees the same events. An event's age is counted from the title to predict, as in use, where
it is counted from the moment of asking; a stretch to train on is one prompt, so from its end.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genrec.contract import HistoryEvent
from genrec.data import Rows, read_catalogue, read_table, read_title_facts
from genrec.examples import Example, ExampleMaker
from genrec.metrics import mean, rank_of
from genrec.ranking import by_length, event_scores
from genrec.recipe import DataPaths, TrainingData
from genrec.training import VALIDATION_TOKENS, Run, device_of
from genrec.wishes import read_forms

LIKED_STARS = 4.0
HELD_OUT = 5
"""The last titles of every user, predicted one after the other and never trained on."""
LEAST_EVENTS = 5
"""Titles with fewer ratings are left out, as in the MovieLens-1M used here."""
DAY_S = 86_400

Shown = frozenset[str]
"""What prompts say of events: "kinds", "times", both or neither."""


class Rated(int):
    """A catalogue row that knows its rating: stars, and the time in seconds."""

    stars: float
    at: int

    @classmethod
    def of(cls, row: int, stars: float, at: int) -> Rated:
        rated = cls(row)
        rated.stars, rated.at = stars, at
        return rated


def events_of(rows: Sequence[Any], now: int, shown: Shown) -> list[HistoryEvent]:
    """Return rated rows as events, with what is shown of them at the time `now`."""
    return [
        HistoryEvent(
            slot=int(row),
            kind=("liked" if row.stars >= LIKED_STARS else "seen")
            if "kinds" in shown
            else "played",
            days_ago=max(0, now - row.at) // DAY_S if "times" in shown else None,
        )
        for row in rows
    ]


class RatedExamples(ExampleMaker):
    """Training examples that say what is shown of their events, where something is."""

    shown: Shown = frozenset()
    now: int = 0

    def example(self, wish: str, rows: Rows, rng: random.Random, **options: Any) -> Example:
        last: Any = rows[-1]
        self.now = last.at
        return super().example(wish, rows, rng, **options)

    def annotated(self, rows: Rows, rng: random.Random) -> list[HistoryEvent]:
        if not self.shown:
            return super().annotated(rows, rng)
        return events_of(rows, self.now, self.shown)


@dataclass(frozen=True)
class RatedData:
    """What is trained on, and every user's whole history."""

    data: TrainingData
    whole: dict[int, list[Rated]]


def read_ratings(path: Path) -> dict[int, list[tuple[int, float, int]]]:
    """Return each user's (movie id, stars, seconds), oldest first; ties stay in their order."""
    rows = read_table(path, ["userId", "movieId", "rating", "timestamp"])
    histories: dict[int, list[tuple[int, float, int]]] = {}
    for row in rows:
        rating = (int(row["movieId"]), float(row["rating"]), int(row["timestamp"]))
        histories.setdefault(int(row["userId"]), []).append(rating)
    return {user: sorted(ratings, key=lambda r: r[2]) for user, ratings in histories.items()}


def read_rated_data(paths: DataPaths) -> RatedData:
    """Read ratings in the place of sequences; users with too few for the protocol are left out."""
    ratings = read_ratings(paths.sequences)
    counts = Counter(movie_id for history in ratings.values() for movie_id, _, _ in history)
    titles = {movie_id for movie_id, n in counts.items() if n >= LEAST_EVENTS}
    ratings = {user: [r for r in history if r[0] in titles] for user, history in ratings.items()}
    ratings = {user: history for user, history in ratings.items() if len(history) > HELD_OUT + 2}
    catalogue = read_catalogue(paths.titles).only(titles)
    rows = catalogue.rows
    whole = {
        user: [Rated.of(rows[movie_id], stars, at) for movie_id, stars, at in history]
        for user, history in ratings.items()
    }
    data = TrainingData(
        catalogue=catalogue,
        facts=read_title_facts(paths.facts, catalogue, paths.described),
        forms=read_forms(paths.ontology) if paths.ontology else {},
        histories={user: list(rated[:-HELD_OUT]) for user, rated in whole.items()},
        validation={user: rated[-HELD_OUT] for user, rated in whole.items()},
    )
    return RatedData(data, whole)


def use_ratings(run: Run, shown: Shown) -> None:
    """Have a run's examples say what is shown of their events."""
    old = run.examples
    run.examples = RatedExamples(
        old.histories,
        run.data.facts,
        run.verbalizer,
        forms=run.data.forms,
        max_events=run.config.max_events,
        seed=run.config.seed,
    )
    run.examples.shown = shown


def held_out_values(
    run: Run, whole: dict[int, list[Rated]], shown: Shown, metrics: Iterable[Any]
) -> list[list[float]]:
    """Return per metric each user's mean over the titles held out, in the order of user ids."""
    asked = [(user, at) for user in sorted(whole) for at in range(-HELD_OUT, 0)]
    histories = [whole[user][:at] for user, at in asked]
    targets = [whole[user][at] for user, at in asked]
    longest = run.config.max_events
    ranks: list[int | None] = [None] * len(asked)
    for batch in by_length(histories, VALIDATION_TOKENS, longest):
        events = [events_of(histories[i][-longest:], targets[i].at, shown) for i in batch]
        content = run.full.to(device_of(run.model))
        for i, row in zip(
            batch, event_scores(run.model, run.verbalizer, content, events), strict=True
        ):
            ranks[i] = rank_of(targets[i], row, histories[i])
    starts = range(0, len(ranks), HELD_OUT)
    return [
        [mean([metric(rank) for rank in ranks[start : start + HELD_OUT]]) for start in starts]
        for metric in metrics
    ]
