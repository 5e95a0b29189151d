"""A real server that blends: its answers are head and prior, mixed as evaluation mixes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from genrec.checkpoint import PRIOR_NAME
from genrec.contract import RankResponse, ServerState
from genrec.kin import expected_of_kin, nearest_known
from genrec.prior import LEAST, BlendConfig, SequentialPrior, blend_scores
from genrec.tiny import N_PRIOR, N_RESIDUALS, tiny_key
from tests.genrec.conftest import EMBEDDING_VERSION, N_ROWS, unit_vectors, wire_row

pytestmark = [pytest.mark.vllm, pytest.mark.slow]

HISTORY = [{"slot": slot} for slot in (7, 3, 55, 12)]
SLOTS = list(range(20, N_ROWS))


def rank(client: httpx.Client, **body: Any) -> RankResponse:
    request = {"history": HISTORY, "slots": SLOTS, **body}
    reply = client.post("/genrec/rank", json=request).raise_for_status()
    return RankResponse.model_validate(reply.json())


def scores(answer: RankResponse) -> np.ndarray:
    """Return an answer's log-probabilities in the order of the slots."""
    return np.array(sorted(zip(answer.slots, answer.logprobs, strict=True)))[:, 1]


@pytest.mark.parametrize("wish", ["", "something funny"])
def test_a_ranking_is_the_blend_that_is_evaluated(
    client: httpx.Client, tiny_model: Path, wish: str
) -> None:
    alone = rank(client, wish=wish, scorer="genrec")
    blended = rank(client, wish=wish)

    prior = SequentialPrior.read(tiny_model.parent / "artefact" / PRIOR_NAME)
    likely = prior.probabilities([tiny_key(event["slot"]) for event in HISTORY])
    content = unit_vectors(N_ROWS, 0).astype(np.float16).astype(np.float32)
    kin = nearest_known(content[N_PRIOR:], content[:N_PRIOR])
    seen = [event["slot"] for event in HISTORY if event["slot"] < N_PRIOR]
    opinion = np.concatenate([likely[:N_PRIOR], expected_of_kin(likely, kin, seen, LEAST)])[SLOTS]
    everything = np.ones(len(SLOTS), dtype=bool)
    expected = blend_scores(scores(alone), opinion, everything, BlendConfig(), wish=bool(wish))
    assert SLOTS[0] < N_PRIOR < SLOTS[-1]
    assert scores(blended) == pytest.approx(expected, abs=0.02)
    assert abs(scores(blended) - scores(alone)).max() > 0.05
    assert (alone.scored_by, blended.scored_by) == ("genrec", "blend")


def test_dislikes_are_no_history_of_the_prior(client: httpx.Client) -> None:
    disliked = [*HISTORY, {"slot": 30, "kind": "disliked"}]

    assert scores(rank(client, history=disliked)) == pytest.approx(scores(rank(client)), abs=0.02)


def test_the_best_of_the_catalogue_are_the_best_of_a_blend_of_all(client: httpx.Client) -> None:
    seen = {event["slot"] for event in HISTORY}
    everything = rank(client, slots=list(range(N_ROWS)))
    others = [slot for slot in everything.slots if slot not in seen]
    logprobs = dict(zip(everything.slots, everything.logprobs, strict=True))
    best = rank(client, slots=None, k=5)

    assert best.slots == others[:5]
    assert best.logprobs == pytest.approx([logprobs[slot] for slot in others[:5]], abs=0.02)


def test_a_row_whose_id_changes_changes_what_the_prior_and_the_residual_say(
    client: httpx.Client,
) -> None:
    """The same content under another imdb id: another residual, another place in the prior."""
    before = scores(rank(client))
    content = unit_vectors(N_ROWS, seed=0)[20]
    body = {
        "embedding_version": EMBEDDING_VERSION,
        "rows": [wire_row(20, content, "other", "tt9999999")],
    }
    client.put("/genrec/rows", json=body).raise_for_status()

    assert abs(scores(rank(client, scorer="blend")) - before)[0] > 0.05
    state = ServerState.model_validate(client.get("/genrec/state").json())
    assert state.residual_rows == N_RESIDUALS - 1


def test_the_state_tells_what_the_artefact_brought(client: httpx.Client) -> None:
    state = ServerState.model_validate(client.get("/genrec/state").json())

    assert state.artefact_format == 2
    assert state.residual_rows == N_RESIDUALS
    assert state.prior


def test_an_unknown_scorer_is_refused(client: httpx.Client) -> None:
    refused = client.post("/genrec/rank", json={"slots": [1], "scorer": "popularity"})

    assert refused.status_code == 400
