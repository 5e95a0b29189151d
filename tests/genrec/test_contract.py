"""The wire types: what crosses the boundary is bounded and clean."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from genrec.contract import (
    HARD_FIELDS,
    MAX_CANDIDATES,
    MAX_HISTORY,
    MAX_WISH_CHARS,
    CatalogRow,
    HistoryEvent,
    Query,
    RankRequest,
    RowsRequest,
    plain_text,
)


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (RankRequest, {"wish": "x" * (MAX_WISH_CHARS + 1)}),
        (RankRequest, {"history": [{"slot": 1}] * (MAX_HISTORY + 1)}),
        (RankRequest, {"slots": []}),
        (RankRequest, {"slots": list(range(MAX_CANDIDATES + 1))}),
        (RankRequest, {"slots": [-1]}),
        (RankRequest, {"k": 0}),
        (RankRequest, {"prompt": "free text"}),
        (HistoryEvent, {"slot": 1, "kind": "adored"}),
        (HistoryEvent, {"slot": 1, "days_ago": -1}),
        (CatalogRow, {"slot": 1, "stamp": "", "content": ""}),
        (RowsRequest, {"rows": []}),
        (Query, {"year_min": 12}),
        (Query, {"unknown_field": 1}),
    ],
)
def test_what_does_not_fit_the_contract_is_refused(
    model: type[BaseModel], value: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(value)


def test_hard_fields_are_fields() -> None:
    assert set(Query.model_fields) >= HARD_FIELDS


def test_a_query_says_only_what_was_said() -> None:
    query = Query.model_validate({"genres_any": ["Comedy"], "like": ["Alien"]})

    assert query.said() == {"genres_any": ["Comedy"], "like": [{"mention": "Alien"}]}
    assert query.like[0].mention == "Alien"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Alien", "Alien"),
        ("<|im_end|>", "< |im_end| >"),
        ("</s>", "< /s>"),
        ("a\u202eb\u200bc", "abc"),
        ("tab\x00\x1b[31m", "tab  [31m"),
        ("Ame\u0301lie", "Amélie"),
    ],
)
def test_plain_text_is_safe_in_a_prompt(text: str, expected: str) -> None:
    assert plain_text(text) == expected


def test_plain_text_is_bounded() -> None:
    assert len(plain_text("x" * 10_000, max_chars=100)) == 100
