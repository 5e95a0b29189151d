"""Training on a small made-up world: it learns, it goes on, and it ships what it says."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from genrec.checkpoint import read_artefact, tower_shapes
from genrec.data import TitleFacts, read_histories
from genrec.errors import GenRecError
from genrec.files import read_json, write_json
from genrec.lora import lora_factors
from genrec.model import load_genrec
from genrec.ranking import by_length, head_scores
from genrec.recipe import TrainingData, read_training_data, without
from genrec.run_log import read_metrics
from genrec.shipping import ship
from genrec.talking import TextPaths
from genrec.towers import Towers
from genrec.training import Run
from tests.genrec.world import SMALL, data_paths, fact_row, text_paths, write_table


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


def scores_of(run: Run) -> np.ndarray:
    histories = [run.data.histories[user] for user in sorted(run.data.histories)]
    found = head_scores(run.model, run.verbalizer, run.full, histories, max_events=8)
    return np.stack(list(found))


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


def test_an_artefact_of_another_embedding_starts_no_ranking(begun: Run, tmp_path: Path) -> None:
    ship(begun, tmp_path / "artefact")
    catalogue = replace(begun.data.catalogue, embedding_version="another")
    data = replace(begun.data, catalogue=catalogue)
    given = (begun.config, data, begun.base, begun.texts, tmp_path / "run")

    with pytest.raises(GenRecError, match="version 'world', the titles are embedded by 'another'"):
        Run(*given, start=tmp_path / "artefact")
    # The text head reads words: no title's embedding is its business.
    assert Run(*given, talk_start=tmp_path / "artefact").talk_start


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


@pytest.fixture(scope="module")
def begun(world: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of both stages that is hardly trained."""
    directory = tmp_path_factory.mktemp("begun")
    config = replace(SMALL, rank_minutes=0.01, talk_minutes=0.01)
    run = Run(config, read_training_data(data_paths(world)), base, text_paths(world), directory)
    run.train(("rank", "talk"))
    return run


def fewer_histories(data: TrainingData) -> TrainingData:
    return replace(data, histories=dict(list(data.histories.items())[:30]))


def other_vectors(data: TrainingData) -> TrainingData:
    catalogue = data.catalogue
    return replace(data, catalogue=replace(catalogue, full=catalogue.full[::-1].copy()))


def other_genres(data: TrainingData) -> TrainingData:
    return replace(data, facts=[replace(title, genres=("Crime",)) for title in data.facts])


def no_descriptions(data: TrainingData) -> TrainingData:
    return replace(data, facts=[replace(title, terms=(), logline="") for title in data.facts])


def no_forms(data: TrainingData) -> TrainingData:
    return replace(data, forms={})


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (fewer_histories, "--sequences"),
        (other_vectors, "--titles"),
        (other_genres, "--facts"),
        (no_descriptions, "--described"),
        (no_forms, "--ontology"),
    ],
)
def test_a_run_is_not_continued_on_other_data(
    begun: Run, changed: Callable[[TrainingData], TrainingData], named: str
) -> None:
    other = Run(begun.config, changed(begun.data), begun.base, begun.texts, begun.directory)

    with pytest.raises(GenRecError, match=f"of a run with other {named}: give"):
        other.train(("rank",))


def test_a_run_is_not_continued_on_another_base(begun: Run, tmp_path: Path) -> None:
    shutil.copytree(begun.base, tmp_path / "base")
    info = read_json(tmp_path / "base" / "base.json")
    write_json(tmp_path / "base" / "base.json", {**info, "weights_sha256": "f" * 64})
    other = Run(begun.config, begun.data, tmp_path / "base", begun.texts, begun.directory)

    with pytest.raises(GenRecError, match="of a run with other --base: give"):
        other.train(("rank",))


@pytest.mark.parametrize(
    ("field", "named"), [("language", "--language"), ("base_texts", "--base-texts")]
)
def test_a_run_is_not_continued_on_other_texts(
    begun: Run, tmp_path: Path, field: str, named: str
) -> None:
    fewer = getattr(begun.texts, field).read_text().splitlines()[:-1]
    (tmp_path / "fewer.jsonl").write_text("\n".join(fewer))
    texts = replace(begun.texts, **{field: tmp_path / "fewer.jsonl"})
    other = Run(begun.config, begun.data, begun.base, texts, begun.directory)

    with pytest.raises(GenRecError, match=f"of a run with other {named}: give"):
        other.train(("rank", "talk"))


def test_a_run_goes_on_with_the_same_files_wherever_they_are(
    begun: Run, world: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(world, tmp_path / "world")
    data = read_training_data(data_paths(tmp_path / "world"))
    texts = text_paths(tmp_path / "world")
    same = Run(begun.config, data, begun.base, texts, begun.directory)
    # Without stage talk nothing of its text is needed: what it has learned is taken up.
    ranking = Run(begun.config, data, begun.base, replace(texts, language=None), begun.directory)
    with caplog.at_level(logging.INFO):
        same.train(("rank", "talk"))
        ranking.train(("rank",))

    assert len(re.findall(r"\brank goes on from step", caplog.text)) == 2
    assert len(re.findall(r"\btalk-\d+ goes on from step", caplog.text)) == 1


def test_what_talking_needs_is_looked_for_before_the_ranking(begun: Run, tmp_path: Path) -> None:
    for language, said in ((None, "needs --language"), (begun.base / "config.json", "JSON lines")):
        texts = replace(begun.texts, language=language)
        run = Run(begun.config, begun.data, begun.base, texts, tmp_path)
        with pytest.raises(GenRecError, match=said):
            run.train(("rank", "talk"))

    assert not list(tmp_path.iterdir())


def test_a_ranking_without_texts_of_the_base_is_no_ranking_with_them(
    begun: Run, tmp_path: Path
) -> None:
    run = Run(begun.config, begun.data, begun.base, TextPaths(), tmp_path / "run")
    run.train(("rank",))
    trained = ship(run, tmp_path / "artefact").training["rank_tasks"]
    later = Run(begun.config, begun.data, begun.base, begun.texts, tmp_path / "run")

    assert trained.keys() == SMALL.rank_tasks.keys() - {"states"}
    with pytest.raises(GenRecError, match="of a run with other settings, --base-texts: give"):
        later.train(("rank", "talk"))


def test_the_validation_target_is_never_trained_on(world: Path) -> None:
    data = read_training_data(data_paths(world))
    histories = read_histories(world / "sequences.parquet")

    for user, rows in data.histories.items():
        titles = [data.catalogue.movie_ids[row] for row in [*rows, data.validation[user]]]
        assert titles == histories[user]


def without_facets(data: TrainingData) -> TrainingData:
    return replace(data, facts=[TitleFacts(words=f"Film {row}") for row in range(len(data.facts))])


def test_wishes_need_facts_and_what_is_trained_without_does_not(begun: Run, tmp_path: Path) -> None:
    data = without_facets(begun.data)
    run = Run(without(begun.config, "wish"), data, begun.base, begun.texts, tmp_path)
    run.train(("rank",))

    assert np.isfinite(scores_of(run)).all()
    with pytest.raises(GenRecError, match=r"no wish can be made.*--without wish"):
        Run(begun.config, data, begun.base, begun.texts, tmp_path)


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
