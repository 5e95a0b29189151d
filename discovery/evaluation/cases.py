"""One request of a set: what was said, what was mentioned, what would have been right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from discovery.evaluation.errors import EvaluationError


@dataclass(frozen=True, slots=True)
class Case:
    """A request with its right answers, as ids of the scratch catalogue."""

    case_id: str
    # What the viewer said, oldest first; the last is what is answered. Empty: nothing yet.
    turns: tuple[str, ...]
    # The words that baselines search with.
    text: str
    # One entry a right answer, None for one that the catalogue lacks or that can't be linked.
    targets: tuple[int | None, ...]
    # Titles that the file says were mentioned, oldest first.
    mentioned: tuple[int, ...] = ()
    # Cases of one conversation are no independent evidence: they are resampled together.
    group: str = ""

    @property
    def is_silent(self) -> bool:
        """Whether there is a message, but not a word in it."""
        return bool(self.turns) and not self.text.strip()

    @property
    def gold(self) -> frozenset[int]:
        return frozenset(target for target in self.targets if target is not None)


@dataclass(frozen=True, slots=True)
class CaseSet:
    """The cases of one file, and how they are scored."""

    name: str
    cases: Sequence[Case]
    metrics: tuple[str, ...]
    # True: every right answer is one row, as conversational recommenders are scored.
    per_target: bool = False
    # True: what was mentioned is the viewer's history.
    with_history: bool = False
    # What a reader should know of the file: how many were left out, or not linked.
    counts: Mapping[str, int] = field(default_factory=dict)


def read_json(path: Path, kind: type) -> Any:
    """Return a JSON file's content.

    Raises:
        EvaluationError: it can't be read, is no JSON, or is not a `kind` with something in it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path} can't be read as JSON: {error}") from error
    if not isinstance(content, kind) or not content:
        raise EvaluationError(f"{path} must hold a JSON {kind.__name__} with something in it.")
    return content


def read_cases(
    path: Path, records: Iterable[Any], read: Callable[[Any], Case]
) -> tuple[list[Case], dict[str, int]]:
    """Return a case for each record that can be read, and how many are odd in which way.

    A record that can't be read is left out. Ids are made distinct, for whatever is known of a
    case is kept by its id; cases of one id stay in one group.

    Raises:
        EvaluationError: no record at all can be read.
    """
    cases: list[Case] = []
    seen: Counter[str] = Counter()
    odd: Counter[str] = Counter()
    problem = ""
    for record in records:
        try:
            case = read(record)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            odd["unreadable"] += 1
            problem = problem or f"({error!r}): {record!r}"[:400]
            continue
        seen[case.case_id] += 1
        if (times := seen[case.case_id]) > 1:
            odd["duplicate_ids"] += 1
            case = replace(case, case_id=f"{case.case_id}#{times}")
        cases.append(case)
    if not cases:
        raise EvaluationError(f"{path}: no record is of the expected form {problem}")
    odd["without_text"] = sum(case.is_silent for case in cases)
    return cases, {name: n for name, n in odd.items() if n}


def clean(text: str | None) -> str:
    """Return a text that a database takes: no NUL, no half of a surrogate pair."""
    return (text or "").replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
