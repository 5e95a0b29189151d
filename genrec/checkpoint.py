"""Artefacts: what training ships, and the directory that vLLM serves.

An artefact is a directory of `artefact.json` and `heads.safetensors`: the towers only, a few
megabytes. It names its base model by hash and the embedding its towers were trained on by
version. `assemble` joins base and artefact into a directory vLLM can load. Needs no torch.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from genrec.base import BaseInfo, read_base
from genrec.contract import CONTENT_DIM
from genrec.errors import GenRecError
from genrec.files import file_sha256, read_json, staged_directory, write_json
from genrec.vocabulary import MARKERS, Vocabulary

ARTEFACT_FORMAT = 1
HEADS_NAME = "heads.safetensors"
MAX_SLOTS = 2_000_000
ARCHITECTURE = "GenRecForCausalLM"


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
class Artefact:
    """What `artefact.json` holds. `training` and `metrics` are for people and reports."""

    name: str
    base: BaseInfo
    embedding_version: str
    towers: TowerConfig
    heads_sha256: str
    created: str
    genrec_version: str
    markers: tuple[str, ...] = MARKERS
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    format: int = ARTEFACT_FORMAT

    @property
    def identity(self) -> str:
        """Name the artefact for logs, traces and the state route."""
        return f"{self.name}-{self.heads_sha256[:12]}"


def tower_shapes(config: TowerConfig) -> dict[str, tuple[int, ...]]:
    """Return every tensor an artefact must hold, by name, with its shape."""
    shapes: dict[str, tuple[int, ...]] = {
        "content_mean": (config.content_dim,),
        "content_scale": (1,),
        "content_bias.weight": (1, config.content_dim),
        "content_bias.bias": (1,),
        "query_norm.weight": (config.hidden_size,),
        "query_norm.bias": (config.hidden_size,),
        "markers": (len(MARKERS), config.hidden_size),
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
    value = read_json(directory / "artefact.json")
    if value.get("format") != ARTEFACT_FORMAT:
        raise GenRecError(
            f"{directory} has artefact format {value.get('format')}, this version reads "
            f"{ARTEFACT_FORMAT}: train it again or use a matching version."
        )
    try:
        artefact = Artefact(
            **{
                **value,
                "base": BaseInfo(**value["base"]),
                "towers": TowerConfig(**value["towers"]),
                "markers": tuple(value["markers"]),
            }
        )
    except (TypeError, KeyError) as error:
        raise GenRecError(f"{directory}/artefact.json is not an artefact: {error}.") from error
    check_heads(directory / HEADS_NAME, artefact)
    return artefact


def check_heads(path: Path, artefact: Artefact) -> None:
    """Raise GenRecError unless the tensors are the ones that the artefact describes."""
    from safetensors import SafetensorError, safe_open

    if not path.exists():
        raise GenRecError(f"{path} is missing: the artefact is incomplete.")
    if file_sha256(path) != artefact.heads_sha256:
        raise GenRecError(f"{path} does not match the hash in artefact.json: it was changed.")
    if artefact.markers != MARKERS:
        raise GenRecError(f"{path.parent} has markers {artefact.markers}, expected {MARKERS}.")
    try:
        with safe_open(path, framework="numpy") as tensors:
            found = {name: tuple(tensors.get_slice(name).get_shape()) for name in tensors.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise GenRecError(f"{path} is not a safetensors file: {error}.") from error
    expected = tower_shapes(artefact.towers)
    if found != expected:
        wrong = sorted(
            name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)
        )
        raise GenRecError(
            f"{path} does not fit its configuration: "
            + ", ".join(f"{n} is {found.get(n)}, expected {expected.get(n)}" for n in wrong)
        )


def write_artefact(directory: Path, artefact: Artefact) -> None:
    """Write `artefact.json`; `heads.safetensors` must be there already."""
    value = asdict(artefact)
    value["markers"] = list(artefact.markers)
    write_json(directory / "artefact.json", value)


def assemble(base: Path, artefact: Path, n_slots: int, out: Path) -> bool:
    """Join a base and an artefact into a directory that vLLM serves, with `n_slots` slots.

    Returns whether work was done: nothing is if `out` holds the same parts already. Base
    weights are hard-linked where the file system allows it.

    Raises:
        GenRecError: the artefact was trained on another base, or a part is damaged.
    """
    if not 1 <= n_slots <= MAX_SLOTS:
        raise GenRecError(f"--slots must be between 1 and {MAX_SLOTS}, got {n_slots}.")
    info, head = read_base(base), read_artefact(artefact)
    config = read_json(base / "config.json")
    check_fit(info, head, config)
    key = assembly_key(info, head, n_slots)
    if (out / "genrec.json").exists() and read_json(out / "genrec.json").get("key") == key:
        return False
    with staged_directory(out) as stage:
        for source in sorted(base.iterdir()):
            if source.name not in ("config.json", "base.json"):
                link_or_copy(source, stage / source.name)
        shutil.copyfile(artefact / HEADS_NAME, stage / HEADS_NAME)
        write_json(stage / "config.json", served_config(config, head, n_slots))
        write_json(stage / "genrec.json", served_manifest(info, head, n_slots, key))
    return True


def check_fit(base: BaseInfo, artefact: Artefact, config: dict[str, Any]) -> None:
    """Raise GenRecError unless the artefact belongs to this base."""
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


def served_config(config: dict[str, Any], artefact: Artefact, n_slots: int) -> dict[str, Any]:
    """Return the base's config, widened to words, slots and markers."""
    vocabulary = Vocabulary(n_words=int(config["vocab_size"]), n_slots=n_slots)
    return {
        **config,
        "architectures": [ARCHITECTURE],
        "vocab_size": vocabulary.size,
        "genrec_n_words": vocabulary.n_words,
        "genrec_n_slots": vocabulary.n_slots,
        "genrec_towers": asdict(artefact.towers),
    }


def served_manifest(base: BaseInfo, artefact: Artefact, n_slots: int, key: str) -> dict[str, Any]:
    """Return what the server reports about itself."""
    return {
        "key": key,
        "base": f"{base.name}-{base.weights_sha256[:12]}",
        "artefact": artefact.identity,
        "embedding_version": artefact.embedding_version,
        "n_slots": n_slots,
    }


def assembly_key(base: BaseInfo, artefact: Artefact, n_slots: int) -> str:
    """Return a hash of everything that decides an assembled directory's content."""
    parts = [
        ARTEFACT_FORMAT,
        base.weights_sha256,
        artefact.heads_sha256,
        artefact.embedding_version,
        asdict(artefact.towers),
        n_slots,
        list(MARKERS),
    ]
    return sha256(json.dumps(parts).encode()).hexdigest()


def link_or_copy(source: Path, target: Path) -> None:
    """Hard-link a file, or copy it where links are not possible (another file system)."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
