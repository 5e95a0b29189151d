"""What happened in one turn, for operators: stages, timings, decisions, versions, fallbacks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Trace:
    """Filled by the pipeline as it goes; stored as JSON with the slate."""

    # Stage name -> milliseconds, in the order the stages ran.
    timings_ms: dict[str, float] = field(default_factory=dict)
    # Stage name -> what it decided, as JSON types.
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Ranked candidates, best first: title_id, title, score, scored_by, sources.
    candidates: list[dict[str, Any]] = field(default_factory=list)
    # Editors' rules that this turn felt: rule_id, title_id, title, kind, weight, reason.
    curation: list[dict[str, Any]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    # Every place where a weaker path answered: "reranking: GenRec did not answer in 2.0 s".
    fallbacks: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[dict[str, Any]]:
        """Time a stage; what is put in the yielded dict is kept as its decisions."""
        notes = self.stages.setdefault(name, {})
        started = time.perf_counter()
        try:
            yield notes
        finally:
            spent_ms = (time.perf_counter() - started) * 1000
            self.timings_ms[name] = round(self.timings_ms.get(name, 0.0) + spent_ms, 1)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
