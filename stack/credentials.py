"""Secrets of one installation: made at its first start, kept in a file only its owner can read.

There are no default passwords: two installations never share a key.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from pathlib import Path

from stack.errors import StackError

NAMES = ("MOODREEL_SECRET_KEY", "GENREC_API_KEY", "VALKEY_PASSWORD")
KEY_BYTES = 48


def load_secrets(path: Path) -> dict[str, str]:
    """Return the installation's secrets, making those that are missing.

    Raises:
        StackError: the file is not JSON, or others may read it and we can't change that.
    """
    found = read_secrets(path)
    if missing := [name for name in NAMES if not found.get(name)]:
        found |= {name: secrets.token_urlsafe(KEY_BYTES) for name in missing}
        write_private(path, json.dumps(found, indent=2) + "\n")
    return found


def read_secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        try:
            path.chmod(0o600)
        except OSError as error:
            raise StackError(f"others can read {path}, run: chmod 600 {path}") from error
    try:
        value = json.loads(path.read_text())
    except ValueError as error:
        raise StackError(
            f"{path} is damaged ({error}). Restore it, or delete it: all sessions end then."
        ) from error
    return {str(name): str(secret) for name, secret in value.items()}


def write_private(path: Path, text: str) -> None:
    """Write `text` so that no other user can read it at any moment, and never half of it."""
    stage = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(stage, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    stage.replace(path)
