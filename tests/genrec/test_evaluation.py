"""The report of `genrec evaluate`: worked out by hand, and end to end on a small world."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from safetensors.numpy import load_file, save_file

from genrec.cli import main
from genrec.errors import GenRecError
from genrec.evaluation import (
    NAMES,
    Ranks,
    add_cached,
    difference,
    evaluate,
    rank_targets,
    summary,
    table,
)
from genrec.exam import EvaluationOptions, evaluate_artefact, read_exam, read_ranks
from genrec.prior import BlendConfig, SequentialPrior
from genrec.rankers import ClassicalRanking, Matrix, ModelRanking
from genrec.title_embeddings import CHECKOUT, NO_SERVICES, embedded, read_titles
from tests.genrec.world import N_TITLES, N_USERS, write_table, write_world

HISTORIES = {1: [0], 2: [1, 2], 3: [0, 4]}


class Fixed:
    """A ranking that scores every history alike."""

    def __init__(self, **scores: Sequence[float]) -> None:
        self.scores = scores
        self.names = list(scores)

    def batches(self, histories: Sequence[list[int]]) -> list[list[int]]:
        """Longest first, to see that ranks find their way back to their users."""
        return [
            [index] for index in sorted(range(len(histories)), key=lambda i: -len(histories[i]))
        ]

    def __call__(self, histories: Sequence[list[int]]) -> Mapping[str, Matrix]:
        return {name: np.tile(row, (len(histories), 1)) for name, row in self.scores.items()}


def test_ranks_leave_out_the_history_and_count_ties_against_the_target() -> None:
    ranking = Fixed(genrec=[9, 3, 5, 3, 1])

    ranks = rank_targets([ranking], HISTORIES, {1: 3, 2: 4, 3: 2})

    # User 1 has seen title 0: of 3, 5, 3, 1 the target's 3 is beaten by 5 and tied.
    # User 2 has seen 1 and 2: of 9, 3, 1 the target is last. User 3: of 3, 5, 3 it is first.
    assert ranks == {"genrec": {1: 3, 2: 3, 3: 1}}


def test_a_target_in_the_history_is_nobody_s_failure() -> None:
    ranks = rank_targets([Fixed(genrec=[9, 3, 5, 3, 1])], HISTORIES, {1: 0, 3: 2})

    assert ranks["genrec"] == {1: None, 3: 1}
    assert summary(list(ranks["genrec"].values()))["MRR"] == 1


def test_metrics_are_means_over_users() -> None:
    report = evaluate([Fixed(genrec=[9, 3, 5, 3, 1])], HISTORIES, {1: 3, 2: 4, 3: 2}, n_titles=5)

    figures = report["rankers"]["genrec"]
    assert (report["users"], report["titles"]) == (3, 5)
    assert figures["HR@10"] == 1
    assert figures["NDCG@10"] == pytest.approx((0.5 + 0.5 + 1) / 3, abs=1e-5)
    assert figures["MRR"] == pytest.approx((1 / 3 + 1 / 3 + 1) / 3, abs=1e-5)
    low, high = figures["ci95"]["MRR"]
    assert low < figures["MRR"] < high


def test_a_difference_is_paired() -> None:
    """One ranker is always one place better: their own intervals overlap, all the same."""
    better = {user: 3 + user % 2 * 37 for user in range(60)}
    worse = {user: rank + 1 for user, rank in better.items()}

    one, other = (summary(list(ranks.values())) for ranks in (better, worse))
    found = difference(better, worse)

    by_hand = (1 / 3 - 1 / 4 + 1 / 40 - 1 / 41) / 2
    assert one["ci95"]["MRR"][0] < other["ci95"]["MRR"][1]
    assert found["MRR"] == pytest.approx(by_hand, abs=1e-5)
    assert found["ci95"]["MRR"][0] > 0
    assert found["HR@10"] == 0
    assert found["ci95"]["HR@10"] == [0, 0]


def test_a_difference_is_of_those_whom_both_rank() -> None:
    found = difference({1: 1, 2: None, 3: 2}, {1: 2, 2: 1, 4: 1})

    assert found["users"] == 2  # user 2's target is in the history for one: nothing to compare
    assert found["MRR"] == 0.5


def test_differences_are_between_those_that_are_there() -> None:
    ranking = Fixed(blend=[9, 3, 5, 3, 1], classical_blend=[1, 2, 3, 4, 5], other=[1, 1, 1, 1, 1])

    report = evaluate([ranking], HISTORIES, {1: 3, 2: 4, 3: 2}, n_titles=5)

    assert list(report["differences"]) == ["blend - classical_blend"]
    assert list(report["rankers"]) == ["blend", "classical_blend", "other"]


def test_ranks_from_elsewhere_are_compared_user_by_user() -> None:
    ranks = {1: 2, 2: 2, 3: 2}
    report = evaluate(
        [Fixed(blend=[9, 3, 5, 3, 1])],
        HISTORIES,
        {1: 3, 2: 4, 3: 2},
        n_titles=5,
        others={"sasrec": ranks},
    )

    assert report["rankers"]["sasrec"]["MRR"] == 0.5
    assert report["differences"]["blend - sasrec"]["MRR"] == pytest.approx(
        (2 * (1 / 3 - 1 / 2) + 1 - 1 / 2) / 3, abs=1e-5
    )


def test_ranks_from_elsewhere_count_for_these_users_only() -> None:
    others: dict[str, Ranks] = {
        "sasrec": {1: 1, 3: 2, 7: 100},
        "gru4rec": {1: 1, 2: 2, 3: None, 8: 100},
    }

    report = evaluate([], HISTORIES, {1: 3, 2: 4, 3: 2}, n_titles=5, others=others)

    assert report["rankers"]["sasrec"]["MRR"] == 0.75
    assert report["rankers"]["gru4rec"]["MRR"] == 0.75
    (note,) = report["notes"]
    assert note.startswith("the ranks of sasrec lack 1 of 3 users")


def test_cached_peers_are_marked_and_never_replace_what_ran() -> None:
    report = evaluate([Fixed(genrec=[9, 3, 5, 3, 1])], HISTORIES, {1: 3}, n_titles=5)
    own = report["rankers"]["genrec"]
    figures = {"HR@10": 0.2, "NDCG@10": 0.1, "MRR": 0.1, "users": 3}
    figures["ci95"] = {name: [0.0, 1.0] for name in ("HR@10", "NDCG@10", "MRR")}  # type: ignore[assignment]

    sasrec = {"metrics": figures, "train_s": 60, "converged": True, "settings": {"lr": 1e-3}}
    gru4rec = {"metrics": figures, "converged": False}

    add_cached(report, {"sasrec": sasrec, "gru4rec": gru4rec, "genrec": {"metrics": {}}})

    assert report["rankers"]["genrec"] is own
    assert report["rankers"]["sasrec"]["cached"] == {"train_s": 60, "converged": True}
    assert "sasrec * " in table(report)
    assert "gru4rec ** " in table(report)
    assert "genrec *" not in table(report)


def test_without_a_user_who_can_be_ranked_figures_are_no_numbers() -> None:
    assert math.isnan(summary([None])["MRR"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world")
    write_world(out)
    metadata = {
        "embedding_version": "tests",
        "movie_ids": json.dumps(list(range(100, 100 + N_TITLES))),
        "imdb": json.dumps([f"tt{title + 1:07d}" for title in range(N_TITLES)]),
    }
    save_file(load_file(out / "titles.safetensors"), out / "titles.safetensors", metadata)
    return out


def options(world: Path, tiny_model: Path) -> EvaluationOptions:
    return EvaluationOptions(
        sequences=world / "sequences.parquet",
        targets=world / "targets.parquet",
        titles=world / "titles.safetensors",
        model=tiny_model.parent / "artefact",
        base=tiny_model.parent / "base",
        threads=1,
    )


def test_every_ranker_sits_the_exam(world: Path, tiny_model: Path) -> None:
    report = evaluate_artefact(options(world, tiny_model))

    assert report["users"] == N_USERS
    assert report["titles"] == N_TITLES
    assert set(report["rankers"]) == set(NAMES) - {"sasrec", "gru4rec"}
    assert report["rankers"]["genrec"] != report["rankers"]["blend"]
    assert report["differences"]["blend - classical_blend"]["users"] <= N_USERS
    assert report["notes"] == []


def test_of_their_own_last_titles_the_histories_are_relieved(world: Path, tiny_model: Path) -> None:
    given = options(world, tiny_model)

    exam = read_exam(replace(given, targets=None), "tests")
    report = evaluate_artefact(replace(given, targets=None))

    whole = read_exam(given, "tests").histories
    assert all(exam.histories[u] + [exam.targets[u]] == whole[u] for u in whole)
    assert report["setup"]["targets"] == "last of the sequences"
    assert "fitted again" in report["notes"][0]


def test_a_sample_of_users_is_the_same_every_time(world: Path, tiny_model: Path) -> None:
    exam = read_exam(options(world, tiny_model), "tests")

    assert exam.sample(10, 0) == exam.sample(10, 0)
    assert len(exam.sample(10, 0)) == 10
    assert exam.sample(10, 0) != exam.sample(10, 1)
    assert exam.sample(1000, 0) == exam.targets


@pytest.mark.parametrize("events", [4, 8])
def test_the_model_sees_the_latest_events_only(world: Path, tiny_model: Path, events: int) -> None:
    from genrec.exam import model_ranking

    given = replace(options(world, tiny_model), max_events=events)
    ranking = model_ranking(given, read_exam(given, "tests"), {"weight": 0.5})
    long = list(range(12))

    found, expected = ranking([long]), ranking([long[-events:]])

    for name in ("genrec", "prior", "blend"):
        # Of titles that neither has seen; their shares of the whole differ by what the rest takes.
        ours, theirs = (scores[name][0][len(long) :] for scores in (found, expected))
        shift = 0 if name == "prior" else ours[0] - theirs[0]
        assert ours - shift == pytest.approx(theirs, abs=1e-3)
    assert ranking.batches([long, long[:1]]) == [[1, 0]]


def test_the_blend_is_what_serving_computes(world: Path, tiny_model: Path) -> None:
    """The head's log-probabilities over all titles, the prior's of those it knows."""
    from genrec.exam import model_ranking
    from genrec.prior import blend_scores

    given = options(world, tiny_model)
    ranking = model_ranking(given, read_exam(given, "tests"), {"weight": 0.5})
    prior = SequentialPrior.read(given.model / "prior.safetensors")

    scores = ranking([[3, 5]])

    likely = prior.probabilities(["tt0000004", "tt0000006"])[:N_TITLES]
    known = np.ones(N_TITLES, dtype=bool)
    expected = blend_scores(scores["genrec"][0], likely, known, BlendConfig(weight=0.5))
    assert np.exp(scores["genrec"]).sum() == pytest.approx(1, abs=1e-4)
    assert scores["blend"][0] == pytest.approx(expected, abs=1e-6)


def test_without_a_prior_the_blend_is_the_head(world: Path, tiny_model: Path) -> None:
    from genrec.exam import model_ranking

    given = options(world, tiny_model)
    exam = read_exam(given, "tests")
    ranking: ModelRanking = model_ranking(given, exam, None)

    scores = ranking([[3, 5]])

    assert scores["blend"] is scores["genrec"]
    assert list(ranking.names) == ["genrec", "blend"]
    assert "no prior" in exam.notes[0]


def test_the_command_writes_the_report_and_prints_a_table(
    world: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ranks = [{"user_id": user, "rank": 1.0} for user in range(1, N_USERS)]
    write_table(tmp_path / "ranks.parquet", [*ranks, {"user_id": 0}])
    given = options(world, tiny_model)
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


def test_targets_need_histories(world: Path, tiny_model: Path, tmp_path: Path) -> None:
    write_table(tmp_path / "targets.parquet", [{"user_id": 999, "movie_id": 100}])

    with pytest.raises(GenRecError, match="no history: 999"):
        read_exam(
            replace(options(world, tiny_model), targets=tmp_path / "targets.parquet"), "tests"
        )


def test_titles_embedded_otherwise_are_refused(world: Path) -> None:
    with pytest.raises(GenRecError, match="embed them again"):
        read_titles(world / "titles.safetensors", embedding_version="another")


def test_embeddings_without_imdb_ids_are_refused(world: Path, tmp_path: Path) -> None:
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


def test_a_parquet_file_is_embedded_once(world: Path, tmp_path: Path) -> None:
    checkout = fake_checkout(tmp_path, world / "titles.safetensors")
    parquet = world / "titles.parquet"

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


def test_a_changed_file_is_embedded_again(world: Path, tmp_path: Path) -> None:
    checkout = fake_checkout(tmp_path, world / "titles.safetensors")
    read_titles(world / "titles.parquet", embedding_version="tests", checkout=checkout)
    rows = pyarrow.parquet.read_table(world / "titles.parquet").to_pylist()
    write_table(tmp_path / "other.parquet", rows[:-1])

    read_titles(tmp_path / "other.parquet", embedding_version="tests", checkout=checkout)

    assert (checkout / "runs").read_text() == "run\nrun\n"


def test_a_failure_to_embed_says_why(world: Path, tmp_path: Path) -> None:
    checkout = fake_checkout(tmp_path, world, fails=True)

    with pytest.raises(GenRecError, match="there is no embedder"):
        embedded(world / "titles.parquet", "tests", checkout)
    assert not list((checkout / "var" / "embeddings").iterdir())


def test_without_the_application_s_environment_it_says_so(world: Path, tmp_path: Path) -> None:
    with pytest.raises(GenRecError, match="run bin/up once"):
        embedded(world / "titles.parquet", "tests", tmp_path)


def test_classical_batches_cover_every_history_once() -> None:
    batches = ClassicalRanking({}).batches([[0]] * 600)

    assert sorted(index for batch in batches for index in batch) == list(range(600))
