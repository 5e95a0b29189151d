"""Batches made ahead of their use, by processes of their own: a GPU must not wait for Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from torch.utils.data import DataLoader, Dataset

Batch = TypeVar("Batch")
MANY = 2**40


class Numbered(Dataset[Batch]):
    """Batches by number, as DataLoader wants them."""

    def __init__(self, make: Callable[[int], Batch]) -> None:
        self.make = make

    def __getitem__(self, number: int) -> Batch:
        return self.make(number)


class Ahead(Generic[Batch]):
    """The batches of `make`, those of the next numbers made by `n_workers` processes.

    `stride` is what the numbers asked for grow by: how many processes share a training run. Any
    other number is served as well, by starting anew. Without workers, batches are made when they
    are asked for.
    """

    def __init__(self, make: Callable[[int], Batch], *, n_workers: int, stride: int = 1) -> None:
        self.make = make
        self.n_workers = n_workers
        self.stride = stride
        self.expected = -1
        self.batches: Iterator[Any] = iter(())

    def __call__(self, number: int) -> Batch:
        if not self.n_workers:
            return self.make(number)
        if number != self.expected:
            numbers = range(number, MANY, self.stride)
            self.batches = iter(
                DataLoader(
                    Numbered(self.make),
                    batch_size=None,
                    sampler=numbers,
                    num_workers=self.n_workers,
                    prefetch_factor=4,
                )
            )
        self.expected = number + self.stride
        batch: Batch = next(self.batches)
        return batch
