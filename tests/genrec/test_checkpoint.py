"""Artefacts: what was changed, is incomplete or does not fit is refused with its reason."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from genrec.checkpoint import (
    ADAPTER_NAME,
    HEADS_NAME,
    PRIOR_NAME,
    RESIDUALS_NAME,
    read_artefact,
    tower_shapes,
    write_artefact,
)
from genrec.errors import GenRecError
from tests.genrec.small_artefacts import (
    ADAPTER,
    KEYS,
    Q_PROJ,
    TOWERS,
    description,
    lora,
    write_base,
    write_residual_file,
    write_small,
    write_whole,
)


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


def test_an_artefact_may_be_larger_than_the_one_that_the_repository_ships(tmp_path: Path) -> None:
    """With the default base 4,000 titles with a history make 40 MB; other catalogues have more."""
    base = write_base(tmp_path / "base", name="SmolLM2-135M-Instruct")
    towers = replace(TOWERS, bottleneck=300_000)
    tensors = {name: np.zeros(shape, np.float32) for name, shape in tower_shapes(towers).items()}
    (tmp_path / "a").mkdir()
    save_file(tensors, tmp_path / "a" / HEADS_NAME)
    written = write_artefact(tmp_path / "a", replace(description(base), towers=towers))

    assert (tmp_path / "a" / HEADS_NAME).stat().st_size > 40_000_000
    assert read_artefact(tmp_path / "a") == written


def test_a_prior_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / PRIOR_NAME).write_bytes(b"a table, perhaps")
    write_small(tmp_path / "a", write_base(tmp_path / "base"), blend={})

    with pytest.raises(GenRecError, match="is not a sequential prior"):
        read_artefact(tmp_path / "a")


def test_a_blend_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / PRIOR_NAME).write_bytes(b"")
    write_small(tmp_path / "a", write_base(tmp_path / "base"), blend={"heaviness": 1})

    with pytest.raises(GenRecError, match=r"unknown way.*heaviness"):
        read_artefact(tmp_path / "a")
