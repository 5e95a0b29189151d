"""Batches that other processes make: the same ones, in the same order."""

from __future__ import annotations

import os

import pytest

from genrec.ahead import Ahead


def made(number: int) -> tuple[int, int]:
    return number, os.getpid()


@pytest.mark.parametrize("n_workers", [0, 2])
def test_batches_come_by_their_numbers(n_workers: int) -> None:
    batches = Ahead(made, n_workers=n_workers, stride=3)
    asked = [4, 7, 10, 2, 5, 5]

    found = [batches(number) for number in asked]

    assert [number for number, _ in found] == asked
    assert {maker == os.getpid() for _, maker in found} == {n_workers == 0}
