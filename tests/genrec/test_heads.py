"""Which layers a batch needs: those below the catalog head's for rankings, all for language."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

pytest.importorskip("vllm", reason="needs the environment that serves")

from vllm import SamplingParams
from vllm.model_executor.models import llama
from vllm.v1.sample.logits_processor import BatchUpdate, MoveDirectionality

from genrec.serving.heads import CATALOG_PASS, HEAD_KEY, HeadGate, only_rankings
from genrec.serving.model import EntityLlamaModel

RANKING = SamplingParams(extra_args={HEAD_KEY: CATALOG_PASS})
LANGUAGE = SamplingParams()
N_LAYERS, TAP_LAYER = 5, 2


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> HeadGate:
    monkeypatch.setattr(HeadGate, "of_engine", None)
    config: Any = SimpleNamespace(
        model_config=SimpleNamespace(hf_config=SimpleNamespace(genrec_n_words=10))
    )
    return HeadGate(config, torch.device("cpu"), False)


def update(gate: HeadGate, size: int, **changes: Any) -> bool:
    parts: dict[str, Any] = {"removed": [], "added": [], "moved": [], **changes}
    parts["added"] = [(index, params, [], []) for index, params in parts["added"]]
    gate.update_state(BatchUpdate(batch_size=size, **parts))
    return only_rankings()


def test_before_an_engine_and_in_an_empty_batch_there_are_no_rankings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(HeadGate, "of_engine", None)
    assert not only_rankings()


def test_the_gate_follows_the_batch(gate: HeadGate) -> None:
    assert not only_rankings()
    assert update(gate, 1, added=[(0, RANKING)])
    assert update(gate, 2, added=[(1, RANKING)])
    gate.update_state(None)  # a step without a change
    assert only_rankings()
    assert not update(gate, 3, added=[(2, LANGUAGE)])
    # The first ranking is done; the language request takes its place.
    moved = [(2, 0, MoveDirectionality.UNIDIRECTIONAL)]
    assert not update(gate, 2, removed=[0], moved=moved)
    assert update(gate, 1, removed=[0], moved=[(1, 0, MoveDirectionality.UNIDIRECTIONAL)])
    assert not update(gate, 0, removed=[0])


class CountedLayer(nn.Module):
    """Adds one to the residual, and to the number of times it ran."""

    runs = 0

    def forward(self, positions: Tensor, hidden: Tensor, residual: Tensor | None) -> Any:
        self.runs += 1
        return hidden, (torch.zeros_like(hidden) if residual is None else residual) + 1


class Norm(nn.Module):
    def forward(self, hidden: Tensor, residual: Tensor) -> tuple[Tensor, Tensor]:
        return hidden + residual, residual


@pytest.fixture
def layers(monkeypatch: pytest.MonkeyPatch) -> EntityLlamaModel:
    """The model's own pass over layers that count; vLLM's constructor would start an engine."""
    stage = SimpleNamespace(is_first_rank=True, is_last_rank=True)
    monkeypatch.setattr(llama, "get_pp_group", lambda: stage)
    model = EntityLlamaModel.__new__(EntityLlamaModel)
    nn.Module.__init__(model)
    model.do_not_compile = True
    model.layers = nn.ModuleList(CountedLayer() for _ in range(N_LAYERS))
    model.norm = Norm()
    model.start_layer, model.end_layer = 0, N_LAYERS
    model.tap_layer, model.can_stop = TAP_LAYER, True
    model._set_aux_hidden_state_layers((TAP_LAYER,))
    return model


@pytest.mark.parametrize(
    ("batch", "can_stop", "n_layers"),
    [
        ([RANKING, RANKING], True, TAP_LAYER),
        ([RANKING, LANGUAGE], True, N_LAYERS),
        ([LANGUAGE], True, N_LAYERS),
        ([RANKING], False, N_LAYERS),
    ],
)
def test_a_batch_of_rankings_ends_at_the_layer_the_catalog_head_reads(
    gate: HeadGate,
    layers: EntityLlamaModel,
    batch: list[SamplingParams],
    can_stop: bool,
    n_layers: int,
) -> None:
    layers.can_stop = can_stop
    update(gate, len(batch), added=list(enumerate(batch)))

    output = layers(None, torch.arange(3), None, torch.zeros(3, 4))

    assert [layer.runs for layer in layers.layers] == [1] * n_layers + [0] * (N_LAYERS - n_layers)
    last, tapped = output.chunk(2, dim=-1)
    assert (tapped == TAP_LAYER).all()
    assert (last == n_layers).all()
    assert layers.end_layer == N_LAYERS  # for the next batch
