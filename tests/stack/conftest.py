"""Directories that PostgreSQL's own user may enter, with names short enough for a socket."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.layout import Layout


@pytest.fixture
def layout() -> Iterator[Layout]:
    """Return a layout whose state is its own; pytest's own directories are closed to others."""
    directory = Path(tempfile.mkdtemp(prefix="moodreel-test-"))
    directory.chmod(0o755)
    found = Layout(directory / "var")
    found.make_directories()
    yield found
    shutil.rmtree(directory)
