"""Stage talk from an artefact on: another text head, and the ranking bit for bit what it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from genrec.checkpoint import (
    ADAPTER_NAME,
    HEADS_NAME,
    PRIOR_NAME,
    RESIDUALS_NAME,
    read_artefact,
)
from genrec.cli import main
from genrec.errors import GenRecError
from genrec.recipe import read_training_data
from genrec.shipping import ship
from genrec.talking import TalkRun, TextPaths, layer_of
from genrec.training import Run
from tests.genrec.world import SMALL, data_paths, text_paths


@pytest.fixture(scope="module")
def base(tiny_model: Path) -> Path:
    return tiny_model.parent / "base"


@pytest.fixture(scope="module")
def artefact(world: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An artefact that was trained in both stages, for a moment."""
    out = tmp_path_factory.mktemp("artefact")
    config = replace(SMALL, rank_minutes=0.05, talk_minutes=0.03)
    run = Run(config, read_training_data(data_paths(world)), base, text_paths(world), out / "run")
    run.train(("rank", "talk"))
    ship(run, out / "artefact")
    return out / "artefact"


def command(artefact: Path, world: Path, base: Path, out: Path) -> list[str]:
    files = {
        "--artefact": artefact,
        "--base": base,
        "--language": world / "language.jsonl",
        "--base-texts": world / "texts.jsonl",
        "--run": out / "run",
        "--out": out / "artefact",
    }
    given = [str(part) for option in files.items() for part in option]
    settings = ["answers.size=128", "retention.size=64", "warm_up_steps=5"]
    return ["train-talk", *given, "--minutes", "0.05", "--threads", "1", "--set", *settings]


@pytest.mark.slow
def test_the_text_head_learns_and_the_ranking_is_copied(
    artefact: Path, world: Path, base: Path, tmp_path: Path
) -> None:
    assert main(command(artefact, world, base, tmp_path)) == 0

    old, new = read_artefact(artefact), read_artefact(tmp_path / "artefact")
    for name in (HEADS_NAME, RESIDUALS_NAME, PRIOR_NAME):
        assert (tmp_path / "artefact" / name).read_bytes() == (artefact / name).read_bytes()
    before, after = (load_file(at / ADAPTER_NAME) for at in (artefact, tmp_path / "artefact"))
    assert before.keys() == after.keys()
    tap = old.towers.tap_layer
    for name, value in before.items():
        assert torch.equal(value, after[name]) is (layer_of(name) < tap), name
    assert (new.metrics, new.blend, new.towers) == (old.metrics, old.blend, old.towers)
    assert new.training["talk_start"] == old.identity != new.identity
    assert new.training["talk_minutes"] == 0.05
    assert new.training["rank_minutes"] == old.training["rank_minutes"]


@pytest.mark.slow
def test_it_goes_on_where_it_was_and_from_no_other_artefact(
    artefact: Path, world: Path, base: Path, tmp_path: Path
) -> None:
    config = replace(SMALL, talk_minutes=0.02)
    first = TalkRun(config, artefact, base, text_paths(world), tmp_path / "run")
    first.train()
    first.ship(tmp_path / "talked")
    same = TalkRun(config, artefact, base, text_paths(world), tmp_path / "run")
    same.train()

    assert same.adapter().keys() == first.adapter().keys()
    assert all(torch.equal(value, first.adapter()[name]) for name, value in same.adapter().items())
    with pytest.raises(GenRecError, match="of a run with other --artefact: give"):
        TalkRun(config, tmp_path / "talked", base, text_paths(world), tmp_path / "run").train()
    fewer = (world / "language.jsonl").read_text().splitlines()[:-1]
    (tmp_path / "fewer.jsonl").write_text("\n".join(fewer))
    texts = replace(text_paths(world), language=tmp_path / "fewer.jsonl")
    with pytest.raises(GenRecError, match="of a run with other --language: give"):
        TalkRun(config, artefact, base, texts, tmp_path / "run").train()


def test_it_needs_both_texts(artefact: Path, world: Path, base: Path, tmp_path: Path) -> None:
    texts = TextPaths(world / "language.jsonl")
    with pytest.raises(GenRecError, match="--base-texts"):
        TalkRun(SMALL, artefact, base, texts, tmp_path).train()
