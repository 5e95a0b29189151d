"""A real server with a tiny random model: ranking, rows, and the two heads side by side."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest

from genrec.contract import CONTENT_DIM, RankResponse, RowStamps, ServerState
from tests.genrec.conftest import EMBEDDING_VERSION, N_ROWS, N_SLOTS, unit_vectors, wire_row

pytestmark = [pytest.mark.vllm, pytest.mark.slow]

N_WORDS = 49152
CANDIDATES = list(range(20, 50))
SCHEMA = {
    "type": "object",
    "properties": {"genre": {"enum": ["comedy", "drama"]}, "year": {"type": "integer"}},
    "required": ["genre", "year"],
    "additionalProperties": False,
}


def rank(client: httpx.Client, **changes: Any) -> RankResponse:
    history = [{"slot": slot} for slot in changes.pop("history", [1, 2, 3, 4])]
    body = {"wish": "", "history": history, "slots": CANDIDATES, **changes}
    response = client.post("/genrec/rank", json=body)
    assert response.status_code == 200, response.text
    return RankResponse.model_validate(response.json())


def scores(response: RankResponse) -> np.ndarray:
    """Return the log-probabilities in the order of CANDIDATES."""
    by_slot = dict(zip(response.slots, response.logprobs, strict=True))
    return np.array([by_slot[slot] for slot in CANDIDATES])


def put(client: httpx.Client, *rows: dict[str, object], **changes: Any) -> httpx.Response:
    body = {"embedding_version": EMBEDDING_VERSION, "rows": list(rows), **changes}
    return client.put("/genrec/rows", json=body)


def chat(client: httpx.Client, **changes: Any) -> httpx.Response:
    body = {
        "model": "genrec",
        "messages": [{"role": "user", "content": "Name a film."}],
        "max_tokens": 24,
        "temperature": 1.0,
        **changes,
    }
    return client.post("/v1/chat/completions", json=body)


def test_every_candidate_comes_back_best_first(client: httpx.Client) -> None:
    response = rank(client)

    assert sorted(response.slots) == CANDIDATES
    assert response.logprobs == sorted(response.logprobs, reverse=True)
    assert np.exp(response.logprobs).sum() == pytest.approx(1, abs=1e-3)


def test_the_whole_catalogue_ranks_only_slots_that_hold_a_title(client: httpx.Client) -> None:
    response = rank(client, slots=None, k=N_SLOTS)

    assert sorted(response.slots) == sorted(set(range(N_ROWS)) - {1, 2, 3, 4})  # the history


def test_the_same_question_has_the_same_answer_from_the_cache(client: httpx.Client) -> None:
    history = list(range(N_ROWS)) * 2
    first, second = rank(client, history=history), rank(client, history=history)

    assert second.cached_tokens > 0
    assert scores(second) == pytest.approx(scores(first), abs=0.02)


def test_the_order_of_the_history_matters(client: httpx.Client) -> None:
    assert abs(scores(rank(client)) - scores(rank(client, history=[4, 3, 2, 1]))).max() > 0.05


def test_the_wish_matters(client: httpx.Client) -> None:
    funny = scores(rank(client, wish="something funny"))

    assert abs(funny - scores(rank(client))).max() > 0.05
    assert abs(funny - scores(rank(client, wish="a sad war film"))).max() > 0.05


def test_kind_and_time_of_an_event_matter(client: httpx.Client) -> None:
    body = {"wish": "", "slots": CANDIDATES, "history": [{"slot": 1}, {"slot": 2}]}
    liked = {**body, "history": [{"slot": 1}, {"slot": 2, "kind": "liked", "days_ago": 0}]}
    answers = [client.post("/genrec/rank", json=value).json() for value in (body, liked)]

    first, second = (scores(RankResponse.model_validate(answer)) for answer in answers)
    assert abs(first - second).max() > 0.05


def test_a_changed_candidate_row_changes_its_score(client: httpx.Client) -> None:
    before = rank(client)

    changed = put(client, wire_row(20, unit_vectors(1, seed=99)[0])).json()
    after = rank(client)

    assert changed["rows_version"] == after.rows_version == before.rows_version + 1
    assert abs(scores(after) - scores(before))[0] > 0.05


def test_a_changed_history_row_changes_the_scores_despite_the_cache(client: httpx.Client) -> None:
    """The prefix of the old row must not be served from the cache."""
    history = [1] * 100
    rank(client, history=history)
    before = rank(client, history=history)
    put(client, wire_row(1, unit_vectors(1, seed=98)[0])).raise_for_status()
    after = rank(client, history=history)

    assert before.cached_tokens > 0
    assert after.cached_tokens == 0
    assert abs(scores(after) - scores(before)).max() > 0.05


def test_a_new_title_is_rankable_at_once_and_a_cleared_one_is_not(client: httpx.Client) -> None:
    slot = N_ROWS
    assert put(client, wire_row(slot, unit_vectors(1, seed=97)[0], "new")).json()["updated"] == 1
    assert slot in rank(client, slots=[slot, 1]).slots

    assert put(client, clear=[slot]).json()["cleared"] == 1
    refused = client.post("/genrec/rank", json={"slots": [slot]})
    assert refused.status_code == 422
    assert f"candidate slot {slot}" in refused.json()["error"]["message"]


def test_a_history_slot_without_a_row_is_refused_by_name(client: httpx.Client) -> None:
    body = {"history": [{"slot": N_SLOTS - 1}], "slots": [1]}
    refused = client.post("/genrec/rank", json=body)

    assert refused.status_code == 422
    assert f"history slot {N_SLOTS - 1}" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.full(CONTENT_DIM, np.nan), "not finite"),
        (np.ones(CONTENT_DIM), "expected 1"),
        (np.eye(1, CONTENT_DIM + 1)[0], "bytes"),
    ],
)
def test_a_bad_row_is_refused_and_changes_nothing(
    client: httpx.Client, content: np.ndarray, message: str
) -> None:
    before = client.get("/genrec/rows").json()

    good = wire_row(2, unit_vectors(1, seed=96)[0], "never")
    refused = put(client, good, wire_row(3, content))

    assert refused.status_code == 422
    assert message in refused.json()["error"]["message"]
    assert client.get("/genrec/rows").json() == before


def test_rows_of_another_embedding_are_a_conflict(client: httpx.Client) -> None:
    refused = put(client, embedding_version="other")

    assert refused.status_code == 409
    assert EMBEDDING_VERSION in refused.json()["error"]["message"]


def test_state_and_stamps_tell_what_is_loaded(client: httpx.Client) -> None:
    state = ServerState.model_validate(client.get("/genrec/state").json())
    stamps = RowStamps.model_validate(client.get("/genrec/rows").json())

    assert state.model == "genrec"
    assert state.artefact.startswith("tiny-random-")
    assert (state.n_slots, state.rows_loaded) == (N_SLOTS, N_ROWS)
    assert state.embedding_version == EMBEDDING_VERSION
    assert (stamps.boot_id, stamps.rows_version) == (state.boot_id, state.rows_version)
    assert stamps.stamps == dict.fromkeys(range(N_ROWS), "first")


def test_a_schema_bound_answer_is_json_of_that_schema(client: httpx.Client) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "film", "schema": SCHEMA}}
    answer = chat(client, response_format=schema, max_tokens=60, temperature=0).json()

    value = json.loads(answer["choices"][0]["message"]["content"])
    assert value["genre"] in ("comedy", "drama")
    assert isinstance(value["year"], int)


def test_language_never_sees_the_catalogue(client: httpx.Client) -> None:
    """Neither the words that are written nor the alternatives may be slots."""
    answer = chat(
        client, logprobs=True, top_logprobs=20, return_tokens_as_token_ids=True, seed=1
    ).json()

    positions = answer["choices"][0]["logprobs"]["content"]
    entries = [entry for position in positions for entry in position["top_logprobs"]]
    shown = [int(entry["token"].removeprefix("token_id:")) for entry in [*positions, *entries]]
    assert len(entries) >= 20 * len(positions) > 0
    assert max(shown) < N_WORDS


def test_mixed_requests_keep_to_their_heads(client: httpx.Client) -> None:
    alone = scores(rank(client))

    def ask(index: int) -> Any:
        if index % 2:
            return chat(client, seed=index).json()["choices"][0]
        return scores(rank(client))

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(36)))

    for answer in answers[::2]:
        assert answer == pytest.approx(alone, abs=0.02)
    for answer in answers[1::2]:
        assert answer["message"]["content"]
        assert answer["finish_reason"] in ("length", "stop")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"prompt_logprobs": 1}, "prompt_logprobs"),
        ({"allowed_token_ids": [N_WORDS]}, "text head"),
        ({"vllm_xargs": {"genrec_catalog": "guess"}}, "/genrec/rank only"),
    ],
)
def test_parameters_that_look_behind_the_mask_are_refused(
    client: httpx.Client, parameters: dict[str, Any], message: str
) -> None:
    refused = chat(client, **parameters)

    assert refused.status_code == 400
    assert message in refused.json()["error"]["message"]
