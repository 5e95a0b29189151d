"""What is read of an artefact, and what keeps one from serving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import genrec.checkpoint
from discovery.versions.artefacts import Metric, find_version, list_versions
from tests.discovery.versions.launcher import write_artefact


def test_the_shipped_version_comes_first_and_can_serve(artefacts: Path) -> None:
    shipped, other = list_versions()

    assert (shipped.name, other.name) == ("default", "v2")
    assert shipped.problem == ""
    assert shipped.rankers
    directory = Path(genrec.checkpoint.__file__).parent / "artefacts" / "default"
    assert shipped.identity == genrec.checkpoint.read_artefact(directory).identity


def test_metrics_are_a_table_and_the_rest_is_listed(artefacts: Path) -> None:
    version = find_version("v2")
    assert version is not None

    assert version.columns == ("NDCG@10", "MRR")
    assert [ranker.name for ranker in version.rankers] == ["popularity", "genrec"]
    assert version.rankers[1].metrics == (Metric(0.16512, 0.158, 0.1723), Metric(0.14))
    assert version.rankers[0].metrics[1] is None
    assert dict(version.facts) == {"users": "6040", "cold.two_tower.MRR": "0.04321"}
    assert version.identity.startswith("genrec-")


def test_new_versions_come_before_old_ones(artefacts: Path) -> None:
    write_artefact(artefacts / "v1", created="2026-11-20T00:00:00+00:00")
    write_artefact(artefacts / "v3", created="2026-11-23T00:00:00+00:00")

    assert [version.name for version in list_versions()] == ["default", "v3", "v2", "v1"]


def test_another_embedding_is_a_problem(artefacts: Path) -> None:
    write_artefact(artefacts / "v3", embedding_version="0123456789ab")
    version = find_version("v3")

    assert version is not None
    assert "trained with embedding version 0123456789ab" in version.problem


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"embedding_version": None}, "trained with embedding version None"),
        ({"base": "x"}, "can't be read"),
        ({"created": "yesterday"}, "can't be read"),
        ({"hashes": {"heads.safetensors": "", "adapter.safetensors": ""}}, "adapter.safetensors"),
        ({"hashes": {"../../default/heads.safetensors": ""}}, ""),
    ],
)
def test_damage_is_said(artefacts: Path, changes: dict[str, Any], problem: str) -> None:
    write_artefact(artefacts / "v3", **changes)
    version = find_version("v3")

    assert version is not None
    assert problem in version.problem


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "\x00", " " * 1_000_001])
def test_any_file_gives_a_version_with_a_problem(artefacts: Path, text: str) -> None:
    (artefacts / "v2" / "artefact.json").write_text(text)
    version = find_version("v2")

    assert version is not None
    assert version.problem


@pytest.mark.parametrize("name", ["..", "../default", "", "v2/", "/etc/passwd", "absent", "V2"])
def test_only_listed_names_are_found(artefacts: Path, name: str) -> None:
    assert find_version(name) is None


def test_links_and_hidden_directories_are_no_versions(artefacts: Path, tmp_path: Path) -> None:
    elsewhere = write_artefact(tmp_path / "elsewhere")
    (artefacts / "link").symlink_to(elsewhere)
    write_artefact(artefacts / ".stage")
    write_artefact(artefacts / "default")
    (artefacts / "empty").mkdir()

    assert [version.name for version in list_versions()] == ["default", "v2"]
