"""Training on a small made-up world: it learns, it goes on, and it ships what it says."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from genrec.checkpoint import read_artefact, tower_shapes
from genrec.data import read_histories
from genrec.errors import GenRecError
from genrec.lora import lora_factors
from genrec.model import load_genrec
from genrec.ranking import by_length, head_scores
from genrec.recipe import read_training_data, without
from genrec.run_log import read_metrics
from genrec.shipping import ship
from genrec.towers import Towers
from genrec.training import Run
from tests.genrec.world import SMALL, data_paths, fact_row, scores_of, text_paths, write_table


@pytest.fixture(scope="module")
def base(tiny_model: Path) -> Path:
    return tiny_model.parent / "base"


@pytest.fixture(scope="module")
def trained(world: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose first stage is done."""
    directory = tmp_path_factory.mktemp("run")
    run = Run(SMALL, read_training_data(data_paths(world)), base, text_paths(world), directory)
    run.train(("rank",))
    return run


@pytest.mark.slow
def test_it_learns_what_follows_what(trained: Run) -> None:
    scores = scores_of(trained)
    own = np.array(
        [
            row[user % 2 :: 2].mean() - row[1 - user % 2 :: 2].mean()
            for user, row in enumerate(scores)
        ]
    )

    assert (own > 1).mean() > 0.9
    assert trained.validate()["MRR"] > 0.1


@pytest.mark.slow
def test_an_artefact_ranks_as_the_run_that_made_it(
    trained: Run, base: Path, tmp_path: Path
) -> None:
    artefact = ship(trained, tmp_path / "artefact")
    loaded = load_genrec(tmp_path / "artefact", base, trained.data.keys)
    found = np.stack(
        list(
            head_scores(
                loaded,
                trained.verbalizer,
                trained.full,
                [trained.data.histories[user] for user in sorted(trained.data.histories)],
                max_events=8,
            )
        )
    )

    assert read_artefact(tmp_path / "artefact") == artefact
    assert artefact.residuals > 30
    assert artefact.adapter is not None
    assert artefact.metrics["rankers"]["genrec"]["NDCG@10"] > 0
    # bf16 in the file, float32 in the run
    assert np.abs(found - scores_of(trained)).max() < 0.5
    assert np.corrcoef(found.ravel(), scores_of(trained).ravel())[0, 1] > 0.999


@pytest.mark.slow
def test_a_run_goes_on_from_an_artefact(
    trained: Run, world: Path, base: Path, tmp_path: Path
) -> None:
    ship(trained, tmp_path / "artefact")
    data, texts = trained.data, text_paths(world)
    fresh = Run(SMALL, data, base, texts, tmp_path / "run")
    again = Run(SMALL, data, base, texts, tmp_path / "run", start=tmp_path / "artefact")

    assert np.corrcoef(scores_of(again).ravel(), scores_of(trained).ravel())[0, 1] > 0.999
    assert np.corrcoef(scores_of(fresh).ravel(), scores_of(trained).ravel())[0, 1] < 0.9
    # Its checkpoints are not taken for those of a run from nothing.
    assert again.identity != fresh.identity


@pytest.mark.slow
def test_an_artefact_of_another_recipe_is_no_start(
    trained: Run, world: Path, base: Path, tmp_path: Path
) -> None:
    ship(trained, tmp_path / "artefact")
    other = replace(SMALL, head_dim=8)
    with pytest.raises(GenRecError, match="other sizes"):
        Run(other, trained.data, base, text_paths(world), tmp_path, start=tmp_path / "artefact")


@pytest.mark.slow
def test_a_text_head_goes_on_from_an_artefact(
    trained: Run, world: Path, base: Path, tmp_path: Path
) -> None:
    data, texts = trained.data, text_paths(world)
    talked = Run(SMALL, data, base, texts, tmp_path / "talked")
    talked.train(("rank", "talk"))
    ship(talked, tmp_path / "artefact")
    plain = Run(SMALL, data, base, texts, tmp_path / "run")
    again = Run(SMALL, data, base, texts, tmp_path / "run", talk_start=tmp_path / "artefact")
    tap = again.model.towers.config.tap_layer

    learned = dict(lora_factors(talked.model.base, 0, 99))
    fresh = dict(lora_factors(plain.model.base, 0, 99))
    for name, value in lora_factors(again.model.base, 0, 99):
        is_upper = int(name.split(".")[1]) >= tap
        expected = learned[name] if is_upper else fresh[name]
        assert torch.allclose(value, expected, atol=1e-2), name
        assert not name.endswith("lora_B") or bool(value.any()) == is_upper
    # Ranking knows nothing of it, and the talk that goes on is no talk from nothing.
    assert np.array_equal(scores_of(again), scores_of(plain))
    assert again.identity == plain.identity
    assert again.talk_stage({}, 1).identity != plain.talk_stage({}, 1).identity


@pytest.mark.slow
def test_talking_changes_the_text_head_and_no_ranking(trained: Run, world: Path) -> None:
    before = scores_of(trained)
    run = trained
    ids = torch.tensor([[5, 6, 7]])
    words = run.model.words(run.model.upper(run.model.lower(run.model.layers.embed_tokens(ids))))

    run.train(("talk",))

    after = run.model.words(run.model.upper(run.model.lower(run.model.layers.embed_tokens(ids))))
    assert np.array_equal(before, scores_of(run))
    assert not torch.equal(words, after)


@pytest.mark.slow
def test_talking_later_builds_on_the_ranking_that_was_trained(trained: Run, world: Path) -> None:
    later = Run(SMALL, trained.data, trained.base, trained.texts, trained.directory)
    assert not np.array_equal(scores_of(later), scores_of(trained))

    later.train(("talk",))

    assert np.array_equal(scores_of(later), scores_of(trained))


def test_talking_without_a_ranking_is_refused(world: Path, base: Path, tmp_path: Path) -> None:
    data = read_training_data(data_paths(world))

    with pytest.raises(GenRecError, match="no stage rank"):
        Run(SMALL, data, base, text_paths(world), tmp_path).train(("talk",))


WORKER = """
import sys
from dataclasses import replace
from pathlib import Path
import torch
from accelerate import PartialState
from genrec.recipe import read_training_data
from genrec.training import Run
from tests.genrec.world import SMALL, data_paths, text_paths
world, base, out = map(Path, sys.argv[1:])
config = replace(SMALL, rank_minutes=0.1, save_every_s=1, validate_every_s=2)
run = Run(config, read_training_data(data_paths(world)), base, text_paths(world), out / "run")
run.train(("rank",))
trained = {name: p for name, p in run.model.named_parameters() if p.requires_grad}
torch.save(trained, out / f"{PartialState().process_index}.pt")
"""


@pytest.mark.slow
def test_processes_stay_one_model_and_keep_one_log(world: Path, base: Path, tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text(WORKER)
    root = Path(__file__).parents[2]
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    subprocess.run(
        [sys.executable, *launch, tmp_path / "worker.py", world, base, tmp_path],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "ACCELERATE_USE_CPU": "true"},
        timeout=280,
        check=True,
    )

    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert first.keys() == second.keys()
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    rows = [(row["step"], row["task"]) for row in read_metrics(tmp_path / "run" / "rank")]
    assert rows
    assert len(rows) == len(set(rows))  # one process writes


@pytest.mark.slow
def test_a_stopped_run_goes_on_where_it_was(
    world: Path, base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = read_training_data(data_paths(world))
    short = replace(SMALL, rank_minutes=0.02)
    first = Run(short, data, base, text_paths(world), tmp_path)
    first.train(("rank",))
    steps = read_metrics(tmp_path / "rank")[-1]["step"]
    before = scores_of(first)

    same = Run(short, data, base, text_paths(world), tmp_path)
    with caplog.at_level(logging.INFO):
        same.train(("rank",))
    longer = Run(replace(short, rank_minutes=0.05), data, base, text_paths(world), tmp_path)
    longer.train(("rank",))

    assert f"rank goes on from step {steps}" in caplog.text
    assert np.array_equal(before, scores_of(same))
    assert int(read_metrics(tmp_path / "rank")[-1]["step"]) > int(steps)


def test_the_validation_target_is_never_trained_on(world: Path) -> None:
    data = read_training_data(data_paths(world))
    histories = read_histories(world / "sequences.parquet")

    for user, rows in data.histories.items():
        titles = [data.catalogue.movie_ids[row] for row in [*rows, data.validation[user]]]
        assert titles == histories[user]


def test_facts_of_other_titles_are_refused(world: Path, tmp_path: Path) -> None:
    paths = data_paths(world)
    rows = [{**fact_row(title), "movieId": 9000 + title} for title in range(5)]
    write_table(tmp_path / "titles.parquet", rows)

    with pytest.raises(GenRecError, match=r"titles\.parquet has none of the titles"):
        read_training_data(replace(paths, facts=tmp_path / "titles.parquet"))


def test_facts_carry_terms_loglines_and_imdb_ids(world: Path) -> None:
    data = read_training_data(data_paths(world))

    assert data.keys[:2] == ("tt0000001", "tt0000002")
    assert data.facts[1].terms == ("cosy",)  # "sad" is a hint only
    assert data.facts[1].logline.startswith("A baker")
    assert data.forms == {"cosy": ("cosy", "snug")}


def test_artefact_shapes_are_the_modules(base: Path) -> None:
    config = read_artefact(base.parent / "artefact").towers
    shapes = {f"towers.{name}": tuple(v.shape) for name, v in Towers(config).state_dict().items()}

    assert shapes == tower_shapes(config)


def test_a_task_that_does_not_exist_cannot_be_left_out() -> None:
    assert "wish" not in without(SMALL, "wish").rank_tasks
    with pytest.raises(GenRecError, match="no task 'wishes'"):
        without(SMALL, "wishes")


def test_batches_hold_every_history_once_and_few_tokens() -> None:
    histories = [[0] * length for length in (5, 300, 7, 20, 3, 1)]
    batches = list(by_length(histories, at_once=50, max_events=30))

    assert sorted(index for batch in batches for index in batch) == list(range(6))
    for batch in batches:
        width = max(min(len(histories[index]), 30) + 1 for index in batch)
        assert len(batch) == 1 or len(batch) * width <= 50
