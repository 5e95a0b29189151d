"""Labelled messages: read them, check them, and compare what was expected with a Query.

One JSON object a line: `id`, `family`, `turns` (what the viewer said before, oldest first), `text`,
`intent`, and for some `slots`: fields of the conversation's Query after this message, by plain
values. Titles and people are names ("Heat", or "Heat (1995)" where another film has the name).
A case without `slots` says nothing of them; `{}` says that none may be read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from catalog.text import fold
from genrec.contract import Intent, PersonRef, Query, TitleRef

Split = Literal["train", "dev", "test"]
CASES_DIR = Path(__file__).parent / "cases"
SPLITS: tuple[Split, ...] = get_args(Split)
INTENTS: tuple[Intent, ...] = get_args(Intent)
# The fields that cases speak of; free text, notes of origin and the intent are no slots.
SLOT_FIELDS = tuple(
    name
    for name in Query.model_fields
    if name not in {"version", "intent", "text", "evidence", "allow_unknown", "collections"}
)


@dataclass(frozen=True, slots=True)
class Case:
    """One message with its label; `slots` None: not labelled."""

    case_id: str
    family: str
    turns: tuple[str, ...]
    text: str
    intent: Intent
    slots: Mapping[str, Any] | None = None


class BadCase(Exception):
    """A line is no case. The message names the file, the line and what is wrong."""


def load_cases(split: Split) -> list[Case]:
    """Return one part of the shipped cases. The test part is for reporting, never for tuning."""
    return read_cases(CASES_DIR / f"{split}.jsonl")


def read_cases(path: Path) -> list[Case]:
    """Read a file of cases. Raises BadCase for a line that is none."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_case_of(line, f"{path.name}:{n}") for n, line in enumerate(lines, 1) if line.strip()]


def cases_hash(paths: Iterable[Path]) -> str:
    """Return what a trained classifier remembers of the files it was trained on."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def slot_pairs(query: Query) -> set[tuple[str, str]]:
    """Return a Query's slots as (field, value) pairs in the spelling of cases."""
    pairs: set[tuple[str, str]] = set()
    for name in SLOT_FIELDS:
        pairs |= {(name, value) for value in _values(getattr(query, name))}
    return pairs


def expected_pairs(case: Case) -> set[tuple[str, str]]:
    """Return a labelled case's slots as (field, value) pairs."""
    pairs: set[tuple[str, str]] = set()
    for name, value in (case.slots or {}).items():
        pairs |= {(name, text) for text in _values(value)}
    return pairs


def match_pairs(
    expected: set[tuple[str, str]], found: set[tuple[str, str]]
) -> tuple[set[tuple[str, str]], set[tuple[str, str]], set[tuple[str, str]]]:
    """Return (right, too much, missing). A name without a year fits the title of any year."""
    right = {pair for pair in expected if pair in found or _with_year(pair, found)}
    claimed = right | {pair for pair in found if _without_year(pair) in right}
    return right, found - claimed, expected - right


def _with_year(pair: tuple[str, str], found: set[tuple[str, str]]) -> bool:
    return any(_without_year(other) == pair for other in found)


def _without_year(pair: tuple[str, str]) -> tuple[str, str]:
    name, _, year = pair[1].rpartition(" ")
    return (pair[0], name) if name and len(year) == 4 and year.isdigit() else pair


def _values(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, Mapping):
        return [f"{key}={number}" for key, number in value.items()]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return [_plain(value)]


def _plain(value: Any) -> str:
    if isinstance(value, (TitleRef, PersonRef)):
        value = value.text
    return fold(str(value)).strip()


def _case_of(line: str, where: str) -> Case:
    try:
        row = json.loads(line)
        case = Case(
            case_id=str(row["id"]),
            family=str(row["family"]),
            turns=tuple(row.get("turns", ())),
            text=row["text"],
            intent=row["intent"],
            slots=row.get("slots"),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadCase(f"{where}: not a case: {error!r}") from error
    if case.intent not in INTENTS:
        raise BadCase(f"{where}: {case.intent!r} is no intent; there are {', '.join(INTENTS)}")
    if unknown := set(case.slots or {}) - set(SLOT_FIELDS):
        raise BadCase(f"{where}: no such slots: {', '.join(sorted(unknown))}")
    return case
