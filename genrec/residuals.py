"""What the model knows of a title beyond its content: learned numbers for titles with a history.

A residual is added to what the towers make of a title's content. Titles without one (new ones,
and those seen too rarely in training) have the towers' rows alone, so both kinds live in one
space and one softmax. In training, residuals are dropped at random: the towers must stand alone.

Shapes: N titles of a catalogue, M of them with a residual, H = hidden size, D = head dimension.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from genrec.errors import GenRecError


class Residuals(nn.Module):
    """Learned additions to the rows of M titles, named by imdb id. They start at zero."""

    def __init__(self, keys: Sequence[str], hidden_size: int, head_dim: int) -> None:
        super().__init__()
        self.keys = tuple(keys)
        self.index: Mapping[str, int] = {key: index for index, key in enumerate(self.keys)}
        self.input = nn.Parameter(torch.zeros(len(self.keys), hidden_size))
        self.output = nn.Parameter(torch.zeros(len(self.keys), head_dim))
        self.bias = nn.Parameter(torch.zeros(len(self.keys)))
        self.float()

    def places(self, keys: Sequence[str]) -> Tensor:
        """Return the residual's index of each key, (N,) int64; -1 for titles without one."""
        return torch.tensor([self.index.get(key, -1) for key in keys], dtype=torch.long)


def residual_keys(
    keys: Sequence[str], histories: Sequence[Sequence[int]], least: int
) -> tuple[str, ...]:
    """Return the imdb ids of rows that occur at least `least` times and have an id, in order."""
    counts = Counter(row for history in histories for row in history)
    found = [key for row, key in enumerate(keys) if key and counts[row] >= least]
    return tuple(dict.fromkeys(found))


def added(rows: Tensor, values: Tensor, places: Tensor, keep: Tensor) -> Tensor:
    """Return `rows` (N, ...) plus each title's residual, where it has one and `keep` (N,) says so.

    `values` (M, ...) are residuals, `places` (N,) their indices or -1.
    """
    if not len(values):
        return rows
    used = (places >= 0).to(rows) * keep.to(rows)
    picked = values[places.clamp(min=0)]
    return rows + picked * used.view(-1, *[1] * (rows.dim() - 1))


def read_residuals(path: Path, hidden_size: int, head_dim: int) -> Residuals:
    """Read the residuals of an artefact in float32.

    Raises:
        GenRecError: damaged, or of other sizes than the artefact's.
    """
    import json

    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as tensors:
            keys = json.loads((tensors.metadata() or {})["imdb"])
            values = {name: tensors.get_tensor(name) for name in ("input", "output", "bias")}
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise GenRecError(f"{path} holds no residuals: {error}.") from error
    residuals = Residuals(keys, hidden_size, head_dim)
    for name, parameter in residuals.named_parameters():
        if values[name].shape != parameter.shape:
            raise GenRecError(
                f"{path}: {name} is {tuple(values[name].shape)}, expected {tuple(parameter.shape)}."
            )
        parameter.data.copy_(values[name].float())
    return residuals


def write_residuals(residuals: Residuals, path: Path) -> None:
    """Write residuals: rows in bf16, biases in float32, imdb ids in the metadata."""
    import json

    from safetensors.torch import save_file

    tensors = {
        "input": residuals.input.detach().bfloat16().contiguous(),
        "output": residuals.output.detach().bfloat16().contiguous(),
        "bias": residuals.bias.detach().float().contiguous(),
    }
    save_file(tensors, path, metadata={"format": "pt", "imdb": json.dumps(residuals.keys)})
