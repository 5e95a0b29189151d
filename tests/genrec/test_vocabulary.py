"""One id space: every id is a word, a slot or a marker."""

from __future__ import annotations

import pytest

from genrec.vocabulary import MARKERS, Vocabulary

VOCABULARY = Vocabulary(n_words=100, n_slots=20)


def test_slots_follow_words_and_markers_follow_slots() -> None:
    assert VOCABULARY.slot_id(0) == 100
    assert VOCABULARY.slot_id(19) == 119
    assert VOCABULARY.marker_id("history") == 120
    assert VOCABULARY.size == 120 + len(MARKERS)


@pytest.mark.parametrize(("token_id", "slot"), [(99, None), (100, 0), (119, 19), (120, None)])
def test_only_slots_have_slots(token_id: int, slot: int | None) -> None:
    assert VOCABULARY.slot_of(token_id) == slot


@pytest.mark.parametrize("slot", [-1, 20])
def test_a_slot_outside_the_range_is_an_error(slot: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        VOCABULARY.slot_id(slot)
