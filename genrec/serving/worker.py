"""What the engine's workers do for `http`: change rows of the loaded model in place.

vLLM mixes this class into its worker. Arguments cross a process boundary as plain values. They
were validated in `rows` before; they are checked again here, because a tensor of the wrong shape
would silently broadcast over the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from genrec.contract import CONTENT_DIM

if TYPE_CHECKING:
    from genrec.serving.model import GenRecForCausalLM


class CatalogWorker:
    """Row changes, called by name through the engine's `collective_rpc`."""

    model_runner: Any

    def genrec_set_rows(self, slots: Sequence[int], content: bytes, keys: Sequence[str]) -> int:
        """Set the rows of `slots` from N x CONTENT_DIM little-endian float16 values.

        `keys` are the titles' imdb ids, "" where unknown.
        """
        values = np.frombuffer(content, dtype="<f2").astype(np.float32)
        if values.size != len(slots) * CONTENT_DIM:
            raise ValueError(f"{values.size} values do not fit {len(slots)} slots")
        if len(keys) != len(slots):
            raise ValueError(f"{len(keys)} imdb ids do not fit {len(slots)} slots")
        rows = torch.from_numpy(values).view(len(slots), CONTENT_DIM)
        self.genrec_model().set_rows(list(slots), rows, list(keys))
        return len(slots)

    def genrec_clear_rows(self, slots: Sequence[int]) -> int:
        """Clear the rows of `slots`."""
        self.genrec_model().clear_rows(list(slots))
        return len(slots)

    def genrec_model(self) -> GenRecForCausalLM:
        return cast("GenRecForCausalLM", self.model_runner.get_model())
