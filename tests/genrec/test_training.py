"""Training on a small made-up world: it learns, it is repeatable, and it ships what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import torch
from safetensors.numpy import save_file

from genrec.checkpoint import read_artefact, tower_shapes
from genrec.contract import CONTENT_DIM
from genrec.data import TitleFacts, read_catalogue, read_histories
from genrec.errors import GenRecError
from genrec.evaluation import EvaluationOptions, evaluate_artefact
from genrec.examples import IGNORE, ExampleMaker
from genrec.objective import Readings, ReplayBuffer, WantedTitles
from genrec.recipe import TrainConfig, read_training_data
from genrec.towers import Towers
from genrec.trainer import Trainer
from genrec.training import train
from genrec.verbalization import Verbalizer
from genrec.vocabulary import Vocabulary
from genrec.warmup import decay_weights, stretch_batch
from genrec.wishes import Facet

N_TITLES = 40
CONFIG = TrainConfig(
    minutes=0.2,
    tap_layer=2,
    head_dim=16,
    bottleneck=8,
    max_events=8,
    history_batch=8,
    wish_batch=8,
    bag_targets=64,
    replay_batch=64,
    replay_capacity=1000,
    threads=1,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a world where comedies follow comedies and dramas follow dramas."""
    out = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(0)
    kinds = np.arange(N_TITLES) % 2
    centres = rng.normal(size=(2, CONTENT_DIM))
    vectors = centres[kinds] + 0.5 * rng.normal(size=(N_TITLES, CONTENT_DIM))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    metadata = {
        "embedding_version": "world",
        "imdb": json.dumps([""] * N_TITLES),
        "movie_ids": json.dumps(list(range(100, 100 + N_TITLES))),
    }
    save_file({"full": vectors, "facts": vectors}, out / "titles.safetensors", metadata)
    events = [
        {"user_id": user, "pos": pos, "movie_id": 100 + int(title)}
        for user in range(60)
        for pos, title in enumerate(
            rng.choice(np.flatnonzero(kinds == user % 2), size=8, replace=False)
        )
    ]
    rng.shuffle(events)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(events), out / "sequences.parquet")
    facts = [
        {
            "movieId": 100 + title,
            "title": f"Film {title}",
            "year": 1990 + title % 3 * 10,
            "genres": "Comedy" if kinds[title] else "Drama|War",
            "director": "A Person" if title % 5 else None,
            "cast_top3": "B Person|C Person",
            "keywords": "sea",
            "ml_tags": None,
        }
        for title in range(N_TITLES)
    ]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(facts), out / "titles.parquet")
    targets = [{"user_id": user, "movie_id": 100 + user % 2} for user in range(60)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(targets), out / "targets.parquet")
    return out


@pytest.fixture(scope="module")
def base(tiny_model: Path) -> Path:
    return tiny_model.parent / "base"


def files(world: Path) -> tuple[Path, Path, Path]:
    return (
        world / "sequences.parquet",
        world / "titles.safetensors",
        world / "titles.parquet",
    )


@pytest.mark.slow
def test_training_ships_an_artefact_that_beats_popularity(
    world: Path, base: Path, tmp_path: Path
) -> None:
    data = read_training_data(*files(world))

    metrics = train(CONFIG, data, base, tmp_path / "artefact")

    artefact = read_artefact(tmp_path / "artefact")
    assert artefact.embedding_version == "world"
    assert artefact.training["seed"] == CONFIG.seed
    assert artefact.metrics == metrics
    rankers = metrics["rankers"]
    assert rankers["genrec"]["ci95"]["MRR"][0] > rankers["popularity"]["ci95"]["MRR"][1]

    report = evaluate_artefact(
        EvaluationOptions(
            sequences=world / "sequences.parquet",
            targets=world / "targets.parquet",
            titles=world / "titles.safetensors",
            model=tmp_path / "artefact",
            base=base,
            threads=1,
        )
    )
    assert report["users"] == 60
    assert set(report["rankers"]) == {"genrec", "popularity"}


@pytest.mark.slow
def test_training_leaves_the_base_as_it_was(world: Path, base: Path) -> None:
    trainer = Trainer(replace(CONFIG, minutes=0.02), read_training_data(*files(world)), base)
    before = {name: value.clone() for name, value in trainer.model.base.state_dict().items()}
    towers = {name: value.clone() for name, value in trainer.model.towers.state_dict().items()}

    trainer.run()

    after = trainer.model.base.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    trained = trainer.model.towers.state_dict()
    assert any(not torch.equal(value, trained[name]) for name, value in towers.items())


def test_the_validation_target_is_never_trained_on(world: Path) -> None:
    data = read_training_data(*files(world))
    histories = read_histories(world / "sequences.parquet")

    for user, rows in data.histories.items():
        titles = [data.catalogue.movie_ids[row] for row in [*rows, data.validation[user]]]
        assert titles == histories[user]


def test_artefact_shapes_are_the_module_s(base: Path) -> None:
    config = read_artefact(base.parent / "artefact").towers
    shapes = {f"towers.{name}": tuple(v.shape) for name, v in Towers(config).state_dict().items()}

    assert shapes == tower_shapes(config)


@pytest.fixture
def examples(base: Path) -> ExampleMaker:
    facts = [
        TitleFacts(words="", genres=("Comedy",) if row % 2 else ("Drama",)) for row in range(20)
    ]
    verbalizer = Verbalizer.from_directory(base, Vocabulary(49152, 20))
    return ExampleMaker([list(range(20))], facts, verbalizer, max_events=10, seed=1)


def test_a_history_example_predicts_every_next_title(examples: ExampleMaker) -> None:
    for _ in range(20):
        example = examples.history_example()
        labels = [label for label in example.labels if label != IGNORE]
        slots = [examples.verbalizer.vocabulary.slot_of(token) for token in example.ids]
        shown = [slot for slot in slots if slot is not None]

        assert labels[:-1] == shown
        assert labels[-1] == shown[-1] + 1


def test_a_wish_example_predicts_only_what_satisfies_the_wish(examples: ExampleMaker) -> None:
    for _ in range(50):
        example = examples.wish_example()
        labels = [label for label in example.labels if label != IGNORE]

        assert labels
        assert example.facets
        assert all(set(example.facets) <= examples.facets[label] for label in labels)


def test_labels_sit_where_a_ranking_is_read(examples: ExampleMaker) -> None:
    vocabulary = examples.verbalizer.vocabulary
    for _ in range(50):
        example = examples.wish_example()
        for token, label in zip(example.ids, example.labels, strict=True):
            reads = (
                token == vocabulary.marker_id("history") or vocabulary.slot_of(token) is not None
            )
            assert reads or label == IGNORE
        assert example.labels[-1] != IGNORE


def test_wanted_titles_have_every_facet_and_weigh_known_ones_more() -> None:
    comedy, old = Facet("genre", "Comedy"), Facet("decade", "1950")
    wanted = WantedTitles([[0, 0, 0, 0, 1]], [frozenset({comedy, old})] * 2 + [frozenset({comedy})])

    assert wanted.titles((comedy, old)).tolist() == pytest.approx([2 / 3, 1 / 3, 0])


def test_a_buffer_keeps_the_newest_readings() -> None:
    buffer = ReplayBuffer(capacity=3, hidden_size=2, seed=0)
    for label in range(5):
        hidden = torch.full((1, 2), 1000.0 * (label + 1))
        buffer.add(Readings(hidden, torch.tensor([label]), [(Facet("genre", str(label)),)]))

    sample = buffer.sample(100)
    assert len(buffer) == 3
    assert set(sample.labels.tolist()) == {2, 3, 4}
    assert torch.isfinite(sample.hidden).all()
    for label, facets in zip(sample.labels.tolist(), sample.facets, strict=True):
        assert facets == (Facet("genre", str(label)),)


def test_decayed_means_see_the_past_only() -> None:
    weights = decay_weights(4)

    assert torch.allclose(weights.sum(-1), torch.ones(5, 4))
    assert weights.triu(1).abs().sum() == 0
    assert weights[0].tolist() == torch.eye(4).tolist()
    assert weights[1, 1, :2].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_a_short_stretch_has_no_target_after_its_end() -> None:
    history, following = stretch_batch([[5, 6, 7], list(range(9))], [0, 2], 4)

    assert history.tolist() == [[5, 6, 0, 0], [2, 3, 4, 5]]
    assert following.tolist() == [[6, 7, -1, -1], [3, 4, 5, 6]]


def test_evaluating_with_another_embedding_is_refused(world: Path, base: Path) -> None:
    options = EvaluationOptions(
        sequences=world / "sequences.parquet",
        targets=world / "targets.parquet",
        titles=world / "titles.safetensors",
        model=base.parent / "artefact",
        base=base,
    )
    with pytest.raises(GenRecError, match=r"'world'.*'tests'"):
        evaluate_artefact(options)


def test_a_file_that_holds_no_embeddings_says_how_to_make_one(world: Path) -> None:
    with pytest.raises(GenRecError, match="embed_titles"):
        read_catalogue(world / "titles.parquet")


def test_embeddings_of_the_wrong_shape_are_refused(tmp_path: Path) -> None:
    metadata = {"embedding_version": "v", "movie_ids": "[1, 2]", "imdb": "[]"}
    values = np.zeros((3, CONTENT_DIM), np.float16)
    save_file({"full": values, "facts": values}, tmp_path / "t.safetensors", metadata)

    with pytest.raises(GenRecError, match=r"expected \(2, 384\)"):
        read_catalogue(tmp_path / "t.safetensors")


def test_a_title_without_an_embedding_is_refused(world: Path) -> None:
    with pytest.raises(GenRecError, match="no embedding, such as 7"):
        read_catalogue(world / "titles.safetensors").only({100, 7})


def test_a_table_without_a_column_is_refused(world: Path) -> None:
    with pytest.raises(GenRecError, match=r"titles\.parquet"):
        read_histories(world / "titles.parquet")
