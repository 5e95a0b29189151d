"""Put an artefact and the classical core to the same exam: what `genrec evaluate` does.

Classical rankers are fitted on the given histories and never see a target. The artefact comes as
it is, with one exception: where targets are taken off the given histories themselves, its prior is
fitted again on what remains, because the prior that ships may have been fitted on them.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from genrec.checkpoint import PRIOR_NAME, blend_config, read_artefact
from genrec.classical import fit_classical
from genrec.data import Rows, read_histories, read_table, read_targets
from genrec.errors import GenRecError
from genrec.evaluation import Ranks, add_cached, evaluate
from genrec.files import read_json
from genrec.model import load_genrec
from genrec.prior import BlendConfig, SequentialPrior
from genrec.prior_fitting import fit_prior
from genrec.rankers import ClassicalRanking, ModelRanking
from genrec.title_embeddings import Titles, read_titles
from genrec.verbalization import Verbalizer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EvaluationOptions:
    """What to evaluate on what.

    `targets` None takes each user's last title off the history and makes it the target; the
    prior is then fitted again without. Given targets must have been withheld from the training
    altogether: the prior that ships is fitted on all of its events, the validation titles among
    them, and would rank these, as given targets, having seen them.
    `max_users` None means all; a sample is drawn with `seed`, and the classical rankers are
    fitted on everybody all the same.
    """

    sequences: Path
    targets: Path | None
    titles: Path
    model: Path
    base: Path
    content: str = "full"
    max_events: int = 200
    max_users: int | None = None
    threads: int = 2
    seed: int = 0
    peers: Path | None = None
    peer_ranks: Sequence[str] = ()


@dataclass(frozen=True)
class Exam:
    """Histories and targets as rows of the titles that occur in either."""

    titles: Titles
    histories: Mapping[int, Rows]
    targets: Mapping[int, int]
    own_last: bool
    notes: list[str] = field(default_factory=list)

    def sample(self, max_users: int | None, seed: int) -> dict[int, int]:
        """Return all targets, or those of a random sample of users that the seed repeats."""
        users = sorted(self.targets)
        if max_users is not None and max_users < len(users):
            rng = random.Random(seed)  # noqa: S311  (sampling, not secrecy)
            users = sorted(rng.sample(users, max_users))
        return {user: self.targets[user] for user in users}


def evaluate_artefact(options: EvaluationOptions) -> dict[str, Any]:
    """Return the report of an artefact, the classical rankers, and peers if given.

    Raises:
        GenRecError: files that do not fit each other, or an artefact of another embedding.
    """
    torch.set_num_threads(options.threads)
    artefact = read_artefact(options.model)
    exam = read_exam(options, artefact.embedding_version)
    # Read before the long work: a wrong path should not cost an hour.
    cached = read_json(options.peers) if options.peers else {}
    others = dict(read_ranks(argument) for argument in options.peer_ranks)
    n_titles = len(exam.titles.catalogue)
    started = time.monotonic()
    classical = fit_classical(list(exam.histories.values()), n_titles)
    fitted_s = time.monotonic() - started
    report = evaluate(
        [ClassicalRanking(classical), model_ranking(options, exam, artefact.blend)],
        exam.histories,
        exam.sample(options.max_users, options.seed),
        n_titles=n_titles,
        others=others,
    )
    add_cached(report, cached)
    report["setup"] = {
        "model": artefact.identity,
        "targets": "last of the sequences" if exam.own_last else "given",
        "content": options.content,
        "max_events": options.max_events,
        "classical_fit_s": round(fitted_s, 1),
    }
    report["notes"] = [*exam.notes, *report.pop("notes")]
    return report


def read_exam(options: EvaluationOptions, embedding_version: str) -> Exam:
    """Read histories, targets and titles. Candidates are all titles in either.

    Raises:
        GenRecError: a user has a target but no history, a title no embedding, or the titles are
            embedded in another way than the artefact's were in training.
    """
    histories = read_histories(options.sequences)
    if options.targets is None:
        usable = {user: ids for user, ids in histories.items() if len(ids) > 1}
        targets = {user: ids[-1] for user, ids in usable.items()}
        histories = {user: ids[:-1] for user, ids in usable.items()}
    else:
        targets = read_targets(options.targets)
    if unknown := targets.keys() - histories.keys():
        raise GenRecError(f"{len(unknown)} users have a target but no history: {min(unknown)}.")
    if not targets:
        raise GenRecError("There is no user with a target: nothing to evaluate.")
    occurring = {title for ids in histories.values() for title in ids} | set(targets.values())
    titles = read_titles(options.titles, embedding_version=embedding_version).only(occurring)
    rows = titles.catalogue.rows
    return Exam(
        titles=titles,
        histories={user: [rows[title] for title in ids] for user, ids in histories.items()},
        targets={user: rows[title] for user, title in targets.items()},
        own_last=options.targets is None,
    )


def model_ranking(
    options: EvaluationOptions, exam: Exam, blend: dict[str, Any] | None
) -> ModelRanking:
    """Load the model and its prior for the exam's titles."""
    catalogue, keys = exam.titles.catalogue, exam.titles.keys
    model = load_genrec(options.model, options.base, keys)
    prior = None
    if blend is None:
        exam.notes.append("the artefact has no prior: its blend is the catalog head alone")
    else:
        prior = exam_prior(options.model / PRIOR_NAME, exam)
    return ModelRanking(
        model=model,
        verbalizer=Verbalizer.from_directory(options.base, model.vocabulary),
        content=torch.from_numpy(getattr(catalogue, options.content)),
        keys=keys,
        prior=prior,
        blend=BlendConfig() if blend is None else blend_config(blend),
        max_events=options.max_events,
    )


def exam_prior(path: Path, exam: Exam) -> SequentialPrior:
    """Return the shipped prior, or one fitted in its way on the histories without their targets."""
    shipped = SequentialPrior.read(path)
    if not exam.own_last:
        return shipped
    exam.notes.append(
        "the prior was fitted again without the targets, which are taken off the histories"
    )
    histories = list(exam.histories.values())
    return fit_prior(histories, len(exam.titles.keys), exam.titles.keys, shipped.config)


def read_ranks(argument: str) -> tuple[str, Ranks]:
    """Read NAME=FILE, a Parquet file of user_id and rank.

    Raises:
        GenRecError: the argument or the file is not of that form.
    """
    name, _, path = argument.partition("=")
    if not name or not path:
        raise GenRecError(f"{argument!r} is not NAME=FILE.")
    rows = read_table(Path(path), ["user_id", "rank"])
    return name, {int(row["user_id"]): whole_rank(row["rank"]) for row in rows}


def whole_rank(value: float | None) -> int | None:
    """Return a rank as the file holds it: a column with gaps is one of floats with NaN."""
    return None if value is None or math.isnan(value) else int(value)
