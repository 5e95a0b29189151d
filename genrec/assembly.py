"""Assembly: join a base and an artefact into the directory that vLLM serves.

    config.json, tokenizer...   the base's, widened to words, slots and markers
    model.safetensors           the base's weights, with the adapter merged in if there is one
    heads.safetensors           the artefact's towers
    catalog/                    residuals and prior: beside vLLM's own files, because it loads
                                every safetensors file in the directory itself as weights
    genrec.json                 what the server reports about itself

Files that do not change are hard-linked where the file system allows it.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from genrec.base import BaseInfo, read_base
from genrec.checkpoint import (
    HEADS_NAME,
    PRIOR_NAME,
    RESIDUALS_NAME,
    Artefact,
    check_fit,
    read_artefact,
)
from genrec.errors import GenRecError
from genrec.files import read_json, staged_directory, write_json
from genrec.vocabulary import Vocabulary

ASSEMBLY_FORMAT = 2
MANIFEST_NAME = "genrec.json"
CATALOG_DIRECTORY = "catalog"
MAX_SLOTS = 2_000_000
ARCHITECTURE = "GenRecForCausalLM"
REWRITTEN = frozenset({"config.json", "base.json"})


def assemble(base: Path, artefact: Path, n_slots: int, out: Path) -> bool:
    """Join a base and an artefact into a directory that vLLM serves, with `n_slots` slots.

    Returns whether work was done: nothing is if `out` holds the same parts already.

    Raises:
        GenRecError: the artefact was trained on another base, or a part is damaged.
    """
    if not 1 <= n_slots <= MAX_SLOTS:
        raise GenRecError(f"--slots must be between 1 and {MAX_SLOTS}, got {n_slots}.")
    info, head = read_base(base), read_artefact(artefact)
    config = read_json(base / "config.json")
    check_fit(info, head, config)
    key = assembly_key(info, head, n_slots)
    if (out / MANIFEST_NAME).exists() and read_json(out / MANIFEST_NAME).get("key") == key:
        return False
    with staged_directory(out) as stage:
        write_weights(base, artefact, head, stage)
        write_catalog_files(artefact, stage)
        write_json(stage / "config.json", served_config(config, head, n_slots))
        write_json(stage / MANIFEST_NAME, served_manifest(info, head, n_slots, key))
    return True


def write_weights(base: Path, artefact: Path, head: Artefact, stage: Path) -> None:
    """Write the base's files and the towers; weights are the base's own without an adapter."""
    changed = set(REWRITTEN)
    if head.adapter is not None:
        from genrec.adapter import WEIGHTS_NAME, write_merged_weights

        write_merged_weights(base, artefact, head.adapter.scale, stage)
        changed.add(WEIGHTS_NAME)
    for source in sorted(base.iterdir()):
        if source.name not in changed:
            link_or_copy(source, stage / source.name)
    shutil.copyfile(artefact / HEADS_NAME, stage / HEADS_NAME)


def write_catalog_files(artefact: Path, stage: Path) -> None:
    """Copy what the server reads itself, as far as the artefact has it."""
    (stage / CATALOG_DIRECTORY).mkdir()
    for name in (RESIDUALS_NAME, PRIOR_NAME):
        if (artefact / name).exists():
            shutil.copyfile(artefact / name, stage / CATALOG_DIRECTORY / name)


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
        "genrec_residuals": artefact.residuals,
    }


def served_manifest(base: BaseInfo, artefact: Artefact, n_slots: int, key: str) -> dict[str, Any]:
    """Return what the server reports about itself, and how it blends."""
    return {
        "key": key,
        "base": f"{base.name}-{base.weights_sha256[:12]}",
        "artefact": artefact.identity,
        "artefact_format": artefact.format,
        "embedding_version": artefact.embedding_version,
        "n_slots": n_slots,
        "blend": artefact.blend,
    }


def assembly_key(base: BaseInfo, artefact: Artefact, n_slots: int) -> str:
    """Return a hash of everything that decides an assembled directory's content."""
    parts = [ASSEMBLY_FORMAT, base.weights_sha256, artefact.content_hash, artefact.name, n_slots]
    return sha256(json.dumps(parts).encode()).hexdigest()


def link_or_copy(source: Path, target: Path) -> None:
    """Hard-link a file, or copy it where links are not possible (another file system)."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
