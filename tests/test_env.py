"""Variables that make no sense are refused with their name and what they must be."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import env_float, env_int

NAME = "MOODREEL_FOR_THIS_TEST"


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "-inf", "two", "1e999"])
def test_a_number_is_finite_and_not_negative(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=NAME):
        env_float(NAME, 1.0)


def test_numbers_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env_float(NAME, 1.5) == 1.5
    monkeypatch.setenv(NAME, "0.25")
    assert env_float(NAME, 1.5) == 0.25
    monkeypatch.setenv(NAME, "0")
    assert env_float(NAME, 1.5) == 0
    assert env_int(NAME, 7) == 0


@pytest.mark.parametrize("value", ["-1", "1.5", "many", "0"])
def test_a_whole_number_has_its_least(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be a whole number >= 1"):
        env_int(NAME, 1, minimum=1)
