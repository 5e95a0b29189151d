"""The sequential prior: its closed form against brute force, its file, and the blend."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from genrec.blend_tuning import tune_blend
from genrec.errors import GenRecError
from genrec.events import read_events
from genrec.prior import BlendConfig, PriorConfig, SequentialPrior, blend_scores
from genrec.prior_fitting import fit_prior, known_titles, regression_weights, sparse

KEYS = tuple(f"tt{number:07d}" for number in range(6))
CHAINS = [[0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1], [1, 2, 3, 0]] * 5
SMALL = PriorConfig(rates=(0.5,), regularisation=1.0, min_events=1, smoothing=0.01)


@pytest.fixture(scope="module")
def prior() -> SequentialPrior:
    return fit_prior(CHAINS, 6, KEYS, SMALL)


def faded(history: list[int], rates: tuple[float, ...], n_titles: int) -> list[np.ndarray]:
    """Return what the kernels see after each event of a history, by definition, (R * N,)."""
    seen, states = np.zeros((len(rates), n_titles)), []
    for row in history:
        seen = seen * np.array(rates)[:, None] + np.eye(n_titles)[row]
        states.append(seen.ravel())
    return states


def test_the_closed_form_is_the_ridge_regression_of_the_next_title() -> None:
    """Long histories, because the closed form takes them as endless."""
    rng = np.random.default_rng(0)
    n_titles, rates = 5, (0.3, 0.6)
    steps = rng.choice([1, 1, 2, 3, 4], (2, 3000))
    histories = [(np.cumsum(step) % n_titles).tolist() for step in steps]
    config = PriorConfig(rates=rates, regularisation=100.0, least_counted=1e-9)

    weights = regression_weights(read_events(histories, n_titles), config)

    x = np.concatenate([faded(history[:-1], rates, n_titles) for history in histories])
    y = np.concatenate([np.eye(n_titles)[history[1:]] for history in histories])
    expected = np.linalg.solve(x.T @ x + 100 * np.eye(x.shape[1]), x.T @ y)
    assert weights.reshape(x.shape[1], n_titles) == pytest.approx(expected, abs=0.002)


def test_probabilities_follow_the_chain(prior: SequentialPrior) -> None:
    likely = prior.probabilities([KEYS[0], KEYS[1]])

    assert prior.keys == KEYS[:4]
    assert likely.sum() == pytest.approx(1)
    assert int(likely.argmax()) == 2


def test_titles_of_the_history_are_not_expected_again(prior: SequentialPrior) -> None:
    assert prior.probabilities(KEYS[:2])[[0, 1]].max() < 1e-8


def test_unknown_titles_of_a_history_are_passed_over(prior: SequentialPrior) -> None:
    known = prior.probabilities([KEYS[1]])

    assert prior.probabilities([KEYS[1], "tt9999999", ""]).tolist() == known.tolist()


def test_without_a_history_popularity_decides(prior: SequentialPrior) -> None:
    flat = replace(prior, popularity=np.array([0.1, 0.2, 0.3, 0.4], dtype=np.float32))

    empty = flat.probabilities([])

    assert empty.sum() == pytest.approx(1)
    assert empty.argsort().tolist() == [0, 1, 2, 3]


def test_a_history_of_known_titles_only_has_probabilities(prior: SequentialPrior) -> None:
    likely = prior.probabilities(KEYS[:4])

    assert likely == pytest.approx(np.full(4, 0.25))


def test_rare_and_nameless_titles_are_left_out() -> None:
    events = read_events([[0, 1, 2], [0, 1], [0]], 4)

    kept = known_titles(events, ["tt0000001", "", "tt0000003", "tt0000004"], SMALL)
    often = known_titles(events, KEYS[:4], replace(SMALL, min_events=2))
    most = known_titles(events, KEYS[:4], replace(SMALL, max_titles=1))

    assert kept.tolist() == [0, 2]
    assert often.tolist() == [0, 1]
    assert most.tolist() == [0]


def test_a_prior_needs_a_title_that_qualifies() -> None:
    with pytest.raises(GenRecError, match="too little for a prior"):
        fit_prior([[0, 1]], 2, KEYS[:2], PriorConfig(min_events=5))


def test_the_weights_that_matter_are_kept() -> None:
    weights = np.array([[[0, 3, -2], [1, 0, 0.5], [0.1, 4, 0]]], dtype=np.float32)

    starts, columns, values = sparse(weights, np.array([1, 1, 100], dtype=np.float32), 1)

    # 4 * 10, 3 * 1 and -2 * 1 matter most.
    assert starts.tolist() == [0, 2, 2, 3]
    assert columns.tolist() == [1, 2, 1]
    assert values.tolist() == [3, -2, 4]


def test_a_prior_survives_its_file(prior: SequentialPrior, tmp_path: Path) -> None:
    path = tmp_path / "prior.safetensors"
    prior.write(path)

    read = SequentialPrior.read(path)

    assert read.keys == prior.keys
    assert read.config == prior.config
    assert read.probabilities(KEYS[:1]).tolist() == prior.probabilities(KEYS[:1]).tolist()


def test_a_file_that_is_no_prior_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "prior.safetensors"
    path.write_bytes(b"not tensors")

    with pytest.raises(GenRecError, match="not a sequential prior"):
        SequentialPrior.read(path)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("successors", 7, "points outside"),
        ("starts", 99, "points outside"),
        ("weights", np.nan, "no numbers"),
    ],
)
def test_a_damaged_prior_is_an_error(
    prior: SequentialPrior, tmp_path: Path, name: str, change: float, message: str
) -> None:
    path = tmp_path / "prior.safetensors"
    prior.write(path)
    metadata = {"imdb": json.dumps(prior.keys), "config": json.dumps({"rates": [0.5]})}
    tensors = load_file(path)
    tensors[name][-1] = change
    save_file(tensors, path, metadata=metadata)

    with pytest.raises(GenRecError, match=message):
        SequentialPrior.read(path)


def test_keys_must_fit_the_tensors(prior: SequentialPrior, tmp_path: Path) -> None:
    path = tmp_path / "prior.safetensors"
    replace(prior, keys=prior.keys[:3]).write(path)

    with pytest.raises(GenRecError, match="3 titles"):
        SequentialPrior.read(path)


def test_a_ranking_costs_milliseconds() -> None:
    rng = np.random.default_rng(0)
    n_titles, n_weights = 3400, 2 * 3400 * 260
    keys = tuple(f"tt{number:07d}" for number in range(n_titles))
    full = SequentialPrior(
        keys=keys,
        starts=np.arange(0, n_weights + 1, 260, dtype=np.int32),
        successors=rng.integers(0, n_titles, n_weights).astype(np.int16),
        weights=rng.normal(size=n_weights).astype(np.float16),
        popularity=np.full(n_titles, 1 / n_titles, dtype=np.float32),
        config=PriorConfig(),
    )
    logprobs, known = np.log(np.full(2048, 1 / 2048)), np.arange(2048) % 2 == 0

    def seconds() -> float:
        started = time.perf_counter()
        likely = full.probabilities(keys[:200])[:2048]
        blend_scores(logprobs, likely, known, BlendConfig())
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) < 0.02


def test_the_prior_needs_no_torch() -> None:
    code = "import sys, genrec.prior, genrec.classical; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


HEAD = np.log([0.4, 0.2, 0.2, 0.2])
OPINION = np.array([0.1, 0.3, 0.0, 0.0])
KNOWN = np.array([True, True, False, False])


def test_a_mixture_averages_probabilities_within_the_known_titles() -> None:
    config = BlendConfig(form="mixture", weight=0.5)

    blended = np.exp(blend_scores(HEAD, OPINION, KNOWN, config))

    # The known ones share .6: the head says 2/3 and 1/3 of it, the prior 1/4 and 3/4.
    shares = [(2 / 3 + 1 / 4) / 2, (1 / 3 + 3 / 4) / 2]
    assert blended == pytest.approx([0.6 * shares[0], 0.6 * shares[1], 0.2, 0.2])


def test_a_log_linear_blend_averages_logarithms_within_the_known_titles() -> None:
    config = BlendConfig(form="log_linear", weight=0.5)

    blended = np.exp(blend_scores(HEAD, OPINION, KNOWN, config))

    powers = np.sqrt([2 / 3 * 1 / 4, 1 / 3 * 3 / 4])
    shares = powers / powers.sum()
    assert blended == pytest.approx([0.6 * shares[0], 0.6 * shares[1], 0.2, 0.2])


@pytest.mark.parametrize("form", ["mixture", "log_linear"])
def test_unknown_titles_are_neither_buried_nor_lifted(form: str) -> None:
    config = BlendConfig(form=form, weight=0.7)  # type: ignore[arg-type]

    blended = np.exp(blend_scores(HEAD, OPINION, KNOWN, config))

    assert blended[2:] == pytest.approx(np.exp(HEAD[2:]))
    assert blended.sum() == pytest.approx(1)


@pytest.mark.parametrize("form", ["mixture", "log_linear"])
def test_without_weight_or_knowledge_the_head_decides(form: str) -> None:
    nothing = BlendConfig(form=form, weight=0.0)  # type: ignore[arg-type]
    unknown = np.zeros(4, dtype=bool)

    assert blend_scores(HEAD, OPINION, KNOWN, nothing).tolist() == HEAD.tolist()
    assert blend_scores(HEAD, OPINION, unknown, BlendConfig()).tolist() == HEAD.tolist()


def test_a_wish_has_a_weight_of_its_own() -> None:
    config = BlendConfig(weight=0.8, wish_weight=0.0)

    assert blend_scores(HEAD, OPINION, KNOWN, config)[1] > HEAD[1]
    assert blend_scores(HEAD, OPINION, KNOWN, config, wish=True).tolist() == HEAD.tolist()


def test_a_batch_is_blended_row_by_row() -> None:
    config = BlendConfig(weight=0.3)

    both = blend_scores(np.stack([HEAD, HEAD[::-1]]), np.stack([OPINION] * 2), KNOWN, config)

    assert both[0] == pytest.approx(blend_scores(HEAD, OPINION, KNOWN, config))
    assert both[1] == pytest.approx(blend_scores(HEAD[::-1], OPINION, KNOWN, config))


@pytest.mark.parametrize("values", [{"weight": 1.0}, {"wish_weight": -0.1}, {"form": "sum"}])
def test_a_blend_that_makes_no_sense_is_an_error(values: dict[str, float]) -> None:
    with pytest.raises(GenRecError):
        BlendConfig(**values)  # type: ignore[arg-type]


def test_tuning_finds_the_side_that_is_right() -> None:
    users, n_titles = 40, 30
    rng = np.random.default_rng(1)
    targets = rng.integers(0, n_titles, users).tolist()
    right = np.full((users, n_titles), 0.01)
    right[np.arange(users), targets] = 0.5
    noise = rng.dirichlet(np.ones(n_titles), users)
    known = np.ones(n_titles, dtype=bool)
    none: list[list[int]] = [[] for _ in range(users)]

    head_is_right, trials = tune_blend(np.log(right), noise, known, targets, none)
    prior_is_right, _ = tune_blend(np.log(noise), right, known, targets, none)

    assert head_is_right.weight < 0.3 <= prior_is_right.weight
    assert prior_is_right.wish_weight < prior_is_right.weight / 2
    assert max(trial.ndcg_at_10 for trial in trials) == 1


def test_tuning_tries_the_forms_that_it_is_given_and_no_other() -> None:
    """Serving ranks candidates: a mixture would order them otherwise than the whole catalogue."""
    users, titles = 6, 12
    uniform = np.full((users, titles), 1 / titles)
    known, targets = np.ones(titles, dtype=bool), [0] * users
    none: list[list[int]] = [[]] * users
    weights = (0.0, 0.2)

    blend, trials = tune_blend(
        np.log(uniform), uniform, known, targets, none, weights=weights, forms=("log_linear",)
    )
    both = tune_blend(np.log(uniform), uniform, known, targets, none, weights=weights)[1]

    assert blend.form == "log_linear"
    tried = [(trial.config.form, trial.config.weight) for trial in trials]
    assert tried == [("log_linear", 0.0), ("log_linear", 0.2)]
    assert [trial.config.form for trial in both] == ["mixture", "mixture", "log_linear"]


def test_tuning_needs_users() -> None:
    with pytest.raises(GenRecError, match="none"):
        tune_blend(np.zeros((0, 3)), np.zeros((0, 3)), np.ones(3, dtype=bool), [], [])
