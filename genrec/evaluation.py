"""Evaluate rankers on next-title prediction, over the whole catalogue, without sampling."""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from genrec.checkpoint import read_artefact
from genrec.contract import HistoryEvent
from genrec.data import Catalogue, Rows, read_catalogue, read_histories, read_targets
from genrec.errors import GenRecError
from genrec.metrics import METRICS, bootstrap_ci95, mean, rank_of
from genrec.model import GenRec, load_genrec
from genrec.verbalization import Verbalizer

logger = logging.getLogger(__name__)

Scores = npt.NDArray[np.float32]
Ranker = Callable[[Sequence[Rows]], Iterator[Scores]]
BATCH = 16


def popularity_ranker(histories: Sequence[Rows], n_titles: int) -> Ranker:
    """Rank by how often a title occurs in the histories: never in the targets."""
    counts = Counter(row for history in histories for row in history)
    scores = np.array([counts[row] for row in range(n_titles)], dtype=np.float32)

    def rank(batch: Sequence[Rows]) -> Iterator[Scores]:
        for _ in batch:
            yield scores

    return rank


def genrec_ranker(
    model: GenRec, verbalizer: Verbalizer, content: torch.Tensor, *, max_events: int
) -> Ranker:
    """Rank by the catalog head, from the prompt that serving would build."""
    towers = model.towers
    with torch.no_grad():
        entity_rows = model.entity_rows(content)
        rows, biases = towers.output_rows(content)

    @torch.no_grad()
    def rank(batch: Sequence[Rows]) -> Iterator[Scores]:
        prompts = [
            verbalizer.prompt(
                "", [HistoryEvent(slot=row) for row in history[-max_events:]], max_tokens=2048
            )
            for history in batch
        ]
        ids = torch.zeros(len(prompts), max(map(len, prompts)), dtype=torch.long)
        for index, prompt in enumerate(prompts):
            ids[index, : len(prompt)] = torch.tensor(prompt)
        hidden = model.hidden(ids, entity_rows)
        last = hidden[torch.arange(len(prompts)), torch.tensor([len(p) - 1 for p in prompts])]
        yield from towers.logits(last, rows, biases).numpy()

    return rank


def evaluate(
    rankers: Mapping[str, Ranker],
    histories: Mapping[int, Rows],
    targets: Mapping[int, int],
    *,
    n_titles: int,
) -> dict[str, Any]:
    """Return the metrics of every ranker, with 95% intervals over users.

    A user's own history is excluded from the candidates.
    """
    # Similar lengths share a batch, so that little is padding.
    users = sorted(targets, key=lambda user: (len(histories[user]), user))
    report: dict[str, Any] = {"users": len(users), "titles": n_titles, "rankers": {}}
    for name, ranker in rankers.items():
        ranks = list(ranks_of(name, ranker, users, histories, targets))
        report["rankers"][name] = summary(ranks)
    return report


def ranks_of(
    name: str,
    ranker: Ranker,
    users: Sequence[int],
    histories: Mapping[int, Rows],
    targets: Mapping[int, int],
) -> Iterator[int | None]:
    """Yield the rank of each user's target."""
    started = time.monotonic()
    for start in range(0, len(users), BATCH):
        batch = users[start : start + BATCH]
        for user, scores in zip(batch, ranker([histories[u] for u in batch]), strict=True):
            yield rank_of(targets[user], scores, histories[user])
        if start // BATCH % 50 == 49:
            done = start + len(batch)
            left = (time.monotonic() - started) / done * (len(users) - done)
            logger.info("%s: %d of %d users, %.0f s left", name, done, len(users), left)


def summary(ranks: Sequence[int | None]) -> dict[str, Any]:
    """Return the mean of every metric and its interval, by the metric's name."""
    result: dict[str, Any] = {"ci95": {}}
    for name, metric in METRICS.items():
        values = [metric(rank) for rank in ranks]
        low, high = bootstrap_ci95(values)
        result[name] = round(mean(values), 5)
        result["ci95"][name] = [round(low, 5), round(high, 5)]
    return result


@dataclass(frozen=True)
class EvaluationOptions:
    """What to evaluate on what. `max_users` None means all; a sample is drawn with `seed`."""

    sequences: Path
    targets: Path
    titles: Path
    model: Path
    base: Path
    content: str = "facts"
    max_events: int = 100
    max_users: int | None = None
    threads: int = 2
    seed: int = 0


def evaluate_artefact(options: EvaluationOptions) -> dict[str, Any]:
    """Evaluate an artefact and popularity. Candidates: all titles in sequences or targets.

    Raises:
        GenRecError: files that do not fit each other, or an artefact of another embedding.
    """
    torch.set_num_threads(options.threads)
    histories, targets = read_histories(options.sequences), read_targets(options.targets)
    unknown = targets.keys() - histories.keys()
    if unknown:
        raise GenRecError(f"{len(unknown)} users have a target but no history: {min(unknown)}.")
    titles = {title for ids in histories.values() for title in ids} | set(targets.values())
    catalogue = read_catalogue(options.titles).only(titles)
    check_embedding(catalogue, options.model)
    rows = catalogue.rows
    as_rows = {user: [rows[title] for title in ids] for user, ids in histories.items()}
    users = chosen_users(targets, options)
    model = load_genrec(options.model, options.base, len(catalogue))
    verbalizer = Verbalizer.from_directory(options.base, model.vocabulary)
    content = torch.from_numpy(catalogue.full if options.content == "full" else catalogue.facts)
    rankers = {
        "genrec": genrec_ranker(model, verbalizer, content, max_events=options.max_events),
        "popularity": popularity_ranker(list(as_rows.values()), len(catalogue)),
    }
    chosen = {user: rows[targets[user]] for user in users}
    return evaluate(rankers, as_rows, chosen, n_titles=len(catalogue))


def check_embedding(catalogue: Catalogue, artefact: Path) -> None:
    """Raise GenRecError unless the titles are embedded as the artefact's were in training."""
    wanted = read_artefact(artefact).embedding_version
    if catalogue.embedding_version != wanted:
        raise GenRecError(
            f"The titles were embedded with version {catalogue.embedding_version!r}, the artefact "
            f"was trained with {wanted!r}: embed them again, or train again."
        )


def chosen_users(targets: Mapping[int, int], options: EvaluationOptions) -> list[int]:
    """Return all users, or a random sample that a seed repeats."""
    users = sorted(targets)
    if options.max_users is None or options.max_users >= len(users):
        return users
    rng = random.Random(options.seed)  # noqa: S311  (sampling, not secrecy)
    return sorted(rng.sample(users, options.max_users))
