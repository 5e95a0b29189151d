"""Row changes: everything is validated before anything changes."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from genrec.contract import CONTENT_DIM, CatalogRow, HistoryEvent, RankRequest, RowsRequest
from genrec.serving.rows import RowRecord, RowsRefused

N_SLOTS = 10


def row(
    slot: int, values: np.ndarray | None = None, stamp: str = "s1", imdb: str = ""
) -> CatalogRow:
    if values is None:
        values = np.eye(1, CONTENT_DIM, k=slot)[0]
    content = base64.b64encode(values.astype("<f2").tobytes()).decode()
    return CatalogRow(slot=slot, imdb=imdb, stamp=stamp, content=content)


def request(*rows: CatalogRow, clear: tuple[int, ...] = (), version: str = "v1") -> RowsRequest:
    return RowsRequest(embedding_version=version, rows=rows, clear=clear)


@pytest.fixture
def record() -> RowRecord:
    return RowRecord(N_SLOTS, "v1")


def load(record: RowRecord, *slots: int) -> None:
    record.commit(record.plan(request(*(row(slot) for slot in slots))))


def test_a_valid_change_carries_the_values_as_given(record: RowRecord) -> None:
    change = record.plan(request(row(3), row(1)))

    values = np.frombuffer(change.content, dtype="<f2").reshape(2, CONTENT_DIM)
    assert change.slots == [3, 1]
    assert values[0].argmax() == 3
    assert values[1].argmax() == 1


def test_planning_changes_nothing(record: RowRecord) -> None:
    record.plan(request(row(3)))

    assert record.stamps == {}
    assert record.version == 0


def test_each_change_raises_the_version(record: RowRecord) -> None:
    load(record, 1)
    load(record, 2)

    assert record.version == 2
    assert record.stamps == {1: "s1", 2: "s1"}


def test_nothing_to_do_keeps_the_version(record: RowRecord) -> None:
    """Clearing an empty slot must not throw away every cached prefix."""
    record.commit(record.plan(request(clear=(5,))))

    assert record.version == 0


def test_clearing_forgets_the_stamp(record: RowRecord) -> None:
    load(record, 1, 2)

    change = record.plan(request(clear=(1, 7)))
    record.commit(change)

    assert change.clear == [1]
    assert record.stamps == {2: "s1"}


def test_a_slot_s_id_goes_with_its_title(record: RowRecord) -> None:
    change = record.plan(request(row(1, imdb="tt0000001"), row(2, imdb="tt0000002"), row(3)))
    record.commit(change)
    assert change.keys == ["tt0000001", "tt0000002", ""]
    assert record.imdb == {1: "tt0000001", 2: "tt0000002"}

    record.commit(record.plan(request(row(1, imdb="tt0000009"), clear=(2,))))
    assert record.imdb == {1: "tt0000009"}
    assert record.slot_of == {"tt0000009": 1}


def test_an_id_that_moved_is_found_in_its_new_slot(record: RowRecord) -> None:
    """Before the old slot is cleared, and after."""
    record.commit(record.plan(request(row(1, imdb="tt0000001"))))
    record.commit(record.plan(request(row(4, imdb="tt0000001"))))
    assert record.slot_of == {"tt0000001": 4}

    record.commit(record.plan(request(clear=(1,))))
    assert record.slot_of == {"tt0000001": 4}


def test_every_start_has_its_own_boot_id() -> None:
    assert RowRecord(1, "v1").boot_id != RowRecord(1, "v1").boot_id


def test_another_embedding_version_is_a_conflict(record: RowRecord) -> None:
    with pytest.raises(RowsRefused, match=r"'v0'.*'v1'") as refused:
        record.plan(request(row(1), version="v0"))
    assert refused.value.status == 409


def not_finite() -> np.ndarray:
    values = np.eye(1, CONTENT_DIM)[0]
    values[5] = np.nan
    return values


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (row(1, not_finite()), "not finite"),
        (row(1, np.ones(CONTENT_DIM)), "length 19.596"),
        (row(1, np.zeros(CONTENT_DIM)), "length 0.000"),
        (row(1, np.eye(1, CONTENT_DIM - 1)[0]), "766 bytes, expected 768"),
        (row(1, np.eye(1, 1)[0]), "2 bytes, expected 768"),
        (CatalogRow(slot=1, stamp="s", content="not base64!"), "not base64"),
        (row(N_SLOTS), r"Slots \[10\] are outside \[0, 10\)"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(
    record: RowRecord, bad: CatalogRow, message: str
) -> None:
    with pytest.raises(RowsRefused, match=message) as refused:
        record.plan(request(row(2), bad))
    assert refused.value.status == 422


def test_float16_rounding_is_tolerated(record: RowRecord) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=CONTENT_DIM)

    record.plan(request(row(1, values / np.linalg.norm(values))))


@pytest.mark.parametrize("clear", [(), (4,)])
def test_a_slot_named_twice_is_refused(record: RowRecord, clear: tuple[int, ...]) -> None:
    rows = (row(4),) if clear else (row(4), row(4))
    with pytest.raises(RowsRefused, match="named twice"):
        record.plan(request(*rows, clear=clear))


def test_ranking_needs_rows_for_history_and_candidates(record: RowRecord) -> None:
    load(record, 1, 2)

    record.check_rankable(RankRequest(history=(HistoryEvent(slot=1),), slots=(2,)))
    with pytest.raises(RowsRefused, match="history slot 3:"):
        record.check_rankable(RankRequest(history=(HistoryEvent(slot=3),), slots=(2,)))
    with pytest.raises(RowsRefused, match="candidate slot 3, 4:"):
        record.check_rankable(RankRequest(slots=(2, 4, 3)))


def test_a_refusal_names_some_slots_and_counts_the_rest(record: RowRecord) -> None:
    with pytest.raises(RowsRefused, match="0, 1, 2, 3, 4 and 5 more"):
        record.check_rankable(RankRequest(slots=tuple(range(N_SLOTS))))
