"""SASRec and GRU4Rec on next-title ranking, under the protocol of `genrec evaluate`.

Run by `benchmarks/peers.sh`, which makes the environment. Each user's last title is the target
(or the one of --targets), the title before it serves for early stopping and is not trained on,
every title that occurs is ranked, a user's own history left out, ties against the target. Ranks
come from the model's scores by `genrec.metrics`, not from the library's own metrics.

Both models are trained by RecTools: shifted sequences, softmax over all titles, Adam. SASRec is
its own; GRU4Rec is torch's GRU in the place of the transformer blocks (`peers_models`).
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from peers_models import BLOCKS, SEED, Choices, PlainCheckpoints, ResumingTrainer, build
from peers_report import check_by_hand, entry, figures
from pytorch_lightning import Callback, Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel
from rectools.models.nn.transformers.lightning import TransformerLightningModule
from rectools.models.nn.transformers.sasrec import SASRecDataPreparator

from genrec.metrics import rank_of

SCORE_BATCH = 128
VALIDATION_USERS = 1000
Histories = dict[int, list[int]]


class Catalogue:
    """Every title that occurs, and where the model keeps it (-1: it never saw the title)."""

    def __init__(self, movie_ids: Sequence[int]) -> None:
        self.movie_ids = sorted(set(movie_ids))
        self.column = {movie_id: i for i, movie_id in enumerate(self.movie_ids)}

    def rows_in(self, preparator: SASRecDataPreparator) -> npt.NDArray[np.int64]:
        known = preparator.item_id_map.to_internal
        return np.asarray([known.get(movie_id, -1) for movie_id in self.movie_ids])


def scores(
    module: TransformerLightningModule, histories: Sequence[Sequence[int]], catalogue: Catalogue
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield one score per title of the catalogue for each history; -inf for unknown titles."""
    preparator, net = module.data_preparator, module.torch_model
    rows = catalogue.rows_in(preparator)
    known = preparator.item_id_map.to_internal
    device = next(net.parameters()).device
    net.eval()
    for start in range(0, len(histories), SCORE_BATCH):
        x = torch.zeros((SCORE_BATCH, preparator.session_max_len), dtype=torch.long)
        some = histories[start : start + SCORE_BATCH]
        for line, history in enumerate(some):
            kept = [known[m] for m in history if m in known][-preparator.session_max_len :]
            x[line, preparator.session_max_len - len(kept) :] = torch.tensor(kept)
        with torch.no_grad():
            items = net.item_model.get_all_embeddings()
            states = net.encode_sessions({"x": x[: len(some)].to(device)}, items)[:, -1]
            logits = net.similarity_module(states, items).cpu().numpy()
        yield from np.where(rows >= 0, logits[:, np.maximum(rows, 0)], -np.inf)


def ranks(
    module: TransformerLightningModule,
    histories: Histories,
    targets: Mapping[int, int],
    catalogue: Catalogue,
) -> dict[int, int | None]:
    """Return the rank of each user's target."""
    users = list(targets)
    lines = scores(module, [histories[user] for user in users], catalogue)
    return {
        user: rank_of(
            catalogue.column[targets[user]],
            line,
            [catalogue.column[movie_id] for movie_id in set(histories[user])],
        )
        for user, line in zip(users, lines, strict=True)
    }


class Watch(Callback):
    """Validates after each epoch, keeps the best weights, and ends on time or without progress."""

    def __init__(
        self,
        histories: Histories,
        targets: Mapping[int, int],
        catalogue: Catalogue,
        options: argparse.Namespace,
    ) -> None:
        self.histories, self.targets, self.catalogue = histories, targets, catalogue
        self.options = options
        self.state: dict[str, Any] = {"best": -1.0, "best_epoch": 0, "curve": []}
        self.state |= {"train_s": 0.0, "cpu_s": 0.0, "converged": False}

    def state_dict(self) -> dict[str, Any]:
        return self.state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.state |= state

    def on_train_epoch_start(self, trainer: Trainer, pl_module: Any) -> None:
        self.started, self.cpu_started = time.monotonic(), time.process_time()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        state, epoch = self.state, trainer.current_epoch + 1
        spent = time.monotonic() - self.started
        values = ranks(pl_module, self.histories, self.targets, self.catalogue)
        pl_module.train()
        found = figures(values)["NDCG@10"]
        state["train_s"] += time.monotonic() - self.started
        state["cpu_s"] += time.process_time() - self.cpu_started
        loss = float(trainer.callback_metrics.get("train_loss", float("nan")))
        state["curve"].append([epoch, round(state["train_s"]), found])
        print(f"epoch {epoch} loss {loss:.4f} ndcg {found:.4f} {spent:.0f}s", flush=True)
        if found > state["best"]:
            state["best"], state["best_epoch"] = found, epoch
            torch.save(pl_module.torch_model.state_dict(), self.options.work / "best.pt")
        state["converged"] = epoch - state["best_epoch"] >= self.options.patience
        trainer.should_stop = state["converged"] or time.monotonic() > self.options.deadline
        trainer.save_checkpoint(self.options.work / "last.ckpt")
        (self.options.work / "progress.json").write_text(json.dumps(state))


def chosen(options: argparse.Namespace) -> Choices:
    """Return the settings that can be chosen on the command line."""
    return Choices(**{field.name: getattr(options, field.name) for field in fields(Choices)})


def train(train_on: Histories, watch: Watch, options: argparse.Namespace) -> SASRecModel:
    """Train the model chosen, and load the best weights of its validation."""
    rows = [
        (user, movie_id, position)
        for user, movie_ids in train_on.items()
        for position, movie_id in enumerate(movie_ids)
    ]
    frame = pd.DataFrame(rows, columns=[Columns.User, Columns.Item, "position"])
    frame[Columns.Datetime] = pd.to_datetime(frame.pop("position"), unit="D")
    frame[Columns.Weight] = 1.0

    trainer = ResumingTrainer(
        accelerator=options.accelerator,
        devices=1,
        max_epochs=options.epochs,
        callbacks=[watch],
        plugins=[PlainCheckpoints()],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.checkpoint = options.work / "last.ckpt"
    model = build(options.model, chosen(options), trainer)
    model.fit(Dataset.construct(frame))
    best = torch.load(options.work / "best.pt", map_location="cpu", weights_only=True)
    model.torch_model.load_state_dict(best)
    model.torch_model.to(trainer.strategy.root_device)
    return model


def read_sequences(path: Path) -> Histories:
    """Return each user's titles in order, from a parquet file of user_id, pos, movie_id."""
    frame = pd.read_parquet(path).sort_values(["user_id", "pos"])
    return {int(u): [int(m) for m in ids] for u, ids in frame.groupby("user_id")["movie_id"]}


def split(options: argparse.Namespace) -> tuple[Histories, dict[int, int]]:
    """Return histories and the target of each: --targets, or else each user's last title."""
    histories = read_sequences(options.sequences)
    if options.targets:
        frame = pd.read_parquet(options.targets)
        pairs = zip(frame["user_id"], frame["movie_id"], strict=True)
        return histories, {int(user): int(movie_id) for user, movie_id in pairs}
    targets = {user: movie_ids[-1] for user, movie_ids in histories.items()}
    return {user: movie_ids[:-1] for user, movie_ids in histories.items()}, targets


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=BLOCKS)
    parser.add_argument("--sequences", type=Path, required=True, help="user_id, pos, movie_id")
    parser.add_argument("--targets", type=Path, help="user_id, movie_id; else the last titles")
    parser.add_argument("--out", type=Path, required=True, help="JSON, this model's entry is set")
    parser.add_argument("--ranks", type=Path, help="parquet of user_id, rank")
    parser.add_argument("--work", type=Path, required=True, help="checkpoints; goes on from them")
    parser.add_argument("--minutes", type=float, default=60, help="no epoch starts after these")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--patience", type=int, default=10)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--accelerator", choices=("auto", "cpu", "gpu"), default="auto")
    for field in fields(Choices):
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default)
    options = parser.parse_args()
    options.deadline = time.monotonic() + 60 * options.minutes
    options.work.mkdir(parents=True, exist_ok=True)
    return options


def main() -> None:
    check_by_hand()
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = True
    seed_everything(SEED)
    histories, targets = split(options)
    everything = [m for movie_ids in histories.values() for m in movie_ids]
    catalogue = Catalogue([*everything, *targets.values()])
    before = {user: movie_ids[:-1] for user, movie_ids in histories.items()}
    some = np.random.default_rng(SEED).permutation(sorted(targets))[:VALIDATION_USERS].tolist()
    watch = Watch(before, {user: histories[user][-1] for user in some}, catalogue, options)
    model = train(before, watch, options)
    (watch,) = [c for c in model.fit_trainer.callbacks if isinstance(c, Watch)]
    values = ranks(model.lightning_model, histories, targets, catalogue)
    if options.ranks:
        frame = pd.DataFrame({"user_id": list(values), "rank": list(values.values())})
        frame.to_parquet(options.ranks)
    known = json.loads(options.out.read_text()) if options.out.exists() else {}
    known[options.model] = entry(options, chosen(options), watch.state, values, len(some))
    options.out.write_text(json.dumps(known, indent=2) + "\n")
    print(json.dumps(known[options.model]["metrics"]))


if __name__ == "__main__":
    main()
