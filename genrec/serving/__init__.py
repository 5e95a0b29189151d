"""The vLLM plugin: one engine with a text head and a catalog head.

`model` computes both heads' logits, `heads` keeps each request to its own head, `worker` changes
catalogue rows in place, `http` offers /genrec/*, `auth` guards every route, `command` starts it.
"""

from __future__ import annotations


def register() -> None:
    """Tell vLLM about the model class. Runs in every process, possibly more than once."""
    from vllm import ModelRegistry

    from genrec.checkpoint import ARCHITECTURE

    if ARCHITECTURE not in ModelRegistry.get_supported_archs():
        # By path: the class is imported only where a model is built.
        ModelRegistry.register_model(ARCHITECTURE, f"genrec.serving.model:{ARCHITECTURE}")
