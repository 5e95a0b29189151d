"""Merging low-rank changes: the arithmetic, and what is refused."""

from __future__ import annotations

import pytest
import torch

from genrec.adapter import merge_adapter
from genrec.errors import GenRecError

UP, DOWN = "layers.0.mlp.up_proj", "layers.0.mlp.down_proj"


def base(dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
    return {
        f"model.{UP}.weight": torch.zeros(3, 2, dtype=dtype),
        f"model.{DOWN}.weight": torch.ones(2, 3, dtype=dtype),
    }


def change(n_out: int = 3) -> dict[str, torch.Tensor]:
    return {
        f"{UP}.lora_A": torch.tensor([[1.0, 2.0]]),
        f"{UP}.lora_B": torch.tensor([[1.0], [10.0], [100.0]])[:n_out],
    }


def test_a_change_is_added_in_its_scale_and_to_its_module_alone() -> None:
    state = base()
    merge_adapter(state, change(), 0.5)

    expected = torch.tensor([[0.5, 1.0], [5.0, 10.0], [50.0, 100.0]])
    assert torch.equal(state[f"model.{UP}.weight"], expected)
    assert torch.equal(state[f"model.{DOWN}.weight"], torch.ones(2, 3))


def test_the_weight_keeps_its_type_but_not_the_rounding_of_each_step() -> None:
    """257 is no bfloat16, 256 + 2 is: the sum must be rounded once, at its end."""
    state = {f"model.{UP}.weight": torch.full((1, 1), 256.0, dtype=torch.bfloat16)}
    pair = {f"{UP}.lora_A": torch.ones(2, 1), f"{UP}.lora_B": torch.ones(1, 2)}
    merge_adapter(state, {name: value.bfloat16() for name, value in pair.items()}, 1.0)

    weight = state[f"model.{UP}.weight"]
    assert weight.dtype == torch.bfloat16
    assert weight.item() == 258


def test_a_float32_weight_can_be_rounded_as_its_file_would_be() -> None:
    state = {f"model.{UP}.weight": torch.full((1, 1), 1.0)}
    pair = {f"{UP}.lora_A": torch.full((1, 1), 1e-4), f"{UP}.lora_B": torch.ones(1, 1)}
    exact = dict(state)
    merge_adapter(state, pair, 1.0, stored_as=torch.bfloat16)
    merge_adapter(exact, pair, 1.0)

    assert state[f"model.{UP}.weight"].item() == 1.0
    assert state[f"model.{UP}.weight"].dtype == torch.float32
    assert exact[f"model.{UP}.weight"].item() == pytest.approx(1.0001)


@pytest.mark.parametrize(
    ("adapter", "message"),
    [
        ({**change(), "layers.9.mlp.up_proj.lora_A": torch.ones(1, 2)}, "in pairs: layers.9"),
        ({f"layers.9{name[8:]}": value for name, value in change().items()}, "does not have"),
        (change(n_out=2), r"\(2, 1\) and \(1, 2\), the base's weight is \(3, 2\)"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    adapter: dict[str, torch.Tensor], message: str
) -> None:
    state = base()

    with pytest.raises(GenRecError, match=message):
        merge_adapter(state, adapter, 1.0)
    assert torch.equal(state[f"model.{UP}.weight"], torch.zeros(3, 2))
