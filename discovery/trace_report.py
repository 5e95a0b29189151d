"""A stored trace as tables for a page: values already in words, in the order things happened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from discovery.curation import Rule
from discovery.models import Slate
from genrec.contract import HARD_FIELDS


@dataclass(frozen=True, slots=True)
class Wish:
    """One field of the parsed Query."""

    name: str
    value: str
    kind: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: how long it took, and what it decided, as (name, value) pairs."""

    name: str
    milliseconds: float | None
    decisions: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TracedCandidate:
    """One ranked candidate; `scores` follow the report's `sources`."""

    rank: int
    title_id: int
    title: str
    score: float
    scored_by: str
    picked: bool
    scores: list[str]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the page shows. Empty lists where a trace is incomplete: a stopped turn."""

    wishes: list[Wish]
    stages: list[Stage]
    total_ms: float
    sources: list[str]
    candidates: list[TracedCandidate]
    rules: list[Rule]
    left_out: list[tuple[str, int]]
    versions: list[tuple[str, str]]
    fallbacks: list[str]


# The database keeps an object's keys in no order of ours.
_STAGES = ("understanding", "retrieval", "reranking", "selection", "explaining", "model_parse")


def _place_of(stage: str) -> tuple[int, str]:
    return (_STAGES.index(stage) if stage in _STAGES else len(_STAGES)), stage


def report_of(slate: Slate) -> Report:
    """Return the report of a recorded slate."""
    trace: Mapping[str, Any] = slate.trace
    timings: Mapping[str, float] = trace.get("timings_ms", {})
    stages: Mapping[str, Mapping[str, Any]] = trace.get("stages", {})
    candidates: Sequence[Mapping[str, Any]] = trace.get("candidates", ())
    sources = list(dict.fromkeys(name for c in candidates for name in c.get("sources", ())))
    picked = set(slate.picks.values_list("title_id", flat=True))
    return Report(
        wishes=_wishes(slate.query),
        stages=[
            Stage(name, timings.get(name), _pairs(stages.get(name, {})))
            for name in sorted({*timings, *stages}, key=_place_of)
        ],
        total_ms=round(sum(timings.values()), 1),
        sources=sources,
        candidates=[
            _candidate(rank, candidate, sources, picked)
            for rank, candidate in enumerate(candidates, 1)
        ],
        rules=[Rule(**rule) for rule in trace.get("curation", ())],
        left_out=sorted(slate.left_out.items(), key=lambda item: -item[1]),
        versions=_pairs(trace.get("versions", {})),
        fallbacks=list(trace.get("fallbacks", ())),
    )


def _wishes(query: Mapping[str, Any]) -> list[Wish]:
    evidence = query.get("evidence", {})
    return [
        Wish(
            name,
            _said(value),
            "hard" if name in HARD_FIELDS else "soft",
            evidence.get(name, ""),
        )
        for name, value in query.items()
        if name != "evidence"
    ]


def _candidate(
    rank: int, candidate: Mapping[str, Any], sources: Sequence[str], picked: set[int]
) -> TracedCandidate:
    own = candidate.get("sources", {})
    return TracedCandidate(
        rank=rank,
        title_id=candidate["title_id"],
        title=candidate["title"],
        score=candidate["score"],
        scored_by=candidate["scored_by"],
        picked=candidate["title_id"] in picked,
        scores=[f"{own[name]:.2f}" if name in own else "" for name in sources],
    )


def _pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, _said(value)) for name, value in values.items()]


def _said(value: Any) -> str:
    """Return a JSON value as a reader would write it: references by their label."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and "mention" in value:
        return str(value.get("label") or value["mention"])
    if isinstance(value, list):
        return ", ".join(map(_said, value))
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_said(inner)}" for key, inner in value.items())
    return json.dumps(value)
