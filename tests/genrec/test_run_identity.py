"""What a run belongs to: its base, data, texts and start. On others it is not continued."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrec.data import TitleFacts
from genrec.errors import GenRecError
from genrec.files import read_json, write_json
from genrec.recipe import TrainingData, read_training_data, without
from genrec.shipping import ship
from genrec.talking import TextPaths
from genrec.training import Run
from tests.genrec.world import SMALL, data_paths, scores_of, text_paths


@pytest.fixture(scope="module")
def base(tiny_model: Path) -> Path:
    return tiny_model.parent / "base"


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


def test_an_artefact_of_another_embedding_starts_no_ranking(begun: Run, tmp_path: Path) -> None:
    ship(begun, tmp_path / "artefact")
    catalogue = replace(begun.data.catalogue, embedding_version="another")
    data = replace(begun.data, catalogue=catalogue)
    given = (begun.config, data, begun.base, begun.texts, tmp_path / "run")

    with pytest.raises(GenRecError, match="version 'world', the titles are embedded by 'another'"):
        Run(*given, start=tmp_path / "artefact")
    # The text head reads words: no title's embedding is its business.
    assert Run(*given, talk_start=tmp_path / "artefact").talk_start


def without_facets(data: TrainingData) -> TrainingData:
    return replace(data, facts=[TitleFacts(words=f"Film {row}") for row in range(len(data.facts))])


def test_wishes_need_facts_and_what_is_trained_without_does_not(begun: Run, tmp_path: Path) -> None:
    data = without_facets(begun.data)
    run = Run(without(begun.config, "wish"), data, begun.base, begun.texts, tmp_path)
    run.train(("rank",))

    assert np.isfinite(scores_of(run)).all()
    with pytest.raises(GenRecError, match=r"no wish can be made.*--without wish"):
        Run(begun.config, data, begun.base, begun.texts, tmp_path)
