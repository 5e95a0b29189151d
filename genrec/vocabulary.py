"""One id space for words, catalogue slots and markers.

    [0, n_words)                           the base model's words
    [n_words, n_words + n_slots)           catalogue slots: a title each, as input and as output
    [n_words + n_slots, size)              markers: learned input vectors, never an answer

The served model's `vocab_size` is `size`, so vLLM's sampler and validation know every id.
"""

from __future__ import annotations

from dataclasses import dataclass

N_POSITIONS = 32
"""How many new titles a positional prompt can list."""

MARKERS = ("history", "new", *(f"position_{place}" for place in range(1, N_POSITIONS + 1)))
"""Learned vectors of an artefact, in id order.

"history" starts a viewer's history. "new" starts a list of new titles, each after the marker of
its position; the head then scores the positions.
"""

TOTAL_MARKER = "history"
"""The marker whose output column is the logarithm of the whole catalogue's weight.

Log-probabilities over some slots and this column become those over the whole catalogue.
"""

UNUSED_BIAS = -1e4
"""Catalogue logit of a slot without a title: far below any real one, and still finite."""


@dataclass(frozen=True)
class Vocabulary:
    """The sizes of the three ranges of ids."""

    n_words: int
    n_slots: int

    @property
    def size(self) -> int:
        return self.n_words + self.n_slots + len(MARKERS)

    def slot_id(self, slot: int) -> int:
        """Return the token id of a slot.

        Raises:
            ValueError: no such slot.
        """
        if not 0 <= slot < self.n_slots:
            raise ValueError(f"slot {slot} is outside [0, {self.n_slots})")
        return self.n_words + slot

    def slot_of(self, token_id: int) -> int | None:
        """Return the slot of a token id, or None for a word or a marker."""
        slot = token_id - self.n_words
        return slot if 0 <= slot < self.n_slots else None

    def marker_id(self, name: str) -> int:
        """Return the token id of a marker."""
        return self.n_words + self.n_slots + MARKERS.index(name)
