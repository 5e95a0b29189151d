"""Blending by slots: what the prior knows, what it does not, and what counts as history."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrec.assembly import CATALOG_DIRECTORY
from genrec.checkpoint import PRIOR_NAME
from genrec.contract import HistoryEvent, RankRequest, RankResponse
from genrec.errors import GenRecError
from genrec.prior import BlendConfig, PriorConfig, SequentialPrior
from genrec.serving.blending import Blender
from genrec.serving.ranking import Ranking, Scores
from genrec.serving.rows import RowRecord

KEYS = tuple(f"tt{number:07d}" for number in range(1, 5))
CONFIG = BlendConfig(form="log_linear", weight=0.5, wish_weight=0.0)


def chain() -> SequentialPrior:
    """A prior in which each of four titles is followed by the next one, and the last by none."""
    return SequentialPrior(
        keys=KEYS,
        starts=np.array([0, 1, 2, 3, 3], dtype=np.int32),
        successors=np.array([1, 2, 3], dtype=np.int32),
        weights=np.ones(3, dtype=np.float16),
        popularity=np.full(4, 0.25, dtype=np.float32),
        config=PriorConfig(rates=(0.5,), successors=1),
    )


@pytest.fixture
def blender() -> Blender:
    return Blender(chain(), CONFIG)


@pytest.fixture
def rows() -> RowRecord:
    """Slots 10 to 13 hold the prior's titles, 14 one that it does not know."""
    record = RowRecord(2000, "v1")
    record.stamps = dict.fromkeys(range(10, 15), "s")
    record.imdb = {10 + place: key for place, key in enumerate(KEYS)} | {14: "tt9999999"}
    record.slot_of = {key: slot for slot, key in record.imdb.items()}
    return record


class KnownHead:
    """A catalog head with given answers, which remembers what it was asked."""

    def __init__(self, known: Scores) -> None:
        self.prompt = [1, 2, 3]
        self.rows_version = 7
        self.cached_tokens: int | None = None
        self.known = known
        self.asked: list[Sequence[int]] = []

    async def scores(self, slots: Sequence[int]) -> Scores:
        self.asked.append(list(slots))
        return {slot: self.known[slot] for slot in slots}

    async def best(self, n_slots: int) -> Scores:
        best = sorted(self.known, key=lambda slot: -self.known[slot])[:n_slots]
        return {slot: self.known[slot] for slot in best}


def ranked(
    head: KnownHead, rows: RowRecord, blender: Blender | None, **request: Any
) -> RankResponse:
    return asyncio.run(Ranking(head, rows, blender).answer(RankRequest(**request)))


FLAT: Scores = dict.fromkeys(range(10, 15), float(np.log(0.2)))
FIRST = (HistoryEvent(slot=10),)


def test_the_prior_lifts_the_successor(rows: RowRecord, blender: Blender) -> None:
    answer = ranked(KnownHead(FLAT), rows, blender, history=FIRST, slots=(14, 13, 12, 11))

    assert answer.slots[0] == 11
    assert answer.scored_by == "blend"
    assert np.exp(answer.logprobs).sum() == pytest.approx(1)


def test_a_title_that_the_prior_does_not_know_keeps_its_share(
    rows: RowRecord, blender: Blender
) -> None:
    answer = ranked(KnownHead(FLAT), rows, blender, history=FIRST, slots=(11, 12, 13, 14))

    shares = dict(zip(answer.slots, np.exp(answer.logprobs), strict=True))
    assert shares[14] == pytest.approx(0.25)


def test_a_dislike_is_no_history(rows: RowRecord, blender: Blender) -> None:
    disliked = (*FIRST, HistoryEvent(slot=12, kind="disliked"))
    slots = (11, 12, 13)

    assert ranked(KnownHead(FLAT), rows, blender, history=disliked, slots=slots) == ranked(
        KnownHead(FLAT), rows, blender, history=FIRST, slots=slots
    ).model_copy(update={"engine_ms": pytest.approx(0, abs=1000)})


def test_a_wish_has_its_own_weight(rows: RowRecord, blender: Blender) -> None:
    slots = (11, 12, 13)
    wished = ranked(KnownHead(FLAT), rows, blender, wish="a film", history=FIRST, slots=slots)
    blank = ranked(KnownHead(FLAT), rows, blender, wish="  ", history=FIRST, slots=slots)

    assert wished.logprobs == pytest.approx([np.log(1 / 3)] * 3)
    assert blank.logprobs[0] > np.log(0.5)


def test_without_a_prior_the_head_ranks_alone(rows: RowRecord) -> None:
    head = KnownHead({11: -1.0, 12: -3.0, 13: -2.0})
    answer = ranked(head, rows, None, history=FIRST, slots=(11, 12, 13))

    assert answer.slots == [11, 13, 12]
    assert np.diff(answer.logprobs) == pytest.approx([-1, -1])
    assert answer.scored_by == "genrec"


def test_the_whole_catalogue_includes_what_only_the_prior_finds(blender: Blender) -> None:
    """The head's best 200 do not hold the title that follows: it is asked about that, too."""
    record = RowRecord(2000, "v1")
    record.stamps = dict.fromkeys(range(500), "s")
    record.imdb = {496 + place: key for place, key in enumerate(KEYS)}
    record.slot_of = {key: slot for slot, key in record.imdb.items()}
    head = KnownHead({slot: -1.0 - slot / 1000 for slot in range(500)})

    answer = ranked(head, record, blender, history=(HistoryEvent(slot=496),), k=500)
    short = ranked(head, record, blender, history=(HistoryEvent(slot=496),), k=3)

    assert len(answer.slots) == 499
    assert head.asked == [[497, 498, 499]]  # of the second ranking; the first saw all
    by_slot = dict(zip(answer.slots, answer.logprobs, strict=True))
    assert short.slots == answer.slots[:3] == [497, 0, 1]
    assert short.logprobs[1:] == pytest.approx([by_slot[0], by_slot[1]])
    assert short.logprobs[0] == pytest.approx(by_slot[497])


def test_the_whole_catalogue_leaves_the_history_out(rows: RowRecord, blender: Blender) -> None:
    """Also where its titles are the head's best: as many others come back as were asked for."""
    head = KnownHead({10: -0.1, 11: -0.2, 12: -3.0, 13: -4.0, 14: -5.0})
    history = (HistoryEvent(slot=10), HistoryEvent(slot=11, kind="disliked"))

    for chosen in (blender, None):
        assert sorted(ranked(head, rows, chosen, history=history, k=2).slots) == [12, 13]
        asked = ranked(head, rows, chosen, history=history, slots=(10, 12))
        assert sorted(asked.slots) == [10, 12]


def test_slots_without_a_title_are_never_ranked(rows: RowRecord, blender: Blender) -> None:
    head = KnownHead({**FLAT, 20: -0.1})

    for chosen in (blender, None):
        assert sorted(ranked(head, rows, chosen, k=50).slots) == [10, 11, 12, 13, 14]


def test_a_served_directory_without_a_prior_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert Blender.from_directory(tmp_path, None) is None
    assert "no sequential prior" in caplog.text


def test_a_served_prior_is_read_with_its_settings(tmp_path: Path) -> None:
    (tmp_path / CATALOG_DIRECTORY).mkdir()
    chain().write(tmp_path / CATALOG_DIRECTORY / PRIOR_NAME)

    read = Blender.from_directory(tmp_path, asdict(CONFIG))

    assert read is not None
    assert read.config == CONFIG
    assert read.prior.keys == KEYS


@pytest.mark.parametrize("blend", [{"weight": 2.0}, {"form": "sum"}, {"heaviness": 1}])
def test_settings_of_another_kind_stop_the_server(tmp_path: Path, blend: dict[str, Any]) -> None:
    (tmp_path / CATALOG_DIRECTORY).mkdir()
    chain().write(tmp_path / CATALOG_DIRECTORY / PRIOR_NAME)

    with pytest.raises(GenRecError, match="blend"):
        Blender.from_directory(tmp_path, blend)
