"""Low-rank changes of the base while they are trained, by peft; merged, they are `adapter`'s.

Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

TARGET_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
ADAPTER = "default"


def add_lora(base: Any, rank: int) -> None:
    """Put low-rank changes beside every linear map of every layer, in place; they start at zero.

    alpha equals the rank: the change is B @ A as it is.
    """
    from peft import LoraConfig, inject_adapter_in_model

    config = LoraConfig(r=rank, lora_alpha=rank, target_modules=list(TARGET_MODULES), bias="none")
    inject_adapter_in_model(config, base, adapter_name=ADAPTER)
    base.requires_grad_(False)


def lora_factors(base: Any, first: int, last: int) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the factors of layers [first, last) as "layers.0.mlp.up_proj.lora_A" and the like."""
    for index, layer in enumerate(base.model.layers):
        if not first <= index < last:
            continue
        for name, module in layer.named_modules():
            if hasattr(module, "lora_A") and ADAPTER in module.lora_A:
                yield f"layers.{index}.{name}.lora_A", module.lora_A[ADAPTER].weight
                yield f"layers.{index}.{name}.lora_B", module.lora_B[ADAPTER].weight


def adapter_tensors(base: Any) -> dict[str, Tensor]:
    """Return the changes of all layers as an artefact keeps them: bf16, without untrained ones."""
    factors = dict(lora_factors(base, 0, len(base.model.layers)))
    trained = {
        name.removesuffix(".lora_B") for name, value in factors.items() if is_used(name, value)
    }
    return {
        name: value.detach().to(torch.bfloat16).cpu().contiguous()
        for name, value in factors.items()
        if name.rpartition(".")[0] in trained
    }


def is_used(name: str, value: Tensor) -> bool:
    return name.endswith(".lora_B") and bool(value.any())
