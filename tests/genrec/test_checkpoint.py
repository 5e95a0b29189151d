"""Artefacts and assembly: what does not fit is refused with its reason."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from genrec.assembly import CATALOG_DIRECTORY, assemble
from genrec.base import BaseInfo, write_base_info
from genrec.checkpoint import (
    ADAPTER_NAME,
    HEADS_NAME,
    MAX_BYTES,
    PRIOR_NAME,
    RESIDUALS_NAME,
    AdapterConfig,
    Artefact,
    TowerConfig,
    read_artefact,
    tower_shapes,
    write_artefact,
)
from genrec.errors import GenRecError
from genrec.files import read_json, write_json
from genrec.vocabulary import MARKERS, Vocabulary

TOWERS = TowerConfig(hidden_size=8, tap_layer=2, content_dim=4, head_dim=4, bottleneck=2)
ADAPTER = AdapterConfig(rank=2, alpha=4, target_modules=("q_proj",))
N_WORDS = 100
BASE_CONFIG = {"hidden_size": 8, "vocab_size": N_WORDS, "num_hidden_layers": 3}
Q_PROJ = "layers.1.self_attn.q_proj"
KEYS = ("tt0000001", "tt12345678")


def write_base(directory: Path, seed: int = 0, name: str = "tiny") -> BaseInfo:
    directory.mkdir()
    weights = np.random.default_rng(seed).normal(size=(6, 8)).astype(np.float32)
    save_file({f"model.{Q_PROJ}.weight": weights}, directory / "model.safetensors")
    write_json(directory / "config.json", BASE_CONFIG)
    (directory / "tokenizer.json").write_text("{}")
    return write_base_info(directory, name=name, source_sha256="none")


def write_heads(directory: Path) -> None:
    tensors = {name: np.zeros(shape, np.float32) for name, shape in tower_shapes(TOWERS).items()}
    save_file(tensors, directory / HEADS_NAME)


def write_small(directory: Path, base: BaseInfo, **changes: Any) -> Artefact:
    """Write an artefact of towers alone that fits `base`; `changes` go into its description."""
    directory.mkdir(exist_ok=True)
    write_heads(directory)
    return write_artefact(directory, replace(description(base), **changes))


def description(base: BaseInfo) -> Artefact:
    return Artefact(
        name="test",
        base=base,
        embedding_version="v1",
        towers=TOWERS,
        created="2024-01-01T00:00:00+00:00",
        genrec_version="0.1.0",
    )


def lora(rank: int = 2, n_out: int = 6) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    return {
        f"{Q_PROJ}.lora_A": rng.normal(size=(rank, 8)).astype(np.float32),
        f"{Q_PROJ}.lora_B": rng.normal(size=(n_out, rank)).astype(np.float32),
    }


def residuals() -> dict[str, np.ndarray]:
    rows = {"input": np.ones((2, 8)), "output": np.ones((2, 4)), "bias": np.ones(2)}
    return {name: value.astype(np.float32) for name, value in rows.items()}


def write_residual_file(directory: Path, keys: object = KEYS, **changes: np.ndarray) -> None:
    metadata = {"imdb": keys if isinstance(keys, str) else json.dumps(keys)}
    save_file({**residuals(), **changes}, directory / RESIDUALS_NAME, metadata=metadata)


def write_whole(directory: Path, base: BaseInfo) -> Artefact:
    """Write an artefact with an adapter and residuals."""
    directory.mkdir()
    save_file(lora(), directory / ADAPTER_NAME)
    write_residual_file(directory)
    return write_small(directory, base, adapter=ADAPTER, residuals=2)


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A base, an artefact that fits it, and where to assemble."""
    base = write_base(tmp_path / "base")
    write_small(tmp_path / "artefact", base)
    return tmp_path / "base", tmp_path / "artefact", tmp_path / "model"


def test_an_artefact_reads_back_as_written(tmp_path: Path) -> None:
    written = write_small(tmp_path / "a", write_base(tmp_path / "base"), metrics={"MRR": 0.1})

    assert read_artefact(tmp_path / "a") == written


def test_an_artefact_with_every_part_reads_back_as_written(tmp_path: Path) -> None:
    written = write_whole(tmp_path / "a", write_base(tmp_path / "base"))

    assert read_artefact(tmp_path / "a") == written
    assert written.hashes.keys() == {HEADS_NAME, ADAPTER_NAME, RESIDUALS_NAME}


def test_any_part_decides_the_identity(tmp_path: Path) -> None:
    base = write_base(tmp_path / "base")
    plain = write_small(tmp_path / "a", base)
    whole = write_whole(tmp_path / "b", base)
    write_residual_file(tmp_path / "b", bias=np.zeros(2, np.float32))
    other = write_artefact(tmp_path / "b", whole)

    identities = {plain.identity, whole.identity, other.identity}
    assert len(identities) == 3
    assert replace(whole, metrics={"MRR": 1.0}).identity == whole.identity


def test_assembly_widens_the_vocabulary(parts: tuple[Path, Path, Path]) -> None:
    base, artefact, out = parts

    assert assemble(base, artefact, 30, out)

    config = read_json(out / "config.json")
    assert config["vocab_size"] == Vocabulary(N_WORDS, 30).size == 130 + len(MARKERS)
    assert config["genrec_n_words"] == N_WORDS
    assert config["architectures"] == ["GenRecForCausalLM"]
    assert read_json(out / "genrec.json")["embedding_version"] == "v1"
    assert (out / "tokenizer.json").exists()


def test_assembly_merges_the_adapter_and_leaves_the_base_alone(
    parts: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    base, _, out = parts
    before = load_file(base / "model.safetensors")[f"model.{Q_PROJ}.weight"]
    write_whole(tmp_path / "whole", read_artefact(parts[1]).base)

    assert assemble(base, tmp_path / "whole", 30, out)

    merged = load_file(out / "model.safetensors")[f"model.{Q_PROJ}.weight"]
    down, up = lora()[f"{Q_PROJ}.lora_A"], lora()[f"{Q_PROJ}.lora_B"]
    assert merged == pytest.approx(before + 2 * up @ down, abs=1e-5)
    assert (load_file(base / "model.safetensors")[f"model.{Q_PROJ}.weight"] == before).all()


def test_residuals_are_served_beside_the_weights_not_among_them(
    parts: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    """vLLM loads every safetensors file of the directory itself as weights."""
    write_whole(tmp_path / "whole", read_artefact(parts[1]).base)
    assemble(parts[0], tmp_path / "whole", 30, parts[2])

    served = {path.name for path in parts[2].glob("*.safetensors")}
    assert served == {"model.safetensors", HEADS_NAME}
    assert (parts[2] / CATALOG_DIRECTORY / RESIDUALS_NAME).exists()
    assert read_json(parts[2] / "config.json")["genrec_residuals"] == 2


def test_an_adapter_of_another_size_is_refused(
    parts: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    save_file(lora(n_out=7), tmp_path / "a" / ADAPTER_NAME)
    write_small(tmp_path / "a", read_artefact(parts[1]).base, adapter=ADAPTER)

    with pytest.raises(GenRecError, match=r"q_proj are \(7, 2\) and \(2, 8\)"):
        assemble(parts[0], tmp_path / "a", 30, parts[2])
    assert not parts[2].exists()


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
    write_small(tmp_path / "a", write_base(tmp_path / "base"), towers=wider)

    with pytest.raises(GenRecError, match=r"towers\.query\.linear\.bias is \(4,\), expected \(5,"):
        read_artefact(tmp_path / "a")


def test_a_file_that_is_not_safetensors_is_refused(tmp_path: Path) -> None:
    artefact = write_small(tmp_path / "a", write_base(tmp_path / "base"))
    (tmp_path / "a" / HEADS_NAME).write_bytes(b"a pickle, perhaps")
    write_artefact(tmp_path / "a", artefact)

    with pytest.raises(GenRecError, match="not a safetensors file"):
        read_artefact(tmp_path / "a")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 1}, "artefact format 1, this version reads 2: train it again"),
        ({"format": 99}, "artefact format 99"),
        ({"surprise": 1}, "is not an artefact"),
        ({"base": {"name": "x"}}, "is not an artefact"),
        ({"adapter": {"rank": 2}}, "is not an artefact"),
        ({"markers": ["history", "more"]}, "has 2 markers"),
        ({"adapter": {"rank": 2, "alpha": 2, "target_modules": []}}, "adapter.* is missing"),
        ({"residuals": 3}, "residuals.* is missing"),
        ({"blend": {}}, "prior.* is missing"),
        ({"hashes": {}}, "does not match the hash"),
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


def test_a_file_that_the_description_does_not_know_is_refused(tmp_path: Path) -> None:
    base = write_base(tmp_path / "base")
    write_small(tmp_path / "a", base)
    save_file(lora(), tmp_path / "a" / ADAPTER_NAME)

    with pytest.raises(GenRecError, match="has no place in this artefact"):
        read_artefact(tmp_path / "a")


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (lora(rank=3), "which is not of rank 2"),
        ({f"{Q_PROJ}.lora_A": lora()[f"{Q_PROJ}.lora_A"]}, "without .*lora_B"),
        ({f"{Q_PROJ}.weight": np.zeros((6, 8), np.float32)}, "belongs to none of q_proj"),
        ({"layers.1.mlp.up_proj.lora_A": np.zeros((2, 8), np.float32)}, "none of q_proj"),
        ({f"{Q_PROJ}.lora_A": np.zeros((2, 8), np.int64)}, "expected floats"),
    ],
)
def test_an_adapter_that_is_none_is_refused(
    tmp_path: Path, tensors: dict[str, np.ndarray], message: str
) -> None:
    (tmp_path / "a").mkdir()
    save_file(tensors, tmp_path / "a" / ADAPTER_NAME)
    write_small(tmp_path / "a", write_base(tmp_path / "base"), adapter=ADAPTER)

    with pytest.raises(GenRecError, match=message):
        read_artefact(tmp_path / "a")


@pytest.mark.parametrize(
    ("keys", "changes", "message"),
    [
        (["tt0000001"], {}, "names 1 titles for 2"),
        (["tt0000001", "tt0000001"], {}, "names a title twice"),
        (["tt0000001", "12345678"], {}, "'12345678' is not an imdb id"),
        (["tt0000001", 12345678], {}, "12345678 is not an imdb id"),
        ("no list", {}, "no list of imdb ids"),
        (KEYS, {"input": np.ones((2, 9), np.float32)}, r"input is \(2, 9\), expected \(2, 8\)"),
        (KEYS, {"bias": np.ones((2, 1), np.float32)}, r"bias is \(2, 1\), expected \(2,\)"),
    ],
)
def test_residuals_that_do_not_fit_are_refused(
    tmp_path: Path, keys: object, changes: dict[str, np.ndarray], message: str
) -> None:
    (tmp_path / "a").mkdir()
    write_residual_file(tmp_path / "a", keys, **changes)
    write_small(tmp_path / "a", write_base(tmp_path / "base"), residuals=2)

    with pytest.raises(GenRecError, match=message):
        read_artefact(tmp_path / "a")


def test_an_artefact_too_large_for_the_repository_is_refused(tmp_path: Path) -> None:
    base = write_base(tmp_path / "base", name="SmolLM2-135M-Instruct")
    (tmp_path / "a").mkdir()
    with (tmp_path / "a" / PRIOR_NAME).open("wb") as stream:
        stream.truncate(MAX_BYTES)

    with pytest.raises(GenRecError, match="the limit for SmolLM2-135M-Instruct is 40 MB"):
        write_small(tmp_path / "a", base, blend={})
