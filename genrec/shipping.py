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
    write_artefact,
)
from genrec.data import Rows
from genrec.errors import GenRecError
from genrec.files import staged_directory
from genrec.lora import TARGET_MODULES, adapter_tensors
from genrec.metrics import METRICS, bootstrap_ci95, mean, rank_of
from genrec.prior import BlendConfig, SequentialPrior, blend_scores
from genrec.ranking import by_length, head_scores
from genrec.residuals import write_residuals
from genrec.training import VALIDATION_TOKENS, Run, device_of

logger = logging.getLogger(__name__)

Matrix = npt.NDArray[np.floating[Any]]


def ship(run: Run, out: Path) -> Artefact:
    """Write the artefact of a run to `out`, and return it.

    Raises:
        GenRecError: the run was trained on histories in text mode, which is not served.
    """
    if run.config.mode != "entity":
        raise GenRecError("Only a model of entity mode is served: text mode is for comparisons.")
    users = sorted(run.data.validation)
    histories = [run.data.histories[user] for user in users]
    targets = [run.data.validation[user] for user in users]
    logger.info("ranking the validation titles of %d users", len(users))
    logprobs = head_logprobs(run, histories)
    prior = run.prior()
    blend, blended = None, logprobs
    if prior is not None:
        opinions, known = prior_opinions(prior, run.data.keys, histories)
        blend, trials = tune_blend(logprobs, opinions, known, targets, histories)
        for trial in trials:
            logger.info("blend %s: NDCG@10 %.4f", trial.config, trial.ndcg_at_10)
        blended = np.stack(
            [
                blend_scores(row, own, known, blend)
                for row, own in zip(logprobs, opinions, strict=True)
            ]
        )
    rankers = {
        "genrec": summary(logprobs, targets, histories),
        "blend": summary(blended, targets, histories),
    }
    metrics = {"users": len(users), "titles": len(run.data.catalogue), "rankers": rankers}
    return write_files(run, out, run.prior(complete=True) if blend else None, blend, metrics)


def head_logprobs(run: Run, histories: Sequence[Rows]) -> Matrix:
    """Return the catalog head's log-probabilities (U, N) after each history."""
    found = np.empty((len(histories), len(run.data.catalogue)), dtype=np.float32)
    content = run.full.to(device_of(run.model))
    for batch in by_length(histories, VALIDATION_TOKENS, run.config.max_events):
        chosen = [histories[index] for index in batch]
        scores = head_scores(
            run.model, run.verbalizer, content, chosen, max_events=run.config.max_events
        )
        for index, row in zip(batch, scores, strict=True):
            found[index] = torch.from_numpy(row).log_softmax(0).numpy()
    return found


def prior_opinions(
    prior: SequentialPrior, keys: Sequence[str], histories: Sequence[Rows]
) -> tuple[Matrix, npt.NDArray[np.bool_]]:
    """Return the prior's probabilities (U, N) of all titles, and which of them it knows (N,)."""
    places = np.array([prior.rows.get(key, -1) for key in keys])
    known = places >= 0
    opinions = np.zeros((len(histories), len(keys)))
    for index, history in enumerate(histories):
        found = prior.probabilities([keys[row] for row in history])
        opinions[index, known] = found[places[known]]
    return opinions, known


def summary(scores: Matrix, targets: Sequence[int], histories: Sequence[Rows]) -> dict[str, Any]:
    """Return every metric's mean over users and its interval."""
    ranks = [
        rank_of(target, row, history)
        for target, row, history in zip(targets, scores, histories, strict=True)
    ]
    result: dict[str, Any] = {"ci95": {}}
    for name, metric in METRICS.items():
        values = [metric(rank) for rank in ranks]
        result[name] = round(mean(values), 5)
        result["ci95"][name] = [round(bound, 5) for bound in bootstrap_ci95(values)]
    return result


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
        return write_artefact(
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
                training=asdict(config),
                metrics=metrics,
            ),
        )
