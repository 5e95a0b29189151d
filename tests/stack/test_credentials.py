"""Secrets: made once, private, never replaced."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from stack.credentials import NAMES, load_secrets
from stack.errors import StackError


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_first_start_makes_long_secrets_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"

    secrets = load_secrets(path)

    assert mode_of(path) == 0o600
    assert set(secrets) == set(NAMES)
    assert len(set(secrets.values())) == len(NAMES)
    assert all(len(secret) >= 50 for secret in secrets.values())


def test_later_starts_keep_them(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"

    assert load_secrets(path) == load_secrets(path)


def test_two_installations_share_nothing(tmp_path: Path) -> None:
    one, other = load_secrets(tmp_path / "a.json"), load_secrets(tmp_path / "b.json")

    assert not set(one.values()) & set(other.values())


def test_a_file_that_others_can_read_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    load_secrets(path)
    path.chmod(0o644)

    load_secrets(path)

    assert mode_of(path) == 0o600


def test_a_secret_added_by_a_later_version_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"GENREC_API_KEY": "kept"}))
    path.chmod(0o600)

    secrets = load_secrets(path)

    assert secrets["GENREC_API_KEY"] == "kept"
    assert secrets["VALKEY_PASSWORD"]


def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text("{half")

    with pytest.raises(StackError, match=r"secrets\.json is damaged"):
        load_secrets(path)

    assert path.read_text() == "{half"
