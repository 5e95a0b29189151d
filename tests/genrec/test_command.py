"""How the server is started: flags and environment, per kind of machine."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from genrec.contract import MAX_CANDIDATES
from genrec.errors import GenRecError
from genrec.serving.command import (
    ServeOptions,
    cpu_dtype,
    physical_cores,
    serve,
    server_environment,
    server_flags,
)

OPTIONS = ServeOptions(model=Path("model"), port=9000, kv_cache_gib=0.25, extra=("--seed=1",))


def test_the_server_listens_on_loopback_unless_told_otherwise() -> None:
    assert "--host=127.0.0.1" in server_flags(OPTIONS, on_cpu=True)


def test_the_key_is_never_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line is visible to every user of the machine."""
    monkeypatch.setenv("GENREC_API_KEY", "a-key-of-some-length")

    assert not any("a-key-of" in flag for flag in server_flags(OPTIONS, on_cpu=True))


def test_one_request_may_score_all_candidates_and_the_total() -> None:
    flags = server_flags(OPTIONS, on_cpu=True)

    assert f"--max-logprobs={MAX_CANDIDATES + 1}" in flags


def test_flags_for_a_cpu() -> None:
    flags = server_flags(OPTIONS, on_cpu=True)

    assert "--enforce-eager" in flags
    assert "--block-size=32" in flags
    assert f"--kv-cache-memory-bytes={2**28}" in flags
    assert flags[-1] == "--seed=1"


def test_a_gpu_gets_none_of_the_cpu_flags() -> None:
    flags = " ".join(server_flags(OPTIONS, on_cpu=False))

    assert "eager" not in flags
    assert "block-size" not in flags
    assert "kv-cache" not in flags
    assert "TORCHDYNAMO_DISABLE" not in server_environment(OPTIONS, {}, on_cpu=False)


def test_the_environment_loads_our_plugins_and_reports_to_nobody() -> None:
    environment = server_environment(OPTIONS, {"PATH": "/bin"}, on_cpu=True)

    assert environment["PATH"] == "/bin"
    assert environment["VLLM_PLUGINS"] == "genrec,genrec_heads,genrec_http"
    assert environment["VLLM_NO_USAGE_STATS"] == "1"
    assert environment["HF_HUB_OFFLINE"] == "1"


def test_threads_are_bound_to_no_core_for_a_second_server_would_get_the_same() -> None:
    environment = server_environment(OPTIONS, {}, on_cpu=True)

    assert environment["VLLM_CPU_OMP_THREADS_BIND"] == "nobind"
    assert 1 <= int(environment["OMP_NUM_THREADS"]) <= max(1, len(os.sched_getaffinity(0)) - 1)


def test_an_operator_may_choose_threads_and_cores() -> None:
    chosen = {"VLLM_CPU_OMP_THREADS_BIND": "0-3", "OMP_NUM_THREADS": "4"}

    environment = server_environment(OPTIONS, chosen, on_cpu=True)
    by_option = server_environment(replace(OPTIONS, threads=3), chosen, on_cpu=True)

    assert environment["VLLM_CPU_OMP_THREADS_BIND"] == "0-3"
    assert environment["OMP_NUM_THREADS"] == "4"
    assert by_option["OMP_NUM_THREADS"] == "3"


def test_two_logical_cpus_of_one_core_count_once(tmp_path: Path) -> None:
    for cpu, siblings in enumerate(("0,2", "1,3", "0,2", "1,3")):
        topology = tmp_path / f"cpu{cpu}" / "topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(f"{siblings}\n")

    assert physical_cores(range(4), tmp_path) == 2
    assert physical_cores([0, 1], tmp_path) == 2
    assert physical_cores(range(4), tmp_path / "absent") == 4


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx512f avx512_bf16", "bfloat16"),
        ("fpu amx_bf16", "bfloat16"),
        ("fpu avx512f avx512_vnni", "float32"),
    ],
)
def test_a_cpu_that_emulates_bfloat16_serves_float32(
    tmp_path: Path, flags: str, expected: str
) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text(f"processor : 0\nflags\t\t: {flags}\n")

    assert cpu_dtype("auto", info) == expected
    assert cpu_dtype("bfloat16", info) == "bfloat16"


def test_a_machine_that_tells_nothing_serves_bfloat16(tmp_path: Path) -> None:
    assert cpu_dtype("auto", tmp_path / "absent") == "bfloat16"


def test_serving_without_a_key_says_which_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENREC_API_KEY", raising=False)
    with pytest.raises(GenRecError, match="GENREC_API_KEY"):
        serve(OPTIONS)


def test_serving_what_was_not_assembled_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GENREC_API_KEY", "a-key-of-some-length")
    with pytest.raises(GenRecError, match=r"genrec\.json"):
        serve(ServeOptions(model=tmp_path, port=1))
