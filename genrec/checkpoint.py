"""Artefacts: what training ships.

An artefact is a directory of `artefact.json`, which holds the configuration, the figures and the
hash of every other file, and of these files, all but the first optional:

    heads.safetensors      towers: content in, content out, markers, positions, the query map
    adapter.safetensors    low-rank changes of the base's linear layers
    residuals.safetensors  learned additions to the rows of titles with a history, by imdb id
    prior.safetensors      the sequential prior that the catalog head is blended with, by imdb id

It names its base model by hash and the embedding its towers were trained on by version, and its
titles by imdb id, never by a database's key. Needs no torch.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from genrec.base import BaseInfo
from genrec.contract import CONTENT_DIM
from genrec.errors import GenRecError
from genrec.files import file_sha256, read_json, write_json
from genrec.prior import BlendConfig, SequentialPrior
from genrec.tensor_files import check_adapter, check_heads, check_residuals, imdb_keys
from genrec.vocabulary import MARKERS, N_POSITIONS

ARTEFACT_FORMAT = 2
MANIFEST_NAME = "artefact.json"
HEADS_NAME = "heads.safetensors"
ADAPTER_NAME = "adapter.safetensors"
RESIDUALS_NAME = "residuals.safetensors"
PRIOR_NAME = "prior.safetensors"
FILE_NAMES = (HEADS_NAME, ADAPTER_NAME, RESIDUALS_NAME, PRIOR_NAME)


@dataclass(frozen=True)
class TowerConfig:
    """Sizes of the towers: `hidden_size` is the base's, `head_dim` the catalogue rows'.

    The catalog head reads the state after the first `tap_layer` layers of the base.
    """

    hidden_size: int
    tap_layer: int
    content_dim: int = CONTENT_DIM
    head_dim: int = 384
    bottleneck: int = 512


@dataclass(frozen=True)
class AdapterConfig:
    """Low-rank changes: `weight + alpha / rank * B @ A` in each target module of every layer."""

    rank: int
    alpha: float
    target_modules: tuple[str, ...]

    @property
    def scale(self) -> float:
        return self.alpha / self.rank


@dataclass(frozen=True)
class Artefact:
    """What `artefact.json` holds. `training` and `metrics` are for people and reports.

    `adapter` is None without an adapter file, `residuals` counts the titles with a residual, and
    `blend` holds the fields of `prior.BlendConfig`, or is None without a prior. `hashes` is
    filled in by `write_artefact`.
    """

    name: str
    base: BaseInfo
    embedding_version: str
    towers: TowerConfig
    created: str
    genrec_version: str
    adapter: AdapterConfig | None = None
    residuals: int = 0
    blend: dict[str, Any] | None = None
    hashes: dict[str, str] = field(default_factory=dict)
    markers: tuple[str, ...] = MARKERS
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    format: int = ARTEFACT_FORMAT

    @property
    def content_hash(self) -> str:
        """Return a hash of everything in the artefact that decides what is served."""
        value = asdict(self)
        parts = ("towers", "adapter", "residuals", "blend", "hashes", "embedding_version")
        decisive = {name: value[name] for name in (*parts, "markers", "format")}
        return sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    @property
    def identity(self) -> str:
        """Name the artefact for logs, traces and the state route."""
        return f"{self.name}-{self.content_hash[:12]}"


def tower_shapes(config: TowerConfig) -> dict[str, tuple[int, ...]]:
    """Return every tensor that `heads.safetensors` must hold, by name, with its shape."""
    shapes: dict[str, tuple[int, ...]] = {
        "content_mean": (config.content_dim,),
        "content_scale": (1,),
        "content_bias.weight": (1, config.content_dim),
        "content_bias.bias": (1,),
        "query_norm.weight": (config.hidden_size,),
        "query_norm.bias": (config.hidden_size,),
        "markers": (len(MARKERS), config.hidden_size),
        "positions": (N_POSITIONS, config.head_dim),
    }
    maps = {
        "content_in": (config.content_dim, config.hidden_size),
        "content_out": (config.content_dim, config.head_dim),
        "query": (config.hidden_size, config.head_dim),
    }
    for name, (n_in, n_out) in maps.items():
        shapes[f"{name}.linear.weight"] = (n_out, n_in)
        shapes[f"{name}.linear.bias"] = (n_out,)
        shapes[f"{name}.down.weight"] = (config.bottleneck, n_in)
        shapes[f"{name}.down.bias"] = (config.bottleneck,)
        shapes[f"{name}.up.weight"] = (n_out, config.bottleneck)
        shapes[f"{name}.up.bias"] = (n_out,)
    return {f"towers.{name}": shape for name, shape in shapes.items()}


def read_artefact(directory: Path) -> Artefact:
    """Return a checked artefact.

    Raises:
        GenRecError: missing, changed since it was written, of another format, or with tensors
            that do not fit its own configuration.
    """
    value = read_json(directory / MANIFEST_NAME)
    if value.get("format") != ARTEFACT_FORMAT:
        raise GenRecError(
            f"{directory} has artefact format {value.get('format')}, this version reads "
            f"{ARTEFACT_FORMAT}: train it again or use a matching version."
        )
    artefact = parse_artefact(directory / MANIFEST_NAME, value)
    if artefact.markers != MARKERS:
        raise GenRecError(
            f"{directory} has {len(artefact.markers)} markers, {artefact.markers[:3]} and so on, "
            f"expected {len(MARKERS)}: {MARKERS[:3]} and so on."
        )
    check_files(directory, artefact)
    check_tensors(directory, artefact)
    return artefact


def parse_artefact(path: Path, value: dict[str, Any]) -> Artefact:
    """Return the artefact that a manifest describes.

    Raises:
        GenRecError: a field is missing, unknown or of another kind.
    """
    try:
        adapter = value["adapter"]
        if adapter is not None:
            modules = tuple(adapter["target_modules"])
            adapter = AdapterConfig(**{**adapter, "target_modules": modules})
        parsed = {
            "base": BaseInfo(**value["base"]),
            "towers": TowerConfig(**value["towers"]),
            "adapter": adapter,
            "hashes": dict(value["hashes"]),
            "markers": tuple(value["markers"]),
        }
        return Artefact(**{**value, **parsed})
    except (TypeError, KeyError, ValueError) as error:
        raise GenRecError(f"{path} is not an artefact: {error!r}.") from error


def check_files(directory: Path, artefact: Artefact) -> None:
    """Raise GenRecError unless the files are those that the manifest lists, byte for byte."""
    expected = {HEADS_NAME}
    expected |= {ADAPTER_NAME} if artefact.adapter is not None else set()
    expected |= {RESIDUALS_NAME} if artefact.residuals else set()
    expected |= {PRIOR_NAME} if artefact.blend is not None else set()
    present = {name for name in FILE_NAMES if (directory / name).exists()}
    for name in sorted(expected - present):
        raise GenRecError(f"{directory / name} is missing: the artefact is incomplete.")
    for name in sorted((present | artefact.hashes.keys()) - expected):
        raise GenRecError(f"{directory / name} has no place in this artefact: see {MANIFEST_NAME}.")
    for name in sorted(expected):
        if file_sha256(directory / name) != artefact.hashes.get(name):
            raise GenRecError(
                f"{directory / name} does not match the hash in {MANIFEST_NAME}: it was changed."
            )


def check_tensors(directory: Path, artefact: Artefact) -> None:
    """Raise GenRecError unless every file holds the tensors that the artefact describes.

    Whether an adapter fits its base is checked where both are at hand: in `adapter`.
    """
    check_heads(directory / HEADS_NAME, tower_shapes(artefact.towers))
    if artefact.adapter is not None:
        check_adapter(
            directory / ADAPTER_NAME, artefact.adapter.rank, artefact.adapter.target_modules
        )
    if artefact.residuals:
        sizes = artefact.towers.hidden_size, artefact.towers.head_dim
        check_residuals(directory / RESIDUALS_NAME, artefact.residuals, *sizes)
    if artefact.blend is not None:
        blend_config(artefact.blend)
        SequentialPrior.read(directory / PRIOR_NAME)
        imdb_keys(directory / PRIOR_NAME)


def blend_config(blend: dict[str, Any]) -> BlendConfig:
    """Return how an artefact blends.

    Raises:
        GenRecError: a setting that this version does not know, or one out of its range.
    """
    try:
        return BlendConfig(**blend)
    except TypeError as error:
        raise GenRecError(f"The artefact blends in an unknown way: {error}.") from error


def write_artefact(directory: Path, artefact: Artefact) -> Artefact:
    """Write `artefact.json` for the files that are there already, and return it with their hashes.

    Raises:
        GenRecError: a file that the artefact describes is missing, or too many are there.
    """
    found = [name for name in FILE_NAMES if (directory / name).exists()]
    hashed = replace(artefact, hashes={name: file_sha256(directory / name) for name in found})
    for name in found:
        (directory / name).chmod(0o644)
    write_json(directory / MANIFEST_NAME, asdict(hashed))
    check_files(directory, hashed)
    return hashed


def check_fit(base: BaseInfo, artefact: Artefact, config: dict[str, Any]) -> None:
    """Raise GenRecError unless the artefact belongs to this base, whose `config.json` is given."""
    if artefact.base.weights_sha256 != base.weights_sha256:
        raise GenRecError(
            f"The artefact {artefact.identity} was trained on {artefact.base.name} "
            f"({artefact.base.weights_sha256[:12]}), not on {base.name} "
            f"({base.weights_sha256[:12]}): give its base, or train a new artefact."
        )
    if config.get("hidden_size") != artefact.towers.hidden_size:
        raise GenRecError(
            f"The base has hidden size {config.get('hidden_size')}, the artefact "
            f"{artefact.towers.hidden_size}."
        )
    if artefact.towers.tap_layer > int(config.get("num_hidden_layers", 0)):
        raise GenRecError(
            f"The artefact's catalog head reads layer {artefact.towers.tap_layer}, the base has "
            f"{config.get('num_hidden_layers')}."
        )
