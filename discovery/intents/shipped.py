"""Where the weights of the package are, and what is said where they can't be used."""

from __future__ import annotations

from pathlib import Path

WEIGHTS_DIR = Path(__file__).parent / "weights"


class UnusableWeights(Exception):
    """The shipped weights don't fit this program. The message says what to run."""
