"""What every command of the command line shares: its output, and its manners on the machine."""

from __future__ import annotations

import os
import sys


def say(text: str) -> None:
    """Write one line of a command's result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def share_the_machine() -> None:
    """Have waiting threads sleep. Spinning ones cost most of the speed when cores are shared.

    Read once, when torch is loaded: so this comes before its first import.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
