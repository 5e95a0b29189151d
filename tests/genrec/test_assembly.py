"""Assembly: what is served, and which parts do not fit each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from genrec.assembly import CATALOG_DIRECTORY, assemble
from genrec.checkpoint import ADAPTER_NAME, HEADS_NAME, RESIDUALS_NAME, read_artefact
from genrec.errors import GenRecError
from genrec.files import read_json, write_json
from genrec.vocabulary import MARKERS, Vocabulary
from tests.genrec.small_artefacts import (
    ADAPTER,
    BASE_CONFIG,
    N_WORDS,
    Q_PROJ,
    lora,
    write_base,
    write_small,
    write_whole,
)


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A base, an artefact that fits it, and where to assemble."""
    base = write_base(tmp_path / "base")
    write_small(tmp_path / "artefact", base)
    return tmp_path / "base", tmp_path / "artefact", tmp_path / "model"


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
