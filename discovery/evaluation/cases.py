"""One request of a set: what was said, what was mentioned, what would have been right."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
