"""A small made-up world to train on: comedies follow comedies, and dramas follow dramas."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
from safetensors.numpy import save_file

from genrec.contract import CONTENT_DIM
from genrec.ranking import head_scores
from genrec.recipe import DataPaths, TaskConfig, TrainConfig
from genrec.talking import TextPaths
from genrec.training import Run

N_TITLES = 40
N_USERS = 60
SMALL = TrainConfig(
    rank_minutes=0.25,
    talk_minutes=0.05,
    tap_layer=1,
    head_dim=16,
    bottleneck=8,
    lora_rank=4,
    max_events=8,
    warm_up_steps=5,
    rank_tasks={
        "next": TaskConfig(weight=1.0, size=128),
        "wish": TaskConfig(weight=0.3, size=4, every=2),
        "positional": TaskConfig(weight=0.2, size=2, every=4),
        "states": TaskConfig(weight=0.3, size=64, every=4),
    },
    talk_tasks={
        "answers": TaskConfig(weight=1.0, size=128),
        "retention": TaskConfig(weight=1.0, size=64, every=2),
    },
    validation_users=30,
    threads=1,
)


def write_world(out: Path) -> None:
    """Write sequences, targets, titles with embeddings and facts, descriptions and texts."""
    rng = np.random.default_rng(0)
    kinds = np.arange(N_TITLES) % 2
    centres = rng.normal(size=(2, CONTENT_DIM))
    vectors = centres[kinds] + 0.5 * rng.normal(size=(N_TITLES, CONTENT_DIM))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    metadata = {
        "embedding_version": "world",
        "movie_ids": json.dumps(list(range(100, 100 + N_TITLES))),
    }
    save_file({"full": vectors, "facts": vectors}, out / "titles.safetensors", metadata)
    events = [
        {"user_id": user, "pos": pos, "movie_id": 100 + int(title)}
        for user in range(N_USERS)
        for pos, title in enumerate(
            rng.choice(np.flatnonzero(kinds == user % 2), size=8, replace=False)
        )
    ]
    rng.shuffle(events)
    write_table(out / "sequences.parquet", events)
    write_table(out / "titles.parquet", [fact_row(title) for title in range(N_TITLES)])
    targets = [{"user_id": user, "movie_id": 100 + user % 2} for user in range(N_USERS)]
    write_table(out / "targets.parquet", targets)
    write_texts(out)


def write_table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def fact_row(title: int) -> dict[str, object]:
    return {
        "movieId": 100 + title,
        "imdbId": float(title + 1),
        "title": f"Film {title}",
        "year": 1990 + title % 3 * 10,
        "genres": "Comedy" if title % 2 else "Drama|War",
        "director": "A Person" if title % 5 else None,
        "cast_top3": "B Person|C Person",
        "keywords": "sea",
        "ml_tags": None,
    }


def write_texts(out: Path) -> None:
    described = out / "described"
    described.mkdir()
    record = {
        "imdb": "tt0000002",
        "vibes": {"cosy": 3, "sad": 1},
        "logline": "A baker finds a map. She sails.",
    }
    (described / "part.jsonl").write_text(json.dumps(record) + "\n")
    (out / "ontology.toml").write_text(
        'version = 1\n[mood]\n"cosy" = { gloss = "g", synonyms = ["snug"] }\n'
    )
    language = [
        {
            "id": f"q{number}",
            "task": "title_answer",
            "messages": [{"role": "user", "content": f"How long is film {number}?"}],
            "answer": f"{90 + number} minutes.",
            "held_out": number == 0,
        }
        for number in range(8)
    ]
    write_jsonl(out / "language.jsonl", language)
    texts = [
        {
            "prompt_messages": [{"role": "user", "content": "Say something about the sea."}],
            "text": f"The sea has {number} waves and a long shore.",
            "ended": number % 2 == 0,
        }
        for number in range(8)
    ]
    write_jsonl(out / "texts.jsonl", texts)


def write_jsonl(path: Path, records: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def data_paths(world: Path) -> DataPaths:
    return DataPaths(
        world / "sequences.parquet",
        world / "titles.safetensors",
        world / "titles.parquet",
        world / "described",
        world / "ontology.toml",
    )


def text_paths(world: Path) -> TextPaths:
    return TextPaths(world / "language.jsonl", world / "texts.jsonl")


def scores_of(run: Run) -> np.ndarray:
    histories = [run.data.histories[user] for user in sorted(run.data.histories)]
    found = head_scores(run.model, run.verbalizer, run.full, histories, max_events=8)
    return np.stack(list(found))
