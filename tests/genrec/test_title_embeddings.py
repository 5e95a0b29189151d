"""Titles of an exam from a table: embedded by the application, once."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from safetensors.numpy import save_file

from genrec.errors import GenRecError
from genrec.title_embeddings import CHECKOUT, NO_SERVICES, embedded, read_titles
from tests.genrec.world import write_table


def test_embeddings_without_imdb_ids_are_refused(exam_world: Path, tmp_path: Path) -> None:
    path = tmp_path / "titles.safetensors"
    metadata = {"embedding_version": "tests", "movie_ids": "[1]"}
    save_file({name: np.zeros((1, 384), np.float16) for name in ("full", "facts")}, path, metadata)

    with pytest.raises(GenRecError, match="no imdb ids"):
        read_titles(path, embedding_version="tests")


def fake_checkout(directory: Path, source: Path, *, fails: bool = False) -> Path:
    """Return a checkout whose application environment copies a file, and counts its runs."""
    python = directory / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    body = "echo there is no embedder >&2; exit 1" if fails else f'cp "{source}" "$6"'
    python.write_text(f"#!/bin/sh\necho run >> runs\n{body}\n")
    python.chmod(0o755)
    return directory


def test_a_parquet_file_is_embedded_once(exam_world: Path, tmp_path: Path) -> None:
    checkout = fake_checkout(tmp_path, exam_world / "titles.safetensors")
    parquet = exam_world / "titles.parquet"

    for _ in range(2):
        titles = read_titles(parquet, embedding_version="tests", checkout=checkout)

    assert titles.keys[:2] == ("tt0000001", "tt0000002")
    assert (checkout / "runs").read_text() == "run\n"
    # A new embedder makes other vectors: what the cache holds is of no use any more.
    embedded(parquet, "newer", checkout)
    assert (checkout / "runs").read_text() == "run\nrun\n"


@pytest.mark.skipif(not (CHECKOUT / ".venv/bin/python").exists(), reason="no application here")
def test_the_application_embeds_without_its_services(tmp_path: Path) -> None:
    """Its settings are checked when it starts: what we name for the services must pass."""
    given = {"PATH": os.environ["PATH"], "MOODREEL_MODELS": str(tmp_path)} | NO_SERVICES
    command = [".venv/bin/python", "manage.py", "embed_titles", "--help"]

    done = subprocess.run(command, cwd=CHECKOUT, env=given, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()[-500:]


def test_a_changed_file_is_embedded_again(exam_world: Path, tmp_path: Path) -> None:
    checkout = fake_checkout(tmp_path, exam_world / "titles.safetensors")
    read_titles(exam_world / "titles.parquet", embedding_version="tests", checkout=checkout)
    rows = pyarrow.parquet.read_table(exam_world / "titles.parquet").to_pylist()
    write_table(tmp_path / "other.parquet", rows[:-1])

    read_titles(tmp_path / "other.parquet", embedding_version="tests", checkout=checkout)

    assert (checkout / "runs").read_text() == "run\nrun\n"


def test_a_failure_to_embed_says_why(exam_world: Path, tmp_path: Path) -> None:
    checkout = fake_checkout(tmp_path, exam_world, fails=True)

    with pytest.raises(GenRecError, match="there is no embedder"):
        embedded(exam_world / "titles.parquet", "tests", checkout)
    assert not list((checkout / "var" / "embeddings").iterdir())


def test_without_the_application_s_environment_it_says_so(exam_world: Path, tmp_path: Path) -> None:
    with pytest.raises(GenRecError, match="run bin/up once"):
        embedded(exam_world / "titles.parquet", "tests", tmp_path)
