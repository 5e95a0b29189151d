"""How much memory everything that `bin/up` started takes while idle.

Sums the proportional set size (PSS: shared pages counted once) of the supervisor and all its
descendants, by process, and prints a markdown table. Resident sizes (RSS) stand beside it as the
naive figure, which counts shared pages once per process.

    .venv/bin/python benchmarks/idle_memory.py --pid $(cat var/run/up.pid)
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import psutil

MIB = 1024 * 1024


def label_of(process: psutil.Process) -> str:
    """Return what a process is to an operator."""
    line = " ".join(process.cmdline())
    for mark, label in (
        ("postgres", "PostgreSQL"),
        ("valkey", "Valkey"),
        ("EngineCore", "GenRec"),
        ("genrec", "GenRec"),
        ("vllm", "GenRec"),
        ("VLLM", "GenRec"),
        ("celery", "worker and beat"),
        ("uvicorn", "web"),
    ):
        if mark in line or mark in process.name():
            return label
    return "launcher"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pid", type=int, required=True, help="process id of bin/up")
    root = psutil.Process(parser.parse_args().pid)
    pss: dict[str, int] = defaultdict(int)
    rss: dict[str, int] = defaultdict(int)
    for process in [root, *root.children(recursive=True)]:
        memory = process.memory_full_info()
        pss[label_of(process)] += memory.pss
        rss[label_of(process)] += memory.rss
    print("| process | PSS MiB | RSS MiB |\n|---|---|---|")
    for label in sorted(pss, key=lambda name: -pss[name]):
        print(f"| {label} | {pss[label] / MIB:.0f} | {rss[label] / MIB:.0f} |")
    print(f"| **all** | **{sum(pss.values()) / MIB:.0f}** | {sum(rss.values()) / MIB:.0f} |")


if __name__ == "__main__":
    main()
