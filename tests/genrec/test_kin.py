"""The kin of titles that the sequential prior does not know."""

from __future__ import annotations

import numpy as np

from genrec.contract import CONTENT_DIM
from genrec.kin import N_KIN, expected_of_kin, nearest_known
from genrec.prior import LEAST, BlendConfig
from genrec.serving.blending import Opinion
from genrec.serving.kin import KinIndex
from genrec.serving.rows import RowChange

PLACES = {"tt0000001": 0, "tt0000002": 1, "tt0000003": 2}


def vector(*places: int) -> np.ndarray:
    made = np.zeros(CONTENT_DIM, dtype=np.float16)
    made[list(places)] = 1.0
    return made


def change(rows: dict[int, tuple[np.ndarray, str]], clear: tuple[int, ...] = ()) -> RowChange:
    content = b"".join(row.astype("<f2").tobytes() for row, _ in rows.values())
    keys = [key for _, key in rows.values()]
    return RowChange(list(rows), content, keys, dict.fromkeys(rows, "s"), list(clear))


def loaded() -> KinIndex:
    """Three known titles in slots 10 to 12, and a stranger in slot 20 that is like the last."""
    index = KinIndex(PLACES)
    known = {10: (vector(0), "tt0000001"), 11: (vector(1), "tt0000002")}
    index.change(change({**known, 12: (vector(2), "tt0000003"), 20: (vector(2, 3), "")}))
    return index


def test_the_nearest_by_content_come_first() -> None:
    known = np.stack([vector(0), vector(1), vector(2)]).astype(np.float32)
    strangers = np.stack([vector(1, 5), vector(0, 5)]).astype(np.float32)

    assert nearest_known(strangers, known)[:, 0].tolist() == [1, 0]


def test_no_more_than_so_many_are_kin() -> None:
    known = np.eye(N_KIN + 5, dtype=np.float32)

    assert nearest_known(known[:1], known).shape == (1, N_KIN)


def test_a_stranger_is_expected_as_its_unseen_kin_are() -> None:
    likely = np.array([0.1, 0.3, 0.6])
    kin = np.array([[0, 1], [1, 2], [2, 2]])

    assert expected_of_kin(likely, kin, [2], 1e-9).tolist() == [0.2, 0.3, 1e-9]


def test_the_index_names_kin_of_strangers_alone() -> None:
    assert {slot: kin[0] for slot, kin in loaded().of([10, 20, 30]).items()} == {20: 2}


def test_a_changed_row_changes_kin() -> None:
    index = loaded()
    index.of([20])

    index.change(change({20: (vector(0, 3), "")}))
    assert index.of([20])[20][0] == 0
    index.change(change({10: (vector(1), "tt0000001"), 11: (vector(0), "tt0000002")}))
    assert index.of([20])[20][0] == 1


def test_cleared_slots_are_nobodys_kin_and_have_none() -> None:
    index = loaded()
    index.change(change({}, clear=(12,)))
    assert 2 not in index.of([20])[20]
    index.change(change({}, clear=(20,)))
    assert index.of([20]) == {}


def test_without_known_titles_there_are_no_kin() -> None:
    index = KinIndex(PLACES)
    index.change(change({20: (vector(2, 3), "")}))

    assert index.of([20]) == {}


def test_a_stranger_rises_where_its_kin_are_expected() -> None:
    """Two strangers that the head finds alike: the prior's opinion of their kin parts them."""
    likely = np.array([0.7, 0.2, 0.1])
    opinion = Opinion(likely, PLACES, BlendConfig(weight=0.5), wish=False)
    scores = {20: -1.0, 21: -1.0}
    kin = {20: np.array([2]), 21: np.array([1])}

    blended = opinion.blend(scores, {}, kin)
    assert blended[21] > blended[20]
    assert opinion.blend(scores, {}) == scores


def test_what_was_seen_is_no_kin() -> None:
    opinion = Opinion(np.array([LEAST, 0.2, 0.1]), PLACES, BlendConfig(weight=0.5), False, (0,))
    blended = opinion.blend({20: -1.0, 21: -1.0}, {}, {20: np.array([0, 1]), 21: np.array([2, 2])})

    assert blended[20] > blended[21]
