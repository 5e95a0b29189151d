"""Merge an artefact's low-rank changes into the weights of its base.

The one place where this happens: for the directory that vLLM serves and for the model in plain
torch, so that both compute with the same numbers. In training the changes stay apart (peft).

Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models".
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from genrec.checkpoint import ADAPTER_NAME, Artefact, read_artefact
from genrec.errors import GenRecError

WEIGHTS_NAME = "model.safetensors"
PREFIX = "model."
A_SUFFIX, B_SUFFIX = ".lora_A", ".lora_B"


def merge_adapter(
    state: MutableMapping[str, Tensor],
    adapter: Mapping[str, Tensor],
    scale: float,
    *,
    prefix: str = PREFIX,
    stored_as: torch.dtype | None = None,
) -> None:
    """Replace weights in `state` by `weight + scale * B @ A`, computed in float32.

    Args:
        state: weights by name; "layers.0.mlp.up_proj" of the adapter changes
            `prefix + "layers.0.mlp.up_proj.weight"`, (out, in).
        adapter: "....lora_A" (rank, in) and "....lora_B" (out, rank), in pairs.
        scale: alpha / rank.
        stored_as: round the result to this type, as a file of it would; the result always has
            the weight's own type.

    Raises:
        GenRecError: half of a pair, a module that the base lacks, or factors of another size.
            `state` is then unchanged.
    """
    merged: dict[str, Tensor] = {}
    for name in adapter_modules(adapter):
        key = f"{prefix}{name}.weight"
        if key not in state:
            raise GenRecError(f"The adapter changes {name}, which the base does not have.")
        weight = state[key]
        down, up = adapter[name + A_SUFFIX].float(), adapter[name + B_SUFFIX].float()
        if down.shape[0] != up.shape[1] or (up.shape[0], down.shape[1]) != tuple(weight.shape):
            raise GenRecError(
                f"The adapter's factors of {name} are {tuple(up.shape)} and {tuple(down.shape)}, "
                f"the base's weight is {tuple(weight.shape)}."
            )
        total = weight.float() + scale * (up @ down)
        merged[key] = total.to(stored_as or weight.dtype).to(weight.dtype)
    state.update(merged)


def adapter_modules(adapter: Mapping[str, Tensor]) -> list[str]:
    """Return the modules that an adapter changes, in order.

    Raises:
        GenRecError: a tensor that is not one of a pair.
    """
    modules = sorted({name.removesuffix(A_SUFFIX).removesuffix(B_SUFFIX) for name in adapter})
    expected = {module + suffix for module in modules for suffix in (A_SUFFIX, B_SUFFIX)}
    if odd := sorted(expected ^ set(adapter)):
        raise GenRecError(f"The adapter's tensors do not come in pairs: {odd[0]}.")
    return modules


def read_adapter(directory: Path) -> dict[str, Tensor]:
    """Return the tensors of an artefact's adapter, which must have one."""
    return load_file(directory / ADAPTER_NAME)


@torch.no_grad()
def merge_artefact(model: Any, directory: Path, artefact: Artefact | None = None) -> None:
    """Merge an artefact's adapter, if it has one, into a loaded causal language model, in place.

    Weights are rounded as the served file of a bf16 base rounds them, whatever type the model was
    loaded in: evaluation then ranks with the weights that are served.

    Raises:
        GenRecError: the artefact is damaged, or its adapter does not fit the model.
    """
    artefact = artefact or read_artefact(directory)
    if artefact.adapter is None:
        return
    state = dict(model.state_dict())
    adapter = read_adapter(directory)
    merge_adapter(state, adapter, artefact.adapter.scale, stored_as=torch.bfloat16)
    weights = dict(model.named_parameters())
    for name in adapter_modules(adapter):
        weights[f"{PREFIX}{name}.weight"].copy_(state[f"{PREFIX}{name}.weight"])


def write_merged_weights(base: Path, artefact: Path, scale: float, out: Path) -> None:
    """Write the weights of a base with an artefact's adapter merged in, as `model.safetensors`.

    Raises:
        GenRecError: the adapter does not fit the base, or the base's weights are in several files.
    """
    weights = base / WEIGHTS_NAME
    if not weights.exists():
        raise GenRecError(f"{weights} is missing: an adapter needs its base in a single file.")
    state = load_file(weights)
    merge_adapter(state, read_adapter(artefact), scale)
    save_file(state, out / WEIGHTS_NAME, metadata={"format": "pt"})
    (out / WEIGHTS_NAME).chmod(0o644)
