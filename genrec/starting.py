"""Where training starts: a new model, towers that the base can read, popularity as a ranking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from genrec.adapter import read_adapter
from genrec.base import read_base
from genrec.checkpoint import RESIDUALS_NAME, Artefact, TowerConfig, check_fit, read_artefact
from genrec.data import Rows, TitleFacts
from genrec.errors import GenRecError
from genrec.files import read_json
from genrec.lora import lora_factors
from genrec.model import GenRec, load_base, load_towers
from genrec.recipe import TrainConfig, TrainingData
from genrec.residuals import Residuals, read_residuals, residual_keys
from genrec.towers import Towers
from genrec.vocabulary import Vocabulary

RIDGE = 30.0
QUERY_START = 0.1
SPREAD_FLOOR = 1e-3


def new_model(config: TrainConfig, data: TrainingData, base: Path) -> GenRec:
    """Return an untrained model for the titles of the training data."""
    base_config = read_json(base / "config.json")
    hidden_size = int(base_config["hidden_size"])
    vocabulary = Vocabulary(int(base_config["vocab_size"]), len(data.catalogue))
    towers = Towers(
        TowerConfig(
            hidden_size=hidden_size,
            tap_layer=config.tap_layer,
            head_dim=config.head_dim,
            bottleneck=config.bottleneck,
        )
    )
    histories = list(data.histories.values())
    keys = residual_keys(data.keys, histories, config.residual_least)
    residuals = Residuals(keys, hidden_size, config.head_dim)
    return GenRec(load_base(base, vocabulary.n_words), towers, residuals, vocabulary, data.keys)


def trainable_towers(towers: Towers) -> list[Any]:
    """Return the towers' parameters, but for the constants that standardise content."""
    fixed = {id(towers.content_mean), id(towers.content_scale)}
    return [value for value in towers.parameters() if id(value) not in fixed]


@torch.no_grad()
def start_towers(
    model: GenRec,
    content: Tensor,
    documents: Tensor,
    facts: Sequence[TitleFacts],
    histories: Sequence[Rows],
    tokenizer: Tokenizer,
) -> float:
    """Set all that is trained to its start. Returns the input tower's explained variance.

    Args:
        content: (N, C) embeddings of facts alone; `documents` (N, C) of the whole documents.
    """
    towers = model.towers
    both = torch.cat([content, documents])
    towers.content_mean.copy_(both.mean(0))
    towers.content_scale.copy_(1 / (both - both.mean(0)).std())
    for bottleneck in (towers.content_in, towers.content_out, towers.query):
        nn.init.zeros_(bottleneck.up.weight)
        nn.init.zeros_(bottleneck.up.bias)
    # Small first logits: the first steps should not unlearn random preferences.
    towers.query.linear.weight.mul_(QUERY_START)
    nn.init.normal_(towers.positions, std=0.02)
    words = model.layers.embed_tokens.weight
    fit = start_input_tower(towers, content, facts, words, tokenizer)
    start_biases(model, content, histories)
    return fit


def start_input_tower(
    towers: Towers,
    content: Tensor,
    facts: Sequence[TitleFacts],
    words: Tensor,
    tokenizer: Tokenizer,
) -> float:
    """Fit the input tower's linear part by ridge regression. Returns the explained variance.

    It starts as a map from a title's embedding to the mean of its words' own input vectors
    `words` (V, H), so that the base can read an entity token as if it were words.
    """
    targets = torch.stack([mean_word(title.words, words, tokenizer) for title in facts])
    known = targets.abs().sum(1) > 0
    x, y = towers.standardise(content)[known], targets[known]
    center = y.mean(0)
    weight = ridge(x, y - center)
    residual = y - center - x @ weight
    # A mean of many word vectors is short: stretch the map to the length of one word.
    predicted = x @ weight + center
    stretch = words.norm(dim=1).mean() / predicted.norm(dim=1).mean()
    towers.content_in.linear.weight.copy_(weight.T * stretch)
    towers.content_in.linear.bias.copy_(center * stretch)
    noise = torch.randn_like(towers.markers) * words.std()
    towers.markers.copy_(words.mean(0, keepdim=True) + noise)
    return float(1 - residual.pow(2).sum() / (y - center).pow(2).sum())


def ridge(x: Tensor, y: Tensor) -> Tensor:
    """Return the weights (C, K) of a ridge regression of y (N, K) on x (N, C)."""
    return torch.linalg.solve(x.T @ x + RIDGE * torch.eye(x.shape[1]), x.T @ y)


def mean_word(text: str, words: Tensor, tokenizer: Tokenizer) -> Tensor:
    """Return the mean input vector (H,) of a text's tokens; zeros for an empty text."""
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    return words[ids].mean(0) if ids else torch.zeros(words.shape[1])


def start_biases(model: GenRec, content: Tensor, histories: Sequence[Rows]) -> None:
    """Start the first ranking at popularity: what content tells of it, and the residual the rest.

    A popularity is the logarithm of (1 + how often a title occurs), around its mean. Titles in no
    history have none: a new one is not unpopular.
    """
    counts = Counter(row for history in histories for row in history)
    popularity = torch.tensor([1.0 + counts[row] for row in range(len(content))]).log()
    chosen = popularity > 0
    popularity -= popularity[chosen].mean()
    towers, residuals = model.towers, model.residuals
    standard = towers.standardise(content)
    weight = ridge(standard[chosen], popularity[chosen, None])
    towers.content_bias.weight.copy_(weight.T)
    towers.content_bias.bias.zero_()
    start_residual_biases(residuals, model.places, popularity - (standard @ weight).squeeze(1))


@torch.no_grad()
def start_from_artefact(model: GenRec, directory: Path, base: Path, embedding_version: str) -> None:
    """Set all that is trained to what an artefact has learned, so that training goes on from there.

    Titles are matched by imdb id: those without a residual there keep the start of a new model.

    Raises:
        GenRecError: the artefact is damaged, of another base, of other sizes than the recipe's, or
            its towers read another embedding than the data's, whose version is given.
    """
    artefact = read_start(model, directory, base)
    if artefact.embedding_version != embedding_version:
        raise GenRecError(
            f"{directory} was trained on embedding version {artefact.embedding_version!r}, the "
            f"titles are embedded by {embedding_version!r}: embed them again, or train from the "
            "start."
        )
    model.towers.load_state_dict(load_towers(directory).state_dict())
    start_layers(model, directory, artefact, 0)
    if not artefact.residuals:
        return
    sizes = artefact.towers.hidden_size, artefact.towers.head_dim
    learned = read_residuals(directory / RESIDUALS_NAME, *sizes)
    places = learned.places(model.residuals.keys)
    known = places >= 0
    for name, value in model.residuals.named_parameters():
        value[known] = learned.get_parameter(name)[places[known]]


def start_text_head(model: GenRec, directory: Path, base: Path) -> None:
    """Set the layers of the text head, those above the catalog head, to an artefact's.

    They were fitted to that artefact's lower layers: stage talk goes on from there.

    Raises:
        GenRecError: as `start_from_artefact`.
    """
    artefact = read_start(model, directory, base)
    start_layers(model, directory, artefact, artefact.towers.tap_layer)


def read_start(model: GenRec, directory: Path, base: Path) -> Artefact:
    """Return the artefact, if a model of these sizes can start from it."""
    artefact = read_artefact(directory)
    check_fit(read_base(base), artefact, read_json(base / "config.json"))
    factors = dict(lora_factors(model.base, 0, len(model.layers.layers)))
    adapter = read_adapter(directory) if artefact.adapter else {}
    wrong = [name for name, value in adapter.items() if factors[name].shape != value.shape]
    if artefact.towers != model.towers.config or wrong:
        raise GenRecError(
            f"{directory} has other sizes than this recipe: train from the start, or give the "
            "same --tap-layer."
        )
    return artefact


@torch.no_grad()
def start_layers(model: GenRec, directory: Path, artefact: Artefact, first: int) -> None:
    """Set the low-rank changes of the layers from `first` on to an artefact's."""
    adapter = read_adapter(directory) if artefact.adapter else {}
    for name, factor in lora_factors(model.base, first, len(model.layers.layers)):
        if name in adapter:
            factor.copy_(adapter[name].float())


def start_residual_biases(residuals: Residuals, places: Tensor, rest: Tensor) -> None:
    known = places >= 0
    residuals.bias[places[known]] = rest[known]


@torch.no_grad()
def start_query_norm(towers: Towers, states: Tensor) -> None:
    """Let the head see every dimension of the states (P, H) alike.

    A few dimensions of a language model's states are a hundred times larger than the rest;
    without this the head would learn from those alone for a long time.
    """
    normed = nn.functional.layer_norm(states, states.shape[-1:])
    spread = normed.std(0) + SPREAD_FLOOR
    towers.query_norm.weight.copy_(1 / spread)
    towers.query_norm.bias.copy_(-normed.mean(0) / spread)
