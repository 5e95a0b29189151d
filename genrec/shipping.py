"""Write what a run has learned as an artefact, with the prior beside it and figures on validation.

The prior's share of the blend is chosen on the users' validation titles, the last ones of their
histories, with a prior that has not seen them. The prior that ships is then fitted on all events.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file

from genrec.base import read_base
from genrec.blend_tuning import tune_blend
from genrec.checkpoint import (
    ADAPTER_NAME,
    HEADS_NAME,
    PRIOR_NAME,
    RESIDUALS_NAME,
    AdapterConfig,
    Artefact,
    read_artefact,
    write_artefact,
)
from genrec.data import Rows
from genrec.errors import GenRecError
from genrec.evaluation import summary
from genrec.files import staged_directory
from genrec.lora import TARGET_MODULES, adapter_tensors
from genrec.metrics import rank_of
from genrec.newcomers import fit_lift, lifted
from genrec.prior import BlendConfig, BlendForm, SequentialPrior, blend_scores
from genrec.rankers import ModelRanking
from genrec.residuals import write_residuals
from genrec.trainer import sampled_users
from genrec.training import Run, device_of

logger = logging.getLogger(__name__)

Matrix = npt.NDArray[np.floating[Any]]
MOST_USERS = 10_000
"""How many users' validation titles choose the blend and make the figures: memory is users times
titles."""
LIFT_USERS = 1000
FORMS: tuple[BlendForm, ...] = ("log_linear",)
"""A mixture of probabilities orders a few candidates otherwise than the whole catalogue, and
candidates are what serving ranks."""


def ship(run: Run, out: Path) -> Artefact:
    """Write the artefact of a run to `out`, and return it.

    Raises:
        GenRecError: the run was trained on histories in text mode, which is not served.
    """
    if run.config.mode != "entity":
        raise GenRecError("Only a model of entity mode is served: text mode is for comparisons.")
    lift = newcomers_lift(run)
    with lifted(run.model, lift):
        return ship_lifted(run, out, lift)


def ship_lifted(run: Run, out: Path, lift: float) -> Artefact:
    """Rank the validation titles, choose the blend by them, and write everything."""
    users = sampled_users(sorted(run.data.validation), MOST_USERS, run.config.seed)
    histories = [run.data.histories[user] for user in users]
    targets = [run.data.validation[user] for user in users]
    logger.info("ranking the validation titles of %d users", len(users))
    prior = run.prior()
    ranking = ModelRanking(
        run.model,
        run.verbalizer,
        run.full.to(device_of(run.model)),
        run.data.keys,
        prior,
        BlendConfig(),
        run.config.max_events,
    )
    logprobs, opinions = both_opinions(ranking, histories)
    blend, blended, known = None, logprobs, ranking.known
    if prior is not None:
        blend, trials = tune_blend(
            logprobs, opinions, ranking.known, targets, histories, forms=FORMS
        )
        for trial in trials:
            logger.info("blend %s: NDCG@10 %.4f", trial.config, trial.ndcg_at_10)
        blended = blend_scores(logprobs, opinions, known, blend)
    rankers = {
        "genrec": summary(ranks_of(logprobs, targets, histories)),
        "blend": summary(ranks_of(blended, targets, histories)),
    }
    metrics = {
        "users": len(users),
        "titles": len(run.data.catalogue),
        "newcomer_lift": lift,
        "rankers": rankers,
    }
    return write_files(run, out, run.prior(complete=True) if blend else None, blend, metrics)


def newcomers_lift(run: Run) -> float:
    """Return by how much to lift the titles without a residual."""
    users = sampled_users(sorted(run.data.validation), LIFT_USERS, run.config.seed)
    lift = fit_lift(
        run.model,
        run.verbalizer,
        run.full.to(device_of(run.model)),
        [run.data.histories[user] for user in users],
        [run.data.validation[user] for user in users],
        max_events=run.config.max_events,
        seed=run.config.seed,
    )
    logger.info("titles without a residual are lifted by %.2f nats", lift)
    return lift


def both_opinions(ranking: ModelRanking, histories: Sequence[Rows]) -> tuple[Matrix, Matrix]:
    """Return the head's log-probabilities and the prior's probabilities, (U, N) each."""
    shape = (len(histories), len(ranking.keys))
    logprobs, opinions = np.empty(shape, np.float32), np.zeros(shape, np.float32)
    for batch in ranking.batches(histories):
        chosen = [histories[index] for index in batch]
        logprobs[list(batch)] = ranking.head_logprobs(chosen)
        if ranking.prior is not None:
            opinions[list(batch)] = [ranking.opinion(history) for history in chosen]
    return logprobs, opinions


def ranks_of(scores: Matrix, targets: Sequence[int], histories: Sequence[Rows]) -> list[int | None]:
    return [
        rank_of(target, row, history)
        for target, row, history in zip(targets, scores, histories, strict=True)
    ]


def write_files(
    run: Run,
    out: Path,
    prior: SequentialPrior | None,
    blend: BlendConfig | None,
    metrics: dict[str, Any],
) -> Artefact:
    model, config = run.model, run.config
    heads = {
        f"towers.{name}": value.cpu().to(torch.bfloat16).contiguous()
        for name, value in model.towers.state_dict().items()
    }
    adapter = adapter_tensors(model.base)
    with staged_directory(out) as stage:
        save_file(heads, stage / HEADS_NAME, metadata={"format": "pt"})
        if adapter:
            save_file(adapter, stage / ADAPTER_NAME, metadata={"format": "pt"})
        if model.residuals.keys:
            write_residuals(model.residuals, stage / RESIDUALS_NAME)
        if prior is not None:
            prior.write(stage / PRIOR_NAME)
        rank = config.lora_rank
        write_artefact(
            stage,
            Artefact(
                name=config.name,
                base=read_base(run.base),
                embedding_version=run.data.catalogue.embedding_version,
                towers=model.towers.config,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                genrec_version=version("moodreel"),
                adapter=AdapterConfig(rank, rank, TARGET_MODULES) if adapter else None,
                residuals=len(model.residuals.keys),
                blend=asdict(blend) if blend is not None else None,
                training={**asdict(config), "start": run.start, "talk_start": run.talk_start},
                metrics=metrics,
            ),
        )
        # Read back whole before it takes its place: a fault shows now, not where it is served.
        return read_artefact(stage)
