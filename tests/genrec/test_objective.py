"""Losses: what they are at the start, and what they may not touch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from genrec.checkpoint import TowerConfig
from genrec.examples import IGNORE, Example
from genrec.language_data import WordBatches, chat_example, load_chat_tokenizer
from genrec.lora import add_lora
from genrec.model import GenRec, load_base
from genrec.objective import LanguageLoss, Pasts, RankingLoss, WantedTitles
from genrec.residuals import Residuals, residual_keys
from genrec.starting import start_biases
from genrec.towers import Towers
from genrec.vocabulary import Vocabulary
from genrec.wishes import Facet

N_TITLES = 12
KEYS = [f"tt{row:07d}" if row else "" for row in range(N_TITLES)]


@pytest.fixture
def model(tiny_model: Path) -> GenRec:
    torch.manual_seed(0)
    base = load_base(tiny_model.parent / "base", 49152)
    towers = Towers(TowerConfig(hidden_size=64, tap_layer=1, head_dim=16, bottleneck=8))
    made = GenRec(base, towers, Residuals(KEYS[1:6], 64, 16), Vocabulary(49152, N_TITLES), KEYS)
    with torch.no_grad():
        for parameter in (*made.residuals.parameters(), towers.markers, towers.positions):
            parameter.normal_()
    return made


@pytest.fixture
def content() -> torch.Tensor:
    return torch.randn(N_TITLES, 384, generator=torch.Generator().manual_seed(1))


def loss_of(model: GenRec) -> RankingLoss:
    wanted = WantedTitles([list(range(N_TITLES))], [frozenset()] * N_TITLES)
    return RankingLoss(model, wanted, soft_share=0.5, dropout=0.0)


def test_a_title_without_a_residual_is_what_its_content_says(
    model: GenRec, content: torch.Tensor
) -> None:
    rows = model.rows(content)
    bare = model.rows(content, torch.zeros(N_TITLES))

    assert torch.equal(rows.input[6:], model.towers.input_rows(content)[6:])
    assert torch.equal(rows.input[0], bare.input[0])
    assert torch.equal(bare.output, model.towers.output_rows(content)[0])
    for kind in ("input", "output", "bias"):
        added = getattr(rows, kind)[1:6] - getattr(bare, kind)[1:6]
        assert torch.allclose(added, getattr(model.residuals, kind), atol=1e-4)


def test_residuals_are_for_titles_with_an_id_and_a_history() -> None:
    keys = ["tt1", "", "tt3", "tt1"]
    histories = [[0, 1, 2], [0, 1], [0, 3]]

    assert residual_keys(keys, histories, 2) == ("tt1",)
    assert residual_keys(keys, histories, 1) == ("tt1", "tt3")


def test_a_listed_title_is_predicted_by_its_position_alone(
    model: GenRec, content: torch.Tensor
) -> None:
    vocabulary = model.vocabulary
    ids = [vocabulary.marker_id("history"), vocabulary.slot_id(1)]
    listed = Example(ids, [3, N_TITLES + 1], rows=(1, 7), listed=(2, 7))
    keep = torch.ones(N_TITLES)
    loss = loss_of(model)(listed_pair := [listed], content, keep)[0]
    assert listed_pair
    loss.backward()

    assert torch.isfinite(loss)
    assert model.towers.positions.grad is not None
    used = model.towers.positions.grad.abs().sum(1) > 0
    assert used[:2].all()
    assert not used[2:].any()  # no title stands there
    # Row 2 is listed: neither its residual nor its column takes part.
    assert model.residuals.output.grad[model.residuals.index["tt0000002"]].abs().sum() == 0
    assert model.residuals.output.grad[model.residuals.index["tt0000003"]].abs().sum() > 0


def test_without_its_catalogue_part_the_loss_is_hand_computed(
    model: GenRec, content: torch.Tensor
) -> None:
    ids = [model.vocabulary.marker_id("history")]
    loss, n_tokens = loss_of(model)([Example(ids, [4], rows=(4,))], content, torch.ones(N_TITLES))

    rows = model.rows(content)
    hidden = model.lower(model.embed(torch.tensor([ids]), rows.input))[0, 0]
    logits = model.towers.queries(hidden) @ rows.output.T + rows.bias
    assert loss.item() == pytest.approx(-logits.log_softmax(0)[4].item(), rel=1e-5)
    assert n_tokens == 1


def test_a_title_in_no_history_is_no_candidate(model: GenRec, content: torch.Tensor) -> None:
    wanted = WantedTitles([list(range(N_TITLES - 1))], [frozenset()] * N_TITLES)
    loss = RankingLoss(model, wanted, soft_share=0.5, dropout=0.0)
    ids = [model.vocabulary.marker_id("history")]
    found, _ = loss([Example(ids, [4], rows=(4,))], content, torch.ones(N_TITLES))

    rows = model.rows(content)
    hidden = model.lower(model.embed(torch.tensor([ids]), rows.input))[0, 0]
    logits = (model.towers.queries(hidden) @ rows.output.T + rows.bias)[:-1]
    assert found.item() == pytest.approx(-logits.log_softmax(0)[4].item(), rel=1e-5)


def test_titles_in_no_history_say_nothing_of_what_is_popular(
    model: GenRec, content: torch.Tensor
) -> None:
    histories = [[1, 2, 3], [1, 2], [1]]
    changed = content.clone()
    changed[4:] *= 3
    with torch.no_grad():
        start_biases(model, content, histories)
        weight = model.towers.content_bias.weight.clone()
        start_biases(model, changed, histories)

    assert weight.abs().sum() > 0
    assert torch.equal(model.towers.content_bias.weight, weight)
    # The three that were chosen start at their popularity.
    biases = model.rows(content).bias[1:4]
    logs = torch.tensor([4.0, 3.0, 2.0]).log()
    assert torch.allclose(biases - biases.mean(), logs - logs.mean(), atol=1e-4)


def test_a_wish_has_all_titles_that_satisfy_it_as_a_second_target(
    model: GenRec, content: torch.Tensor
) -> None:
    comedy = Facet("genre", "Comedy")
    facets = [frozenset({comedy} if row in (4, 9) else ()) for row in range(N_TITLES)]
    wanted = WantedTitles([[*range(N_TITLES), 4, 4, 4]], facets)
    ids = [model.vocabulary.marker_id("history")]
    example = Example(ids, [4], rows=(4,), facets=(comedy,))
    loss = RankingLoss(model, wanted, soft_share=0.25, dropout=0.0)
    found, _ = loss([example], content, torch.ones(N_TITLES))

    rows = model.rows(content)
    hidden = model.lower(model.embed(torch.tensor([ids]), rows.input))[0, 0]
    logs = (model.towers.queries(hidden) @ rows.output.T + rows.bias).log_softmax(0)
    soft = -(2 / 3 * logs[4] + 1 / 3 * logs[9])  # square roots of 4 and 1
    assert found.item() == pytest.approx((-0.75 * logs[4] + 0.25 * soft).item(), rel=1e-5)


@pytest.fixture
def texts(tiny_model: Path) -> WordBatches:
    tokenizer = load_chat_tokenizer(tiny_model.parent / "base")
    example = chat_example(tokenizer, [{"role": "user", "content": "Hello?"}], "Hello there.")
    assert [label for label in example.labels if label != IGNORE] == [
        *tokenizer.encode("Hello there.", add_special_tokens=False),
        tokenizer.eos_token_id,
    ]
    cut = chat_example(tokenizer, [{"role": "user", "content": "Hello?"}], "Hello", ended=False)
    assert cut.ids[-1] == tokenizer.encode("Hello")[-1]
    return WordBatches("texts", [example], 64, seed=0)


def test_nothing_is_lost_before_training(
    model: GenRec, tiny_model: Path, texts: WordBatches
) -> None:
    add_lora(model.base, 4)
    loss = LanguageLoss(model, load_base(tiny_model.parent / "base", 49152))
    batch = texts.batch(0)

    assert loss.states(batch).item() == pytest.approx(0, abs=1e-6)
    assert loss.retention(batch).item() == pytest.approx(0, abs=1e-5)
    assert loss.answers(batch).item() > 1


def test_a_change_of_the_layers_shows_in_states_and_retention(
    model: GenRec, tiny_model: Path, texts: WordBatches
) -> None:
    loss = LanguageLoss(model, load_base(tiny_model.parent / "base", 49152))
    with torch.no_grad():
        model.base.model.layers[0].mlp.up_proj.weight.add_(0.5)
    batch = texts.batch(0)

    assert loss.states(batch).item() > 0.01
    assert loss.retention(batch).item() > 0.01


def test_answers_teach_the_upper_layers_only(
    model: GenRec, tiny_model: Path, texts: WordBatches
) -> None:
    add_lora(model.base, 4)
    for parameter in model.base.parameters():
        parameter.requires_grad_(True)
    loss = LanguageLoss(model, load_base(tiny_model.parent / "base", 49152))
    loss.answers(texts.batch(0)).backward()

    lower, upper = model.base.model.layers
    assert all(p.grad is None for p in lower.parameters())
    assert any(p.grad is not None for p in upper.parameters())


def test_what_was_seen_cannot_come_next() -> None:
    example = Example([0, 0, 0, 0], [IGNORE, 5, 2, 5], rows=(1, 5, 2, 5))
    other = Example([0, 0], [IGNORE, 4], rows=(5, 4))
    seen = Pasts.of([example, other], 7, torch.device("cpu")).seen(7)

    assert [row.nonzero().flatten().tolist() for row in seen] == [[1], [1, 5], [1, 2], [5]]
