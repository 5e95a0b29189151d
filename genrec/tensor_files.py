"""Check the tensors in an artefact's files by their headers alone: names, shapes, kinds, ids.

What does not fit is named, so that a person can tell a stale file from a wrong setting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from genrec.errors import GenRecError

FLOATS = frozenset({"F32", "F16", "BF16"})
IMDB_PATTERN = re.compile(r"tt\d{7,12}")
LORA_PATTERN = re.compile(
    r"(?P<module>layers\.\d+\.(?:self_attn|mlp)\.(?P<kind>\w+))\.lora_(?P<half>[AB])"
)
"""The names in an adapter: A is (rank, in), B is (out, rank)."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """What a safetensors file says about itself without its values."""

    shapes: dict[str, Shape]
    kinds: dict[str, str]
    metadata: dict[str, str]


def read_header(path: Path) -> Header:
    """Return the names, shapes, kinds and metadata of a file's tensors.

    Raises:
        GenRecError: not a safetensors file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as tensors:
            slices = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118
            kinds = {name: str(found.get_dtype()) for name, found in slices.items()}
            shapes = {name: tuple(found.get_shape()) for name, found in slices.items()}
            metadata = dict(tensors.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise GenRecError(f"{path} is not a safetensors file: {error}.") from error
    return Header(shapes, kinds, metadata)


def float_header(path: Path) -> Header:
    """As `read_header`, for a file of floating-point tensors only."""
    header = read_header(path)
    odd = sorted(name for name, kind in header.kinds.items() if kind not in FLOATS)
    if odd:
        raise GenRecError(f"{path}: {odd[0]} is of kind {header.kinds[odd[0]]}, expected floats.")
    return header


def check_heads(path: Path, expected: dict[str, Shape]) -> None:
    """Raise GenRecError unless a file holds exactly these tensors."""
    check_shapes(path, float_header(path).shapes, expected)


def check_shapes(path: Path, found: dict[str, Shape], expected: dict[str, Shape]) -> None:
    """Raise GenRecError naming every tensor that is missing, unexpected or of another shape."""
    wrong = sorted(
        name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)
    )
    if wrong:
        raise GenRecError(
            f"{path} does not fit its configuration: "
            + ", ".join(f"{n} is {found.get(n)}, expected {expected.get(n)}" for n in wrong)
        )


def check_residuals(path: Path, n_titles: int, hidden_size: int, head_dim: int) -> None:
    """Raise GenRecError unless a file holds the residuals of `n_titles` titles, each once."""
    header = float_header(path)
    expected: dict[str, Shape] = {
        "input": (n_titles, hidden_size),
        "output": (n_titles, head_dim),
        "bias": (n_titles,),
    }
    check_shapes(path, header.shapes, expected)
    keys = imdb_keys(path, header)
    if len(keys) != n_titles:
        raise GenRecError(f"{path} names {len(keys)} titles for {n_titles} residuals.")


def imdb_keys(path: Path, header: Header | None = None) -> tuple[str, ...]:
    """Return the imdb ids that a file's rows belong to, in order.

    Raises:
        GenRecError: no ids, ids that are none, or one that is there twice.
    """
    header = header or read_header(path)
    try:
        keys = json.loads(header.metadata["imdb"])
    except (KeyError, ValueError) as error:
        raise GenRecError(f"{path} has no list of imdb ids in its metadata.") from error
    if not isinstance(keys, list):
        raise GenRecError(f"{path} has no list of imdb ids in its metadata.")
    odd = [key for key in keys if not isinstance(key, str) or not IMDB_PATTERN.fullmatch(key)]
    if odd:
        raise GenRecError(f"{path}: {odd[0]!r} is not an imdb id.")
    if len(set(keys)) != len(keys):
        raise GenRecError(f"{path} names a title twice.")
    return tuple(keys)


def check_adapter(path: Path, rank: int, target_modules: Collection[str]) -> None:
    """Raise GenRecError unless a file holds pairs of factors of `rank` for these modules only."""
    shapes = float_header(path).shapes
    if rank < 1 or not shapes:
        raise GenRecError(f"{path}: an adapter needs a rank of at least 1 and a tensor.")
    for name, shape in sorted(shapes.items()):
        match = LORA_PATTERN.fullmatch(name)
        if match is None or match["kind"] not in target_modules:
            raise GenRecError(f"{path}: {name} belongs to none of {', '.join(target_modules)}.")
        other = f"{match['module']}.lora_{'B' if match['half'] == 'A' else 'A'}"
        if other not in shapes:
            raise GenRecError(f"{path} has {name} without {other}.")
        if len(shape) != 2 or shape[0 if match["half"] == "A" else 1] != rank:
            raise GenRecError(f"{path}: {name} is {shape}, which is not of rank {rank}.")
