"""Artefacts and assembly: what does not fit is refused with its reason."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from genrec.base import BaseInfo, write_base_info
from genrec.checkpoint import (
    HEADS_NAME,
    Artefact,
    TowerConfig,
    assemble,
    read_artefact,
    tower_shapes,
    write_artefact,
)
from genrec.errors import GenRecError
from genrec.files import file_sha256, read_json, write_json
from genrec.vocabulary import Vocabulary

TOWERS = TowerConfig(hidden_size=8, tap_layer=2, content_dim=4, head_dim=4, bottleneck=2)
N_WORDS = 100
BASE_CONFIG = {"hidden_size": 8, "vocab_size": N_WORDS, "num_hidden_layers": 3}


def write_base(directory: Path, seed: int = 0) -> BaseInfo:
    directory.mkdir()
    weights = np.random.default_rng(seed).normal(size=4).astype(np.float32)
    save_file({"w": weights}, directory / "model.safetensors")
    write_json(directory / "config.json", BASE_CONFIG)
    (directory / "tokenizer.json").write_text("{}")
    return write_base_info(directory, name="tiny", source_sha256="none")


def write_heads(directory: Path, base: BaseInfo, **changes: Any) -> Artefact:
    """Write an artefact that fits `base`; `changes` go into its description."""
    directory.mkdir()
    tensors = {name: np.zeros(shape, np.float32) for name, shape in tower_shapes(TOWERS).items()}
    save_file(tensors, directory / HEADS_NAME)
    artefact = Artefact(
        name="test",
        base=base,
        embedding_version="v1",
        towers=TOWERS,
        heads_sha256=file_sha256(directory / HEADS_NAME),
        created="2024-01-01T00:00:00+00:00",
        genrec_version="0.1.0",
    )
    artefact = replace(artefact, **changes)
    write_artefact(directory, artefact)
    return artefact


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A base, an artefact that fits it, and where to assemble."""
    base = write_base(tmp_path / "base")
    write_heads(tmp_path / "artefact", base)
    return tmp_path / "base", tmp_path / "artefact", tmp_path / "model"


def test_an_artefact_reads_back_as_written(tmp_path: Path) -> None:
    written = write_heads(tmp_path / "a", write_base(tmp_path / "base"), metrics={"MRR": 0.1})

    assert read_artefact(tmp_path / "a") == written


def test_assembly_widens_the_vocabulary(parts: tuple[Path, Path, Path]) -> None:
    base, artefact, out = parts

    assert assemble(base, artefact, 30, out)

    config = read_json(out / "config.json")
    assert config["vocab_size"] == Vocabulary(N_WORDS, 30).size == 131
    assert config["genrec_n_words"] == N_WORDS
    assert config["architectures"] == ["GenRecForCausalLM"]
    assert read_json(out / "genrec.json")["embedding_version"] == "v1"
    assert (out / "tokenizer.json").exists()


def test_assembly_shares_the_base_weights(parts: tuple[Path, Path, Path]) -> None:
    base, artefact, out = parts
    assemble(base, artefact, 30, out)

    assert (out / "model.safetensors").samefile(base / "model.safetensors")


def test_assembling_again_does_nothing(parts: tuple[Path, Path, Path]) -> None:
    assert assemble(*parts[:2], 30, parts[2])
    assert not assemble(*parts[:2], 30, parts[2])
    assert assemble(*parts[:2], 31, parts[2])
    assert read_json(parts[2] / "genrec.json")["n_slots"] == 31


def test_a_new_artefact_is_assembled_anew(parts: tuple[Path, Path, Path]) -> None:
    base, artefact, out = parts
    assemble(base, artefact, 30, out)
    description = read_json(artefact / "artefact.json")
    write_json(artefact / "artefact.json", {**description, "embedding_version": "v2"})

    assert assemble(base, artefact, 30, out)
    assert read_json(out / "genrec.json")["embedding_version"] == "v2"


def test_an_artefact_of_another_base_is_refused(
    parts: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    write_base(tmp_path / "other", seed=1)

    with pytest.raises(GenRecError, match="was trained on tiny"):
        assemble(tmp_path / "other", parts[1], 30, parts[2])
    assert not parts[2].exists()


def test_a_changed_file_is_refused(parts: tuple[Path, Path, Path]) -> None:
    heads = parts[1] / HEADS_NAME
    heads.write_bytes(heads.read_bytes()[:-1] + b"x")

    with pytest.raises(GenRecError, match="does not match the hash"):
        read_artefact(parts[1])


def test_a_missing_file_is_refused(parts: tuple[Path, Path, Path]) -> None:
    (parts[1] / HEADS_NAME).unlink()

    with pytest.raises(GenRecError, match="incomplete"):
        read_artefact(parts[1])


def test_tensors_that_do_not_fit_are_named(tmp_path: Path) -> None:
    wider = replace(TOWERS, head_dim=5)
    write_heads(tmp_path / "a", write_base(tmp_path / "base"), towers=wider)

    with pytest.raises(GenRecError, match=r"towers\.query\.linear\.bias is \(4,\), expected \(5,"):
        read_artefact(tmp_path / "a")


def test_a_file_that_is_not_safetensors_is_refused(tmp_path: Path) -> None:
    artefact = write_heads(tmp_path / "a", write_base(tmp_path / "base"))
    (tmp_path / "a" / HEADS_NAME).write_bytes(b"a pickle, perhaps")
    sha256 = file_sha256(tmp_path / "a" / HEADS_NAME)
    write_artefact(tmp_path / "a", replace(artefact, heads_sha256=sha256))

    with pytest.raises(GenRecError, match="not a safetensors file"):
        read_artefact(tmp_path / "a")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 99}, "artefact format 99"),
        ({"surprise": 1}, "is not an artefact"),
        ({"base": {"name": "x"}}, "is not an artefact"),
        ({"markers": ["history", "more"]}, "markers"),
    ],
)
def test_a_description_of_another_kind_is_refused(
    parts: tuple[Path, Path, Path], changes: dict[str, Any], message: str
) -> None:
    path = parts[1] / "artefact.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    with pytest.raises(GenRecError, match=message):
        read_artefact(parts[1])


@pytest.mark.parametrize("n_slots", [0, -1, 10_000_000])
def test_a_senseless_number_of_slots_is_refused(
    parts: tuple[Path, Path, Path], n_slots: int
) -> None:
    with pytest.raises(GenRecError, match="--slots"):
        assemble(parts[0], parts[1], n_slots, parts[2])


def test_a_hidden_size_that_does_not_fit_is_refused(parts: tuple[Path, Path, Path]) -> None:
    write_json(parts[0] / "config.json", {**BASE_CONFIG, "hidden_size": 16})

    with pytest.raises(GenRecError, match="hidden size 16"):
        assemble(parts[0], parts[1], 30, parts[2])


def test_a_head_that_reads_a_layer_the_base_lacks_is_refused(
    parts: tuple[Path, Path, Path],
) -> None:
    write_json(parts[0] / "config.json", {**BASE_CONFIG, "num_hidden_layers": 1})

    with pytest.raises(GenRecError, match="reads layer 2, the base has 1"):
        assemble(parts[0], parts[1], 30, parts[2])
