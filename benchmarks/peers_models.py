"""The models `benchmarks/peers.py` trains: RecTools' SASRec, and a GRU in its blocks' place.

What is changed saves time and leaves every loss term as it was: batches hold histories of like
length and are cut to the longest, and logits are computed only where there is a next title.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Trainer
from pytorch_lightning.plugins import TorchCheckpointIO
from rectools.models import SASRecModel
from rectools.models.nn.transformers.data_preparator import SequenceDataset
from rectools.models.nn.transformers.lightning import TransformerLightningModule
from rectools.models.nn.transformers.net_blocks import TransformerLayersBase
from rectools.models.nn.transformers.sasrec import SASRecDataPreparator
from torch.utils.data import DataLoader, Sampler

SEED = 0
POOL_BATCHES = 8
SOFTMAX_LINES = 512
BLOCKS: Mapping[str, int] = {"sasrec": 2, "gru4rec": 1}


@dataclass(frozen=True)
class Choices:
    """What can be chosen of a model and its training; `width` is that of the embeddings."""

    batch: int = 32
    length: int = 200
    lr: float = 1e-3
    width: int = 128
    dropout: float = 0.2


class RecurrentLayers(TransformerLayersBase):
    """GRU4Rec's layers (Hidasi et al. 2016): a GRU, and a projection back to the embeddings.

    The GRU is twice as wide as they.
    """

    def __init__(self, n_blocks: int, n_factors: int, dropout_rate: float, **_: Any) -> None:
        super().__init__()
        self.gru = torch.nn.GRU(n_factors, 2 * n_factors, n_blocks, batch_first=True)
        self.dropout = torch.nn.Dropout(dropout_rate)
        self.back = torch.nn.Linear(2 * n_factors, n_factors)

    def forward(
        self, seqs: torch.Tensor, timeline_mask: torch.Tensor, *_: Any, **__: Any
    ) -> torch.Tensor:
        states, _last = self.gru(seqs * timeline_mask)
        return self.back(self.dropout(states))


class LikeLengths(Sampler[list[int]]):
    """Shuffled batches of histories of like length: sorted within pools of some batches."""

    def __init__(self, lengths: Sequence[int], size: int) -> None:
        self.lengths = np.asarray(lengths)
        self.size = size
        self.random = np.random.default_rng(SEED)

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.size)

    def __iter__(self) -> Iterator[list[int]]:
        order = self.random.permutation(len(self.lengths))
        pool = self.size * POOL_BATCHES
        batches = []
        for start in range(0, len(order), pool):
            some = order[start : start + pool]
            some = some[np.argsort(self.lengths[some], kind="stable")]
            batches += [some[i : i + self.size].tolist() for i in range(0, len(some), self.size)]
        for index in self.random.permutation(len(batches)):
            yield batches[index]


class LikeLengthPreparator(SASRecDataPreparator):
    """The library's batches without the columns in which all are padding.

    Its positions count from the end, so cutting on the left changes no position.
    """

    # An array in the place of the library's tuple, which pandas 3 takes no distinct values of.
    item_extra_tokens = np.asarray(SASRecDataPreparator.item_extra_tokens, dtype=object)

    def _collate_fn_train(self, batch: Any) -> dict[str, torch.Tensor]:
        columns = super()._collate_fn_train(batch)
        longest = max(len(items) for items, _, _ in batch) - 1
        return {name: column[:, -longest:] for name, column in columns.items()}

    def get_dataloader_train(self) -> DataLoader:
        sequences = SequenceDataset.from_interactions(self.train_dataset.interactions.df)
        lengths = [len(items) for items in sequences.sessions]
        sampler = LikeLengths(lengths, self.batch_size)
        return DataLoader(sequences, batch_sampler=sampler, collate_fn=self._collate_fn_train)


class Softmax(torch.autograd.Function):
    """Mean cross-entropy over all titles: a third of the memory traffic on a CPU.

    There some lines at a time stay in its cache; a GPU takes all at once.
    """

    @staticmethod
    def forward(
        ctx: Any, states: torch.Tensor, items: torch.Tensor, targets: torch.Tensor
    ) -> torch.Tensor:
        to_states, to_items = torch.empty_like(states), torch.zeros_like(items)
        total = states.new_zeros(())
        lines = len(states) if states.is_cuda else SOFTMAX_LINES
        for start in range(0, len(states), lines):
            some = states[start : start + lines]
            target = targets[start : start + lines, None]
            logits = some @ items.T
            logits.sub_(logits.logsumexp(1, keepdim=True))
            total -= logits.gather(1, target).sum()
            logits.exp_().scatter_add_(1, target, -torch.ones_like(target, dtype=logits.dtype))
            torch.mm(logits, items, out=to_states[start : start + lines])
            to_items.addmm_(logits.T, some)
        ctx.save_for_backward(to_states / len(states), to_items / len(states))
        return total / len(states)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        to_states, to_items = ctx.saved_tensors
        return to_states * grad, to_items * grad, None


class DenseLoss(TransformerLightningModule):
    """The library's softmax loss, computed only where there is a next title."""

    def training_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> torch.Tensor:
        items = self.torch_model.item_model.get_all_embeddings()
        states = self.torch_model.encode_sessions(batch, items)
        known = batch["y"] != 0
        loss = Softmax.apply(states[known], items, batch["y"][known])
        self.log(self.train_loss_name, loss, on_step=False, on_epoch=True)
        return loss


class PlainCheckpoints(TorchCheckpointIO):
    """Checkpoints that hold tensors and plain values only, so that reading one runs no code.

    The library's hyperparameters hold classes; going on does not need them.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, **options: Any) -> None:
        plain = {name: value for name, value in checkpoint.items() if name != "hyper_parameters"}
        super().save_checkpoint(plain, path, **options)

    def load_checkpoint(self, path: Any, **_: Any) -> dict[str, Any]:
        checkpoint: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return checkpoint


class ResumingTrainer(Trainer):
    """Goes on from a checkpoint: the library's fit passes none."""

    checkpoint: Path | None = None

    def fit(self, model: Any, *loaders: Any) -> None:  # type: ignore[override]
        found = self.checkpoint if self.checkpoint and self.checkpoint.exists() else None
        # Otherwise the weights that were just read are drawn anew.
        model.is_fitted = found is not None
        super().fit(model, *loaders, ckpt_path=found)


def build(name: str, chosen: Choices, trainer: Trainer) -> SASRecModel:
    """Return the untrained model of that name; `trainer` is the one that will fit it."""
    layers = {"transformer_layers_type": RecurrentLayers} if name == "gru4rec" else {}
    return SASRecModel(
        **layers,
        n_blocks=BLOCKS[name],
        n_heads=1,
        n_factors=chosen.width,
        dropout_rate=chosen.dropout,
        use_pos_emb=name == "sasrec",
        session_max_len=chosen.length,
        loss="softmax",
        lr=chosen.lr,
        batch_size=chosen.batch,
        data_preparator_type=LikeLengthPreparator,
        lightning_module_type=DenseLoss,
        get_trainer_func=lambda: trainer,
    )


def settings(name: str, chosen: Choices) -> dict[str, Any]:
    """Return what `build` was told and what it decides, to be reported."""
    shown: dict[str, Any] = {"n_blocks": BLOCKS[name], "n_heads": 1, "n_factors": chosen.width}
    shown |= {"dropout_rate": chosen.dropout, "session_max_len": chosen.length}
    shown |= {"loss": "softmax over all titles", "optimizer": "Adam", "lr": chosen.lr}
    shown |= {"batch_size": chosen.batch, "seed": SEED}
    return {**shown, "gru_width": 2 * chosen.width} if name == "gru4rec" else shown
