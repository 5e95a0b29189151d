"""The model that is trained and the model that is served give the same scores."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest
import torch

from genrec.contract import HistoryEvent, RankResponse
from genrec.model import load_genrec
from genrec.verbalization import Verbalizer
from tests.genrec.conftest import N_ROWS, N_SLOTS, unit_vectors

pytestmark = [pytest.mark.vllm, pytest.mark.slow]

HISTORIES: list[list[HistoryEvent]] = [
    [],
    [HistoryEvent(slot=3)],
    [HistoryEvent(slot=slot, kind="liked", days_ago=60 - slot) for slot in range(50)],
]


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("wish", ["", "a slow film about the sea"])
def test_training_and_serving_agree(
    client: httpx.Client, tiny_model: Path, wish: str, history: list[HistoryEvent]
) -> None:
    body = {
        "wish": wish,
        "history": [event.model_dump() for event in history],
        "slots": list(range(N_ROWS)),
    }
    answer = RankResponse.model_validate(client.post("/genrec/rank", json=body).json())
    served = np.array(sorted(zip(answer.slots, answer.logprobs, strict=True)))[:, 1]

    model = load_genrec(tiny_model.parent / "artefact", tiny_model.parent / "base", N_SLOTS)
    verbalizer = Verbalizer.from_directory(tiny_model, model.vocabulary)
    content = torch.zeros(N_SLOTS, unit_vectors(1, seed=0).shape[1])
    content[:N_ROWS] = torch.from_numpy(unit_vectors(N_ROWS, seed=0).astype(np.float32))
    with torch.no_grad():
        rows, biases = model.towers.output_rows(content[:N_ROWS])
        ids = torch.tensor([verbalizer.prompt(wish, history, max_tokens=500)])
        hidden = model.hidden(ids, model.entity_rows(content))[0, -1]
        trained = model.towers.logits(hidden, rows, biases).log_softmax(-1).numpy()

    assert answer.prompt_tokens == ids.shape[1]
    # bfloat16 weights on some machines: close, and in the same order but for near ties.
    assert served == pytest.approx(trained, abs=0.1)
    assert np.corrcoef(served, trained)[0, 1] > 0.99
