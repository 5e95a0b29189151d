"""The vLLM plugin: one engine with a text head and a catalog head.

`model` computes both heads' logits, `heads` keeps each request to its own head, `worker` changes
catalogue rows in place, `http` offers /genrec/*, `auth` guards every route, `command` starts it.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading

WATCH_NAME = "genrec-parent-watch"


def register() -> None:
    """Tell vLLM about the model class. Runs in every process, possibly more than once."""
    from vllm import ModelRegistry

    from genrec.assembly import ARCHITECTURE

    if ARCHITECTURE not in ModelRegistry.get_supported_archs():
        # By path: the class is imported only where a model is built.
        ModelRegistry.register_model(ARCHITECTURE, f"genrec.serving.model:{ARCHITECTURE}")
    die_with_parent()


def die_with_parent() -> None:
    """End this process when the one that started it dies, however it dies.

    vLLM's engine and worker survive a killed API server, with all their memory. In the API
    server itself this does nothing: multiprocessing did not start it.
    """
    parent = multiprocessing.parent_process()
    if parent is None or any(thread.name == WATCH_NAME for thread in threading.enumerate()):
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name=WATCH_NAME, daemon=True).start()
