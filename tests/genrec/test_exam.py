"""`genrec evaluate` from end to end on a small world: every ranker, the command, its files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrec.cli import main
from genrec.errors import GenRecError
from genrec.evaluation import NAMES
from genrec.exam import EvaluationOptions, evaluate_artefact, read_exam, read_ranks
from genrec.prior import BlendConfig, SequentialPrior
from genrec.rankers import ModelRanking
from genrec.title_embeddings import read_titles
from tests.genrec.world import N_TITLES, N_USERS, write_table


def options(exam_world: Path, tiny_model: Path) -> EvaluationOptions:
    return EvaluationOptions(
        sequences=exam_world / "sequences.parquet",
        targets=exam_world / "targets.parquet",
        titles=exam_world / "titles.safetensors",
        model=tiny_model.parent / "artefact",
        base=tiny_model.parent / "base",
        threads=1,
    )


def test_every_ranker_sits_the_exam(exam_world: Path, tiny_model: Path) -> None:
    report = evaluate_artefact(options(exam_world, tiny_model))

    assert report["users"] == N_USERS
    assert report["titles"] == N_TITLES
    assert set(report["rankers"]) == set(NAMES) - {"sasrec", "gru4rec"}
    assert report["rankers"]["genrec"] != report["rankers"]["blend"]
    assert report["differences"]["blend - classical_blend"]["users"] <= N_USERS
    assert report["notes"] == []


def test_of_their_own_last_titles_the_histories_are_relieved(
    exam_world: Path, tiny_model: Path
) -> None:
    given = options(exam_world, tiny_model)

    exam = read_exam(replace(given, targets=None), "tests")
    report = evaluate_artefact(replace(given, targets=None))

    whole = read_exam(given, "tests").histories
    assert all(exam.histories[u] + [exam.targets[u]] == whole[u] for u in whole)
    assert report["setup"]["targets"] == "last of the sequences"
    assert "fitted again" in report["notes"][0]


def test_a_sample_of_users_is_the_same_every_time(exam_world: Path, tiny_model: Path) -> None:
    exam = read_exam(options(exam_world, tiny_model), "tests")

    assert exam.sample(10, 0) == exam.sample(10, 0)
    assert len(exam.sample(10, 0)) == 10
    assert exam.sample(10, 0) != exam.sample(10, 1)
    assert exam.sample(1000, 0) == exam.targets


@pytest.mark.parametrize("events", [4, 8])
def test_the_model_sees_the_latest_events_only(
    exam_world: Path, tiny_model: Path, events: int
) -> None:
    from genrec.exam import model_ranking

    given = replace(options(exam_world, tiny_model), max_events=events)
    ranking = model_ranking(given, read_exam(given, "tests"), {"weight": 0.5})
    long = list(range(12))

    found, expected = ranking([long]), ranking([long[-events:]])

    for name in ("genrec", "prior", "blend"):
        # Of titles that neither has seen; their shares of the whole differ by what the rest takes.
        ours, theirs = (scores[name][0][len(long) :] for scores in (found, expected))
        shift = 0 if name == "prior" else ours[0] - theirs[0]
        assert ours - shift == pytest.approx(theirs, abs=1e-3)
    assert ranking.batches([long, long[:1]]) == [[1, 0]]


def test_the_blend_is_what_serving_computes(exam_world: Path, tiny_model: Path) -> None:
    """The head's log-probabilities over all titles, the prior's of those it knows."""
    from genrec.exam import model_ranking
    from genrec.prior import blend_scores

    given = options(exam_world, tiny_model)
    ranking = model_ranking(given, read_exam(given, "tests"), {"weight": 0.5})
    prior = SequentialPrior.read(given.model / "prior.safetensors")

    scores = ranking([[3, 5]])

    likely = prior.probabilities(["tt0000004", "tt0000006"])[:N_TITLES]
    known = np.ones(N_TITLES, dtype=bool)
    expected = blend_scores(scores["genrec"][0], likely, known, BlendConfig(weight=0.5))
    assert np.exp(scores["genrec"]).sum() == pytest.approx(1, abs=1e-4)
    assert scores["blend"][0] == pytest.approx(expected, abs=1e-6)


def test_without_a_prior_the_blend_is_the_head(exam_world: Path, tiny_model: Path) -> None:
    from genrec.exam import model_ranking

    given = options(exam_world, tiny_model)
    exam = read_exam(given, "tests")
    ranking: ModelRanking = model_ranking(given, exam, None)

    scores = ranking([[3, 5]])

    assert scores["blend"] is scores["genrec"]
    assert list(ranking.names) == ["genrec", "blend"]
    assert "no prior" in exam.notes[0]


def test_the_command_writes_the_report_and_prints_a_table(
    exam_world: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ranks = [{"user_id": user, "rank": 1.0} for user in range(1, N_USERS)]
    write_table(tmp_path / "ranks.parquet", [*ranks, {"user_id": 0}])
    given = options(exam_world, tiny_model)
    arguments = ["evaluate", "--sequences", given.sequences, "--targets", given.targets]
    arguments += ["--titles", given.titles, "--model", given.model, "--base", given.base]
    arguments += ["--max-users", 20, "--threads", 1, "--out", tmp_path / "new" / "metrics.json"]
    arguments += ["--peer-ranks", f"sasrec={tmp_path / 'ranks.parquet'}"]

    status = main([str(argument) for argument in arguments])

    report = json.loads((tmp_path / "new" / "metrics.json").read_text())
    printed = capsys.readouterr().out
    assert status == 0
    assert report["users"] == 20
    assert report["rankers"]["sasrec"]["MRR"] == 1
    assert "blend - classical_blend" in printed
    assert f"{report['rankers']['markov']['MRR']:.4f}" in printed


def test_ranks_are_read_with_their_gaps(tmp_path: Path) -> None:
    write_table(tmp_path / "ranks.parquet", [{"user_id": 7, "rank": 3.0}, {"user_id": 8}])

    assert read_ranks(f"gru4rec={tmp_path / 'ranks.parquet'}") == ("gru4rec", {7: 3, 8: None})
    with pytest.raises(GenRecError, match="NAME=FILE"):
        read_ranks("ranks.parquet")


def test_targets_need_histories(exam_world: Path, tiny_model: Path, tmp_path: Path) -> None:
    write_table(tmp_path / "targets.parquet", [{"user_id": 999, "movie_id": 100}])

    with pytest.raises(GenRecError, match="no history: 999"):
        read_exam(
            replace(options(exam_world, tiny_model), targets=tmp_path / "targets.parquet"), "tests"
        )


def test_titles_embedded_otherwise_are_refused(exam_world: Path) -> None:
    with pytest.raises(GenRecError, match="embed them again"):
        read_titles(exam_world / "titles.safetensors", embedding_version="another")
