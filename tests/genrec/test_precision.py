"""Layers multiply in bfloat16 to learn where that is fast, and never to rank on a CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from genrec.model import load_base, run_layers

FAST = {"avx512_bf16": True}


@pytest.fixture(scope="module")
def llama(tiny_model: Path) -> Any:
    return load_base(tiny_model.parent / "base", 49152).model


def on(capabilities: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)


def states(llama: Any) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    embedded = torch.randn(2, 5, llama.config.hidden_size, generator=generator)
    found = run_layers(llama, embedded, 0, 2)
    assert found.dtype == torch.float32
    return found.detach()


def test_a_cpu_without_bfloat16_learns_in_float32(
    llama: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on({"avx2": True, "avx512_bf16": False}, monkeypatch)
    learning = states(llama)
    with torch.no_grad():
        assert torch.equal(learning, states(llama))


def test_a_cpu_made_for_it_learns_in_bfloat16(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    on(FAST, monkeypatch)
    learning = states(llama)
    with torch.no_grad():
        exact = states(llama)

    assert not torch.equal(learning, exact)
    # Eight bits of mantissa: a percent here and there.
    assert (learning - exact).abs().mean() < 0.02 * exact.abs().mean()


def test_rankings_are_the_same_on_every_cpu(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    on({}, monkeypatch)
    with torch.no_grad():
        plain = states(llama)
        on(FAST, monkeypatch)
        assert torch.equal(plain, states(llama))
