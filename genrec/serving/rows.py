"""Which title is in which slot: validation of row changes, and the server's record of them."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from genrec.contract import CONTENT_DIM, CatalogRow, RankRequest, RowsRequest

NORM_TOLERANCE = 0.02
"""How far from 1 an embedding's length may be: float16 rounding is far below this."""


class RowsRefused(ValueError):
    """A request that cannot be carried out; the message says why. `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class RowChange:
    """A validated change: N slots with N x CONTENT_DIM float16 values as bytes, and clearings.

    `keys` are the N titles' imdb ids, "" where unknown.
    """

    slots: list[int]
    content: bytes
    keys: list[str]
    stamps: dict[int, str]
    clear: list[int]


@dataclass
class RowRecord:
    """The slots that hold a title: their stamps, and imdb ids as far as known.

    `slot_of` finds a slot by imdb id: the newest one, should two claim the same id. One record
    per server process, so one API server only.
    """

    n_slots: int
    embedding_version: str
    boot_id: str = field(default_factory=lambda: secrets.token_hex(8))
    version: int = 0
    stamps: dict[int, str] = field(default_factory=dict)
    imdb: dict[int, str] = field(default_factory=dict)
    slot_of: dict[str, int] = field(default_factory=dict)

    def plan(self, request: RowsRequest) -> RowChange:
        """Validate a request against this server.

        Raises:
            RowsRefused: 409 for another embedding version; 422 for a slot out of range or named
                twice, or for content of the wrong length, not finite or not of unit length.
        """
        if request.embedding_version != self.embedding_version:
            raise RowsRefused(
                f"These rows were embedded with version {request.embedding_version!r}, the served "
                f"artefact was trained with {self.embedding_version!r}: embed the titles again "
                f"with the matching version, or serve another artefact.",
                status=409,
            )
        slots = [row.slot for row in request.rows]
        self.check_slots([*slots, *request.clear])
        content = np.stack([decode_content(row) for row in request.rows]) if slots else np.empty(0)
        return RowChange(
            slots=slots,
            content=content.astype("<f2").tobytes(),
            keys=[row.imdb for row in request.rows],
            stamps={row.slot: row.stamp for row in request.rows},
            clear=[slot for slot in request.clear if slot in self.stamps],
        )

    def check_slots(self, slots: Sequence[int]) -> None:
        """Raise RowsRefused for a slot that does not exist or is named twice."""
        outside = [slot for slot in slots if not 0 <= slot < self.n_slots]
        if outside:
            raise RowsRefused(f"Slots {outside[:5]} are outside [0, {self.n_slots}).")
        if len(set(slots)) != len(slots):
            raise RowsRefused("A slot is named twice.")

    def commit(self, change: RowChange) -> int:
        """Record a change that the workers have made, and return the new version."""
        if change.slots or change.clear:
            self.version += 1
        self.stamps.update(change.stamps)
        for slot in change.clear:
            self.stamps.pop(slot, None)
        self.record_keys(change)
        return self.version

    def record_keys(self, change: RowChange) -> None:
        """Forget the ids of changed slots, which may hold other titles now, and note the new."""
        for slot in (*change.slots, *change.clear):
            key = self.imdb.pop(slot, "")
            if self.slot_of.get(key) == slot:
                del self.slot_of[key]
        for slot, key in zip(change.slots, change.keys, strict=True):
            if key:
                self.imdb[slot] = key
                self.slot_of[key] = slot

    def check_rankable(self, request: RankRequest) -> None:
        """Raise RowsRefused if a history event or a candidate has no loaded row."""
        if request.slots is not None:
            self.check_slots(request.slots)
            self.check_loaded("candidate", request.slots)
        self.check_loaded("history", (event.slot for event in request.history))

    def check_loaded(self, role: str, slots: Iterable[int]) -> None:
        missing = sorted({slot for slot in slots if slot not in self.stamps})
        if missing:
            shown = ", ".join(map(str, missing[:5]))
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise RowsRefused(
                f"No row is loaded for {role} slot {shown}{more}: send it to PUT /genrec/rows."
            )


def decode_content(row: CatalogRow) -> np.ndarray[tuple[int], np.dtype[np.float16]]:
    """Return a row's embedding, (CONTENT_DIM,) float16.

    Raises:
        RowsRefused: not base64, not CONTENT_DIM values, not finite or not of unit length.
    """
    try:
        raw = base64.b64decode(row.content, validate=True)
    except binascii.Error as error:
        raise RowsRefused(f"Slot {row.slot}: content is not base64: {error}.") from error
    if len(raw) != 2 * CONTENT_DIM:
        raise RowsRefused(
            f"Slot {row.slot}: content has {len(raw)} bytes, expected {2 * CONTENT_DIM} "
            f"({CONTENT_DIM} float16 values)."
        )
    values = np.frombuffer(raw, dtype="<f2")
    if not np.isfinite(values).all():
        raise RowsRefused(f"Slot {row.slot}: content is not finite.")
    length = float(np.linalg.norm(values.astype(np.float32)))
    if abs(length - 1) > NORM_TOLERANCE:
        raise RowsRefused(f"Slot {row.slot}: content has length {length:.3f}, expected 1.")
    return values
