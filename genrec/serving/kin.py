"""The kin of loaded titles that the sequential prior does not know: see `genrec.kin`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from genrec.contract import CONTENT_DIM
from genrec.kin import Floats, Places, nearest_known
from genrec.serving.rows import RowChange


class KinIndex:
    """Content of the loaded slots, and the kin of those asked for, found once.

    `places` are the rows of the prior's titles by imdb id.
    """

    def __init__(self, places: Mapping[str, int]) -> None:
        self.places = places
        self.content: dict[int, Floats] = {}
        self.known: dict[int, int] = {}
        self.found: dict[int, Places] = {}
        # Content of the known slots and their rows in the prior, as `nearest_known` takes them.
        self.stacked: tuple[Floats, Places] | None = None

    def change(self, change: RowChange) -> None:
        """Take up a change of rows. New kin may be nearer: all are then looked for again."""
        vectors = np.frombuffer(change.content, dtype="<f2").reshape(-1, CONTENT_DIM)
        known_before = dict(self.known)
        for slot in (*change.slots, *change.clear):
            self.content.pop(slot, None)
            self.known.pop(slot, None)
            self.found.pop(slot, None)
        for slot, vector, key in zip(change.slots, vectors, change.keys, strict=True):
            self.content[slot] = vector
            if key in self.places:
                self.known[slot] = self.places[key]
        touched = {*change.slots, *change.clear}
        if known_before != self.known or touched & self.known.keys():
            self.found.clear()
            self.stacked = None

    def of(self, slots: Iterable[int]) -> dict[int, Places]:
        """Return the kin of each loaded slot that the prior does not know, as its rows (K,)."""
        asked = [slot for slot in slots if slot in self.content and slot not in self.known]
        if not self.known:
            return {}
        if missing := [slot for slot in asked if slot not in self.found]:
            if self.stacked is None:
                known = np.stack([self.content[slot] for slot in self.known]).astype(np.float32)
                self.stacked = known, np.array(list(self.known.values()), dtype=np.int64)
            strangers = np.stack([self.content[slot] for slot in missing]).astype(np.float32)
            known, rows = self.stacked
            kin = rows[nearest_known(strangers, known)]
            self.found |= dict(zip(missing, kin, strict=True))
        return {slot: self.found[slot] for slot in asked}
